"""The one place where a fault of SQLite becomes an error of ours with a sentence."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.errors import LibraryDamaged, LibraryUnavailable, StorageError

_DAMAGED = {
    sqlite3.SQLITE_CORRUPT: (
        "The library {path} is damaged: restore it from a copy, or move the file away and add"
        " your documents again."
    ),
    sqlite3.SQLITE_NOTADB: (
        "{path} is not a library of readonce: move that file away, or name another place for the"
        " library."
    ),
}
_LOCKED = (
    "The library {path} has been locked by another program for too long: end that program, or"
    " wait, and try again."
)
_READ_ONLY = (
    "The library {path} cannot be written: give yourself the right to write the file and its"
    " folder, or name another place for the library."
)
_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_FULL: (
        "The disk that holds the library {path} is full: make room and try again; what was stored"
        " before is safe."
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "The library {path} cannot be opened: see that its folder exists and that you may write"
        " there."
    ),
    sqlite3.SQLITE_IOERR: (
        "The disk that holds the library {path} failed to read or write: check the disk and its"
        " free space, then try again."
    ),
}


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn whatever SQLAlchemy or sqlite3 raises inside into a StorageError."""
    try:
        yield
    except DBAPIError as error:
        raise _explained(error.orig, path) from error
    except sqlite3.Error as error:
        raise _explained(error, path) from error
    except UnicodeDecodeError as error:  # damaged bytes, in what SQLite says of them
        raise LibraryDamaged(_DAMAGED[sqlite3.SQLITE_CORRUPT].format(path=path)) from error
    except PoolTimeout as error:
        raise LibraryUnavailable(_LOCKED.format(path=path)) from error


def not_writable(path: Path) -> LibraryUnavailable:
    """The error for a file or folder without the right to write."""
    return LibraryUnavailable(_READ_ONLY.format(path=path))


def not_a_library(path: Path) -> LibraryDamaged:
    """The error for a file that is something else."""
    return LibraryDamaged(_DAMAGED[sqlite3.SQLITE_NOTADB].format(path=path))


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection is in the way, so that trying again may help."""
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _explained(error: BaseException | None, path: Path) -> StorageError:
    code = _code(error)
    if code in _DAMAGED:
        return LibraryDamaged(_DAMAGED[code].format(path=path))
    if code in _UNAVAILABLE:
        return LibraryUnavailable(_UNAVAILABLE[code].format(path=path))
    if code == sqlite3.SQLITE_TOOBIG:
        return StorageError("The file is too large for the library: split it and add the parts.")
    return StorageError(f"The library {path} refused what was asked of it ({error}).")


def _code(error: BaseException | None) -> int:
    # The low byte is the family (SQLITE_IOERR), the rest the detail (SQLITE_IOERR_WRITE).
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
