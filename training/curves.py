"""The losses and scores of a run as a picture."""

import json
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

SMOOTHED = 0.9


def draw_curves(logs: list[Path], picture: Path) -> None:
    """Losses by step on the left, F1 of each development set on the right."""
    lines = [json.loads(line) for log in logs for line in log.read_text().splitlines()]
    figure = Figure(figsize=(11, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for kind, name in (("questions", "span (nats)"), ("language", "next token (nats)")):
        points = [(line["step"], line[kind]) for line in lines if kind in line]
        left.plot([step for step, _ in points], _smooth([loss for _, loss in points]), label=name)
    left.set(xlabel="step", title="training loss")
    left.legend()
    for name, points in _scores(lines).items():
        right.plot(*zip(*points, strict=True), marker=".", label=name.removeprefix("qa_"))
    right.set(xlabel="step", title="F1 on development questions, one passage", ylim=(0, None))
    if right.lines:
        right.legend(fontsize="x-small")
    figure.savefig(picture, dpi=110)


def _scores(lines: list[dict[str, Any]]) -> dict[str, list[tuple[int, float]]]:
    found: dict[str, list[tuple[int, float]]] = {}
    for line in lines:
        for name, (_, _, f1) in line.get("scores", {}).items():
            found.setdefault(name, []).append((line["step"], f1))
    return found


def _smooth(values: list[float]) -> list[float]:
    smoothed: list[float] = []
    for value in values:
        last = smoothed[-1] if smoothed else value
        smoothed.append(SMOOTHED * last + (1 - SMOOTHED) * value)
    return smoothed
