"""The one place where a fault of PostgreSQL becomes an error of ours with a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.errors import LibraryDamaged, LibraryUnavailable, StorageError

_LOST = (
    "The connection to the library {name} was lost: see that the server runs, and try again;"
    " what was stored before is safe."
)
_BUSY = (
    "The library {name} has been locked by another program for too long: end that program, or"
    " wait, and try again."
)
_UNREACHED = (
    "The library {name} cannot be reached ({reason}): see that the server runs, and that host,"
    " user, password and database in its address are right."
)

# By the SQLSTATE, or by its first two characters, the class:
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_UNAVAILABLE = {
    "08": _LOST,
    "57P": _LOST,
    "25P03": _LOST,  # it was idle inside a transaction: the computer slept
    "55P03": _BUSY,
    "40": (
        "Another program was in the way in the library {name}, and nothing was changed: try again."
    ),
    "57014": (
        "The library {name} took too long and was stopped, and nothing was changed: try again"
        " when the server has less to do."
    ),
    "53100": (
        "The disk that holds the library {name} is full: make room and try again; what was stored"
        " before is safe."
    ),
    "53": "The server of the library {name} has no room left for this: try again later.",
    "42501": (
        "The library {name} refuses its user the right to this: let the user of the address own"
        " the tables, and make some in an empty database."
    ),
    "25006": (
        "The library {name} cannot be written: name the main server and not one that follows it,"
        " and see that default_transaction_read_only is off."
    ),
}
_DAMAGED = (
    "The library {name} is damaged: restore it from a backup, or name another database and add"
    " your documents again."
)
_TOO_LARGE = "The file is too large for the library: split it and add the parts."


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Turn whatever SQLAlchemy or psycopg raises inside into a StorageError."""
    try:
        yield
    except DBAPIError as error:
        raise _explained(error, name) from error
    except PoolTimeout as error:
        raise LibraryUnavailable(_BUSY.format(name=name)) from error


def _explained(error: DBAPIError, name: str) -> StorageError:
    state = str(getattr(error.orig, "sqlstate", None) or "")
    for known in (state, state[:3], state[:2]):
        if known in _UNAVAILABLE:
            return LibraryUnavailable(_UNAVAILABLE[known].format(name=name))
    if state[:2] == "XX":
        return LibraryDamaged(_DAMAGED.format(name=name))
    if state[:2] == "54":
        return StorageError(_TOO_LARGE)
    if state:
        return StorageError(f"The library {name} refused what was asked of it ({_said(error)}).")
    if error.connection_invalidated:
        return LibraryUnavailable(_LOST.format(name=name))
    return LibraryUnavailable(_UNREACHED.format(name=name, reason=_reason(error)))


def _said(error: DBAPIError) -> str:
    # The details beside it may quote a row.
    primary = getattr(getattr(error.orig, "diag", None), "message_primary", None)
    return str(primary or type(error.orig).__name__)


def _reason(error: DBAPIError) -> str:
    """The end of what libpq says about an attempt to connect: the addresses stand before it."""
    lines = str(error.orig).strip().splitlines()
    return lines[0].rpartition("FATAL: ")[2].rpartition("failed: ")[2].strip() if lines else "?"
