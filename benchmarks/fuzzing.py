"""Extraction of spoilt files by the thousand: each is read, refused with a sentence, or given up.

`python -m benchmarks fuzzing [--files 2000] [--seed 7] [--formats pdf,docx] [FILE ...]`. FILEs are
spoilt in place of ours. Ends with 1 where a file made the program break off or was not foreseen.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random

from benchmarks.sources import sources
from benchmarks.spoiling import spoilt
from benchmarks.timing import machine, print_table
from pipelines.apart.bounds import MEGABYTE, Bounds
from pipelines.apart.helper import Helper
from pipelines.apart.messages import document_of
from pipelines.errors import BeyondLimit, PipelineError
from pipelines.extract import Limits

# A spoilt file is small: what takes longer than this is a hang, and shall be looked at.
BOUNDS = Bounds(memory=512 * MEGABYTE, cpu_seconds=20, seconds=60)
_WRONG = ("did not foresee", "break off", "answer nonsense", "the system ended")


@dataclass(slots=True)
class Outcomes:
    """How many files were read, refused or over a limit, and what went wrong with which."""

    counts: Counter[str] = field(default_factory=Counter)
    ways: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    longest: float = 0.0


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks fuzzing", description=__doc__)
    parser.add_argument("--files", type=int, default=2_000, help="spoilt files for each format")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--formats", default="", help="such as pdf,docx; all of them by default")
    parser.add_argument("--keep", type=Path, help="a folder for the files that went wrong")
    parser.add_argument("paths", type=Path, nargs="*", metavar="FILE", help="whole files to spoil")
    options = parser.parse_args(arguments)
    whole = _given(options.paths) if options.paths else sources()
    chosen = options.formats.split(",") if options.formats else sorted(whole)
    print(machine())
    rows, wrong = [], []
    for kind in chosen:
        began = time.perf_counter()
        found = fuzzed(kind, whole[kind], options.files, options.seed, options.keep)
        names = ("read", "refused", "limit", "wrong")
        took = time.perf_counter() - began
        rows.append([kind, *(f"{found.counts[name]:,}" for name in names)])
        rows[-1] += [f"{found.longest:.1f} s", f"{took:.0f} s"]
        wrong += found.wrong
    head = ["format", "read", "refused", "over a limit", "went wrong", "longest", "in all"]
    print_table(f"{options.files:,} spoilt files a format, seed {options.seed}", head, rows)
    if wrong:
        sys.exit("\n".join(wrong))


def fuzzed(
    kind: str, whole: Sequence[bytes], files: int, seed: int, keep: Path | None = None
) -> Outcomes:
    """What becomes of so many spoilt files of one format, in one process that is used again."""
    chance, found = Random(f"{seed} {kind}"), Outcomes()
    helper = Helper(BOUNDS)
    try:
        for number in range(files):
            way, content = spoilt(chance.choice(whole), chance.choice(whole), chance)
            began = time.monotonic()
            said, sound = _outcome(helper, f"{number}.{kind}", content)
            found.longest = max(found.longest, time.monotonic() - began)
            outcome = said if said in ("read", "refused", "limit") else "wrong"
            found.counts[outcome] += 1
            found.ways[way, outcome] += 1
            if outcome == "wrong":
                found.wrong.append(f"{way}, {_kept(content, kind, keep)}: {said}")
            if not sound:
                helper.close()
                helper = Helper(BOUNDS)
    finally:
        helper.close()
    return found


def _outcome(helper: Helper, name: str, content: bytes) -> tuple[str, bool]:
    """read, refused, limit, or a sentence of what went wrong; whether the process can go on."""
    limits = Limits()
    values = {"task": "extract", "name": name, "limits": asdict(limits), "passed_over": []}
    steps = helper.ask(values, content, 4 * limits.characters)
    try:
        while True:
            next(steps)
    except StopIteration as end:
        head, body = end.value
        document_of(head, body, limits)
        return "read", True
    except BeyondLimit as error:
        return ("limit" if error.limit not in ("seconds", "cpu_seconds") else str(error)), False
    except PipelineError as error:
        said = str(error)
        return (said, False) if any(sign in said for sign in _WRONG) else ("refused", True)


def _kept(content: bytes, kind: str, keep: Path | None) -> str:
    """The name of a file that went wrong, which is written where a folder is given."""
    name = f"{hashlib.sha256(content).hexdigest()[:12]}.{kind}"
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        (keep / name).write_bytes(content)
    return name


def _given(paths: Sequence[Path]) -> dict[str, list[bytes]]:
    found: defaultdict[str, list[bytes]] = defaultdict(list)
    for path in paths:
        found[path.suffix.lower().removeprefix(".")].append(path.read_bytes())
    return dict(found)
