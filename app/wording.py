"""Numbers in plain words, the same on the command line and on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage.records import DocumentRecord

_UNITS = ("bytes", "KB", "MB", "GB")

_VERY_SURE, _SURE, _UNLIKELY = 0.8, 0.5, 0.25


def size(count: int) -> str:
    """A number of bytes: 812 bytes, 4.2 MB."""
    amount = float(count)
    for unit in _UNITS:
        if amount < 1000 or unit == _UNITS[-1]:
            break
        amount /= 1000
    return f"{amount:,.0f} {unit}" if unit == "bytes" or amount >= 100 else f"{amount:.1f} {unit}"


def duration(seconds: float) -> str:
    """A time: 0.4 s, 12 s, 3 min, 2 h 5 min."""
    if seconds < 0.05:
        return "under 0.1 s"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def day(moment: datetime) -> str:
    """A date as people say it: 24 Nov 2026."""
    local = moment.astimezone()
    return f"{local.day} {local:%b %Y}"


def counted(count: int, noun: str) -> str:
    """A number with its noun: 1 page, 1,204 pages."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def how_sure(confidence: float) -> str:
    """How far an answer may be believed, in words that help: what to look at where it is little."""
    value = round(confidence, 2)
    if value >= _VERY_SURE:
        return "Very likely the answer."
    if value >= _SURE:
        return "Probably the answer."
    if value >= _UNLIKELY:
        return "This may be the answer: see it in its sentence."
    return "The nearest that was found: see whether it answers you."


def stands_alone(confidence: float) -> bool:
    """Whether an answer is believed enough to be shown by itself, and not in its sentence only."""
    return round(confidence, 2) >= _SURE


def without_text(pages: tuple[int, ...], of: str) -> str:
    """That these pages of so many could not be read."""
    one = len(pages) == 1
    have, are = ("has", "It is a picture") if one else ("have", "They are pictures")
    takes = "takes" if one else "take"
    return (
        f"{len(pages)} of {of} {have} no text that can be read: {numbers(pages)}. {are}, damaged, "
        f"or {takes} more time or memory than one page may."
    )


def fragments(*, quietly: bool) -> str:
    """That a piece of a deleted text may be left, and what removes it."""
    by_itself = (
        "a worker that has nothing to do writes it anew, and `readonce compact` does it now"
        if quietly
        else "`readonce compact` writes it anew"
    )
    return (
        "The library's file is large: a piece of a deleted text may be left in it until "
        f"{by_itself}."
    )


def numbers(pages: tuple[int, ...], most: int = 12) -> str:
    """Page numbers as a person writes them: 3, 7-9 and 12."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][-1] + 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    shown = [str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs[:most]]
    return ", ".join(shown) + (" …" if len(runs) > most else "")


def replaced(document: DocumentRecord) -> str:
    """That a document took the place of an earlier version, and what that saved."""
    said = f"Version {document.version}: it replaces the one before."
    if not document.reused_tokens:
        return said
    read = counted(document.tokens - document.reused_tokens, "token")
    return f"{said} The beginning is unchanged, so only {read} of {document.tokens:,} were read."


def about_language(names: Sequence[str]) -> str:
    """What to say where a question or a cited text is in languages that the reader does not know.

    names: of the languages, in English; "" where there is none.
    """
    if not names:
        return ""
    return (
        f"The reader was trained on English, and this is {' and '.join(names)}: the passage was"
        " found by its words and is quoted whole. Read it yourself; the confidence says little."
    )
