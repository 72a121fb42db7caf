"""Every measure of how well a reader understands, in one run that can be stopped and taken up.

    python -m benchmarks reader MODEL DATA [--out FOLDER] [--share 0.1] [--only NAME ...] [--list]

DATA holds the development files named below. Each measure is one command, of `readonce evaluate` or
of the benchmarks, printed before it runs; its figures are appended to FOLDER/reader.jsonl, and
what stands there already is not measured again. At the end, and with --list at once, the figures
are printed as a table in Markdown. --share takes that part of the questions of every measure.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.readers.figures import markdown

PROGRAMS = {
    "readonce": ("-c", "from app.cli import main; main()"),
    "benchmarks": ("-m", "benchmarks"),
}
PAST = ("qa_fairytaleqa", "long_qa_squadshifts_new_wiki", "qa_covidqa_200423")
FILLER = "text_openstax"


@dataclass(frozen=True, slots=True)
class Measure:
    """A command of `readonce evaluate` over a file of DATA, and how many of its questions.

    command "dialogues" stands for `python -m benchmarks dialogues` instead. file "past" stands for
    the files of PAST together, "filler" for the text of FILLER.
    """

    name: str
    command: str
    file: str
    limit: int
    options: tuple[str, ...] = ()


MEASURES = (
    Measure("articles", "qa", "long_qa_squadshifts_new_wiki", 200),
    Measure("stories", "qa", "qa_fairytaleqa", 150),
    Measure("passages of the articles", "qa", "qa_squadshifts_new_wiki", 200),
    Measure("passages of SQuAD", "qa", "qa_squad11_subset", 300),
    Measure("passages of reviews", "qa", "qa_squadshifts_amazon_reviews", 200),
    Measure("CLAPNQ", "qa", "qa_clapnq_dev", 69),
    Measure("unanswerable, removed", "qa", "long_qa_squadshifts_new_wiki", 400,
            ("--unanswerable", "removed")),
    Measure("unanswerable, related", "qa", "qa_squadshifts_new_wiki", 600,
            ("--unanswerable", "related")),
    Measure("state", "qa", "past", 405,
            ("--needs-past", "--state", "stored", "--snapshots", "256")),
    Measure("follow-ups", "dialogues", "dial_abgcoqa_coqa_val_test", 30),
    Measure("needle", "needle", "filler", 80, ("--tokens", "10000,100000,1000000")),
    Measure("summaries of abstracts", "summaries", "sum_scitldr", 60),
    Measure("summaries of textbooks", "summaries", "sum_openstax", 60),
    Measure("summaries of stories", "summaries", "sum_squality", 25),
    Measure("summaries of meetings", "summaries", "sum_qmsum", 40),
)  # fmt: skip


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks reader", description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/reader"))
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--only", nargs="+", choices=[measure.name for measure in MEASURES])
    parser.add_argument("--list", action="store_true", help="measure nothing, print the table")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    results, weights = options.out / "reader.jsonl", weights_of(options.model)
    chosen = [each for each in MEASURES if options.only is None or each.name in options.only]
    failed = []
    for measure in [] if options.list else chosen:
        if measure.name in kept(results, weights):
            continue
        line = measured(measure, options.model, options.data, options.out, options.share)
        if line is None:
            failed.append(measure.name)
            continue
        with results.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({**line, "weights": weights}) + "\n")
    print(markdown(kept(results, weights)))
    if failed:
        sys.exit(f"Not measured: {', '.join(failed)}. What went wrong is said above.")


def weights_of(model: Path) -> str:
    """The fingerprint by which figures of different weights are told apart."""
    config = model / "config.json"
    return str(json.loads(config.read_text("utf-8"))["weights"]) if config.exists() else ""


def kept(results: Path, weights: str) -> dict[str, dict[str, Any]]:
    """What was measured of these weights already, by name."""
    if not results.exists():
        return {}
    lines = map(json.loads, results.read_text(encoding="utf-8").splitlines())
    return {line["measure"]: line for line in lines if line.get("weights") == weights}


def measured(
    measure: Measure, model: Path, data: Path, out: Path, share: float
) -> dict[str, Any] | None:
    """One line of the results; None where the command failed, which it has said."""
    file = source(measure, data, out)
    limit = max(1, round(measure.limit * share))
    words = _words(measure, model, file, limit)
    print(f"READONCE_MODEL={model} {shlex.join(words)}", file=sys.stderr, flush=True)
    began, used = time.monotonic(), os.times()
    run = subprocess.run(
        [sys.executable, *PROGRAMS[words[0]], *words[1:]],
        env={**os.environ, "READONCE_MODEL": str(model.absolute())},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    after = os.times()
    if run.returncode:
        print(run.stdout, file=sys.stderr, flush=True)
        return None
    return {
        "measure": measure.name,
        "command": shlex.join(words),
        "seconds": round(time.monotonic() - began, 1),
        "processor_seconds": round(_children(after) - _children(used), 1),
        "result": _result(run.stdout),
    }


def _result(said: str) -> dict[str, Any]:
    """The figures that a command printed: JSON, or else a table of its own."""
    last = said.rstrip().rpartition("\n")[2]
    return json.loads(last) if last.startswith("{") else {"table": said.strip()}


def _words(measure: Measure, model: Path, file: Path, limit: int) -> list[str]:
    """The command of a measure as a person types it."""
    if measure.command == "dialogues":
        counted = ["--dialogues", str(limit), "--model", str(model)]
        return ["benchmarks", measure.command, str(file), *counted]
    options = ["--limit", str(limit), *measure.options]
    return ["readonce", "evaluate", measure.command, str(file), *options, "--json"]


def _children(times: os.times_result) -> float:
    return times.children_user + times.children_system


def source(measure: Measure, data: Path, out: Path) -> Path:
    """The file of a measure, made where it is put together from others."""
    if measure.file == "past":
        return _written(out / "past.jsonl", [_text(data, name) for name in PAST])
    if measure.file == "filler":
        records = map(json.loads, _text(data, FILLER).splitlines())
        return _written(out / "filler.txt", [record["text"] + "\n\n" for record in records])
    return data / f"{measure.file}.jsonl.xz"


def _text(data: Path, name: str) -> str:
    return lzma.open(data / f"{name}.jsonl.xz", "rt", encoding="utf-8").read()


def _written(file: Path, texts: Sequence[str]) -> Path:
    file.write_text("".join(texts), encoding="utf-8", newline="")
    return file
