"""Why a file was given up: one sentence that names the limit and says what to do."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from typing import Any

from pipelines.apart.bounds import MEGABYTE


def name_in(values: Mapping[str, Any]) -> str:
    """What a request calls its file."""
    return str(values.get("name", "This document"))


def beyond_memory(name: str, memory: int) -> str:
    return (
        f"{name} needs more than the {memory / MEGABYTE:,.0f} MB of memory that one file may take "
        "while it is opened. Split it into smaller files, or save a new copy of it, and add that."
    )


def beyond_time(name: str, seconds: float, clock: str, *, page: bool = False) -> str:
    what = "page" if page else "file"
    return (
        f"{name} takes longer than the {seconds:,.0f} seconds {clock} that one {what} may take to "
        "be opened. Split it into smaller files, or save a new copy of it, and add that."
    )


def ended(name: str, code: int) -> str:
    """A process that ended by itself, or that the system ended; code is negative for a signal."""
    if -code == getattr(signal, "SIGKILL", None):
        return (
            f"{name} could not be opened: the system ended the program that was at it, most likely "
            "for want of memory. Close other programs and add it again."
        )
    return (
        f"{name} made the program that opens files break off ({_way(code)}): it is damaged, or "
        "made to do harm. Nothing else is affected; save a new copy of it and add that."
    )


def _way(code: int) -> str:
    try:
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"
    except ValueError:
        return f"signal {-code}"


def no_answer(name: str) -> str:
    return (
        f"{name} made the program that opens files answer nonsense: it is damaged, or made to do "
        "harm. Nothing else is affected; save a new copy of it and add that."
    )
