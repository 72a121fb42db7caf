"""The progress bar of a reading, on stderr."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import Progress, TaskProgressColumn

from app import progress
from app.bars import bars, pace
from app.wording import duration


@contextmanager
def reading_bar(name: str) -> Iterator[ReadingBar]:
    """The bar of one document, for as long as it is read."""
    with bars(TaskProgressColumn(), pace()) as drawn:
        yield ReadingBar(drawn, name)


class ReadingBar:
    """A bar for one document: pages, speed, time left."""

    def __init__(self, drawn: Progress, name: str) -> None:
        self._bars = drawn
        self._task = self._bars.add_task("", name=name, pace="opening", total=None)

    def show(self, step: progress.Progress) -> None:
        """Draw one step; a note stays on the screen above the bar."""
        if step.note and step.stage != "waiting":
            self._bars.console.print(step.note)
        if step.document is None:
            return
        self._bars.update(
            self._task,
            completed=step.document.tokens_read,
            total=max(1, step.document.tokens),
            pace=_pace(step),
        )


def _pace(step: progress.Progress) -> str:
    document = step.document
    parts = []
    if document is not None and document.pages > 1:
        parts.append(f"page {step.page} of {document.pages}")
    if step.stage == "waiting":
        parts.append("another process reads it")
    if step.tokens_per_second:
        parts.append(f"{step.tokens_per_second:,.0f} tokens/s")
    if step.seconds_left is not None and step.stage == "reading":
        parts.append(f"{duration(step.seconds_left)} left")
    return ", ".join(parts)
