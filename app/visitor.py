"""How an error is told on the web page, whose visitors have no command line before them."""

from __future__ import annotations

from pathlib import Path

from app.present import explained
from retnet_core import errors as of_core
from storage import errors as of_storage

_DAMAGED = (
    "What was kept of reading this document is damaged. Hand its file in again to have it read "
    "anew."
)
_INSTEAD: dict[type[Exception], str] = {
    of_storage.NotFound: "This document is no longer in the library: it was deleted meanwhile.",
    of_storage.StaleReading: (
        "Another process is reading this document too. Wait until it is done, then hand the file "
        "in again."
    ),
    of_storage.StateDamaged: _DAMAGED,
    of_core.StateDamaged: _DAMAGED,
    of_core.StateMismatch: (
        "This document was read by another model. Hand its file in again to have this one read it."
    ),
}


def for_visitor(error: Exception, logs: Path) -> str:
    """What to tell; an error that nobody foresaw is written to a file in logs."""
    return _INSTEAD.get(type(error)) or explained(error, logs).sentence
