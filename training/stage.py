"""One stage of training: everything that decides its outcome, in one TOML file."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retnet_core.config import ReaderConfig


@dataclass(frozen=True, slots=True)
class Stage:
    """The settings of a run. Paths are relative to where the command is called.

    questions and texts weigh their sources: name of the folder -> share of the draws.
    language_every: one step in so many is language modelling, the others are questions.
    """

    model: ReaderConfig
    tokenizer: Path
    packed: Path
    run: Path
    teacher: Path | None
    start_from: Path | None
    questions: dict[str, float]
    texts: dict[str, float]
    seed: int
    steps: int
    warmup: int
    decay: int
    question_batch: int
    language_rows: int
    language_length: int
    language_every: int
    negative_share: float
    context_share: float
    matrix_rate: float
    other_rate: float
    weight_decay: float
    save_seconds: float
    score_every: int
    score_questions: int
    threads: int
    device: str
    sparing: bool = False

    def __post_init__(self) -> None:
        shrink = self.matrix_rate * self.weight_decay
        if not 0 <= shrink < 0.1:
            raise ValueError(
                f"weight_decay {self.weight_decay} would shrink every matrix by {shrink:.0%} at a "
                "step; choose one below 0.1 / matrix_rate"
            )


def load_stage(path: Path) -> Stage:
    """Read a stage; raises TypeError or KeyError where a name is missing or misspelt."""
    values: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    values["model"] = ReaderConfig.from_dict(values["model"])
    for name in ("tokenizer", "packed", "run"):
        values[name] = Path(values[name])
    for name in ("teacher", "start_from"):
        values[name] = Path(values[name]) if values.get(name) else None
    return Stage(**values)
