"""Raw data for the heads, and a stage of a few steps over it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.tiny_reader import make_reader
from tests.training.making import story, tale, write
from training.heads.stage import HeadsStage, Rates


def make_raw(folder: Path) -> Path:
    """Two sources of documents with questions one of running text, one of summaries."""
    write(folder / "train" / "qa_tales.jsonl.xz", [tale(number) for number in range(4)])
    text: list[dict[str, Any]] = [{"text": story(number)} for number in range(20, 23)]
    write(folder / "train" / "text_tales.jsonl.xz", text)
    sentences = [
        {"id": str(n), "question": f"Who built bridge {n}?", "sentence": story(n).split(". ")[0]}
        for n in range(5)
    ]
    write(folder / "train" / "retrieval_tales.jsonl.xz", sentences)
    summed = [
        {"document": story(n), "summary": story(n).split(". ")[3] + ". The end of the tale."}
        for n in range(4)
    ]
    write(folder / "train" / "sum_tales.jsonl.xz", summed)
    return folder


def make_heads_stage(folder: Path) -> HeadsStage:
    """A stage of seven steps that takes every path but the teacher's."""
    return HeadsStage(
        model=make_reader(folder / "body"),
        raw=make_raw(folder / "raw"),
        pairs=folder / "pairs",
        run=folder / "run",
        teacher=None,
        sources={"qa_tales": 2.0, "text_tales": 1.0, "retrieval_tales": 1.0},
        most_passages={"qa_tales": 40, "text_tales": 40, "retrieval_tales": 40},
        taught=("qa_tales",),
        summaries=("sum_tales",),
        most_sentences=100,
        salience_width=5,
        salience=Rates(steps=5, warmup=1, batch=2, rate=1e-2),
        embedding_width=24,
        embedding=Rates(steps=7, warmup=2, batch=5, rate=1e-2),
        hard=1,
        distilling=0.0,
        seed=3,
        save_seconds=1e9,
        threads=1,
    )
