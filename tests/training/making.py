"""A small stage of training: raw data of our own, packed as prepare.py packs it, and its TOML."""

from __future__ import annotations

import json
import lzma
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.tiny_reader import CONFIG
from tests.tiny_tokenizer import tiny_tokenizer
from training.prepare import prepare_source
from training.stage import Stage
from training.texts import pack_text

PLACES = ("Marden", "Oakholt", "Senby", "Thornwick", "Velling", "Harrow", "Luneford", "Quill")


def story(number: int) -> str:
    """A tale of twelve bridges, different for each number."""
    return " ".join(
        f"In {1800 + 7 * n + number} the town of {PLACES[(n + number) % 8]} built a bridge. "
        f"Its people paid {12 + n * number} pounds for the work."
        for n in range(12)
    )


def question(text: str, asked: str, answer: str) -> dict[str, Any]:
    start = text.find(answer) if answer else -1
    answers, starts = ([answer], [start]) if answer else ([], [])
    return {"id": asked, "question": asked, "answers": answers, "starts": starts,
            "unanswerable": not answer}  # fmt: skip


def tale(number: int) -> dict[str, Any]:
    """A document with questions: two that it answers and one that it does not."""
    text, place = story(number), PLACES[(3 + number) % 8]
    return {
        "id": f"tale {number}", "title": f"Tale {number}", "document": text,
        "questions": [
            question(text, f"When did the town of {place} build it?", str(1821 + number)),
            question(text, f"Which town built a bridge in {1821 + number}?", place),
            question(text, "Who sank the ship?", ""),
        ],
    }  # fmt: skip


def write(path: Path, records: Sequence[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with lzma.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(record) + "\n" for record in records)
    return path


def make_packed(folder: Path) -> Path:
    """Two sources of questions, of which one has development answers, and two of running text."""
    tokenizer, packed = tiny_tokenizer(), folder / "packed"
    packed.mkdir(parents=True)
    model = packed / "tokenizer.model"
    model.write_bytes(tokenizer.model)
    for target, name, numbers, copies in (
        ("qa", "qa_tales", range(4), 2),
        ("qa", "qa_more", range(4, 6), 2),
        ("qa_dev", "qa_tales", range(6, 9), 1),
    ):
        raw = write(folder / target / f"{name}.jsonl.xz", [tale(number) for number in numbers])
        prepare_source(raw, tokenizer, packed / target / name, copies=copies, seed=3)
    silent = {**tale(9), "questions": tale(9)["questions"][2:]}
    raw = write(folder / "qa_dev" / "qa_more.jsonl.xz", [silent])
    prepare_source(raw, tokenizer, packed / "qa_dev" / "qa_more", copies=1, seed=3)
    for name, numbers in (("text_long", range(40)), ("text_short", range(2))):
        raw = write(folder / f"{name}.jsonl.xz", [{"text": story(number)} for number in numbers])
        pack_text(raw, model, packed / "lm" / name)
    return packed


def make_stage(packed: Path, run: Path) -> Stage:
    """A stage of a few steps that takes every path: both kinds of batches, states, negatives."""
    return Stage(
        model=replace(CONFIG, longest_answer=30),
        tokenizer=packed / "tokenizer.model",
        packed=packed,
        run=run,
        teacher=None,
        start_from=None,
        questions={"qa_tales": 2.0, "qa_more": 1.0},
        texts={"text_long": 3.0, "text_short": 1.0},
        seed=5,
        steps=7,
        warmup=2,
        decay=3,
        question_batch=3,
        language_rows=2,
        language_length=40,
        language_every=3,
        negative_share=0.3,
        context_share=0.6,
        matrix_rate=4e-3,
        other_rate=1e-3,
        weight_decay=0.05,
        save_seconds=1e9,
        score_every=0,
        score_questions=4,
        threads=1,
        device="cpu",
    )


def toml_of(stage: Stage) -> str:
    """The TOML file of a stage, as a person writes it."""
    values = {name: getattr(stage, name) for name in Stage.__dataclass_fields__}
    model = stage.model.to_dict()
    body = model.pop("body")
    tables = {
        "questions": values.pop("questions"), "texts": values.pop("texts"), "model": model,
        "model.body": body,
    }  # fmt: skip
    del values["model"]
    lines = [f"{name} = {_toml(value)}" for name, value in values.items() if value is not None]
    for table, entries in tables.items():
        lines += ["", f"[{table}]", *(f'"{name}" = {_toml(v)}' for name, v in entries.items())]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, tuple):
        return json.dumps(list(value))
    return json.dumps(str(value) if isinstance(value, Path) else value)
