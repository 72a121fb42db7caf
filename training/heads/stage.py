"""The stage that trains the heads: everything that decides its outcome, in one TOML file."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Rates:
    """How one head is trained: AdamW at `rate`, after `warmup` and until half of the steps."""

    steps: int
    warmup: int
    batch: int
    rate: float


@dataclass(frozen=True, slots=True)
class HeadsStage:
    """The settings of a run. Paths are relative to where the command is called.

    model: a folder whose body stands still. pairs: where the arrays that no body changes are kept.
    sources weigh what is asked: name of the file in raw/train -> share of the draws; most_passages:
    no more than so many are taken of it. taught: the sources that the teacher embeds. hard:
    passages that look right and are not, for each question. summaries: files whose summaries say
    which sentences tell most, no more than most_sentences of each.
    """

    model: Path
    raw: Path
    pairs: Path
    run: Path
    teacher: Path | None
    sources: dict[str, float]
    most_passages: dict[str, int]
    taught: tuple[str, ...]
    summaries: tuple[str, ...]
    most_sentences: int
    embedding_width: int
    embedding: Rates
    salience_width: int
    salience: Rates
    hard: int
    distilling: float
    seed: int
    save_seconds: float
    threads: int


def load_heads_stage(path: Path) -> HeadsStage:
    """Read a stage; raises TypeError or KeyError where a name is missing or misspelt."""
    values: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    for name in ("model", "raw", "pairs", "run"):
        values[name] = Path(values[name])
    values["teacher"] = Path(values["teacher"]) if values.get("teacher") else None
    for name in ("taught", "summaries"):
        values[name] = tuple(values[name])
    for name in ("embedding", "salience"):
        values[name] = Rates(**values[name])
    return HeadsStage(**values)
