"""The progress bar of a reading, on stderr."""

from __future__ import annotations

from types import TracebackType

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from app import progress
from app.output import aside
from app.wording import duration


class ReadingBar:
    """A bar for one document: pages, speed, time left. Nothing is drawn but on a terminal."""

    def __init__(self, name: str) -> None:
        console = aside()
        self._bars = Progress(
            TextColumn("{task.fields[name]}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[pace]}", markup=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._console = console
        self._task = self._bars.add_task("", name=name, pace="opening", total=None)

    def __enter__(self) -> ReadingBar:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def show(self, step: progress.Progress) -> None:
        """Draw one step; a note stays on the screen above the bar."""
        if step.note and step.stage != "waiting":
            self._console.print(step.note)
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
