"""Progress bars on stderr, drawn on a terminal only."""

from __future__ import annotations

from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn

from app.output import aside


def bars(*columns: ProgressColumn) -> Progress:
    """Bars with these columns behind a name; what they were is gone when they end.

    Each task has the fields name and pace.
    """
    console = aside()
    name = TextColumn("{task.fields[name]}", markup=False)
    drawn = console.is_terminal
    return Progress(name, BarColumn(), *columns, console=console, transient=True, disable=not drawn)


def pace() -> ProgressColumn:
    """The words behind a bar."""
    return TextColumn("{task.fields[pace]}", markup=False)
