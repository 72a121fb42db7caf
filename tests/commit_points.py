"""Find every place at which a process makes something lasting, and end it there by SIGKILL.

Nothing is listed by hand: SQLite itself tells each statement that it begins, and Python each file
that it opens for writing or removes. Whatever a later change commits is found the same way.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.pool import Pool

# These set up a connection, and nothing of them is stored.
_PASSING: tuple[str, ...] = (
    "SELECT",
    "BEGIN",
    "ROLLBACK",
    "PRAGMA PAGE_COUNT",
    "PRAGMA SYNCHRONOUS",
)
_PASSING += (
    "PRAGMA FOREIGN_KEYS",
    "PRAGMA SECURE_DELETE",
    "PRAGMA BUSY_TIMEOUT",
    "PRAGMA READ_UNCOMMITTED",
    "PRAGMA MAIN.",
)
_REMOVING = frozenset({"os.remove", "os.rename", "os.truncate"})


class CommitPoints:
    """Counts the places that this process comes by, and dies before the one numbered fatal."""

    def __init__(self, folder: Path, fatal: int) -> None:
        self.passed: list[str] = []
        self._folder = str(folder)
        self._fatal = fatal
        event.listen(Pool, "connect", lambda connection, _: self._listen_to(connection))
        sys.addaudithook(self._on_audit)

    def _listen_to(self, connection: sqlite3.Connection) -> None:
        writing = False

        def on_statement(statement: str) -> None:
            nonlocal writing
            words = statement.strip().upper()
            if words.startswith("BEGIN"):
                writing = words == "BEGIN IMMEDIATE"
            elif words == "COMMIT":
                if writing:
                    self._come_by("commit")
                writing = False
            elif not writing and not words.startswith(("--", *_PASSING)):
                self._come_by(words)

        connection.set_trace_callback(on_statement)

    def _on_audit(self, name: str, arguments: tuple[object, ...]) -> None:
        if name == "open" and isinstance(arguments[2], int):
            lasting = bool(arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        else:
            lasting = name in _REMOVING
        if lasting and self._folder in str(arguments[0]):
            self._come_by(f"{name} {Path(str(arguments[0])).suffix}")

    def _come_by(self, what: str) -> None:
        if len(self.passed) == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        self.passed.append(what)


def in_child(folder: Path, fatal: int, work: Callable[[], object]) -> str | None:
    """Do the work in a fork that dies before a place; None where it did, else what it passed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            points = CommitPoints(folder, fatal)
            work()
            os.write(writing, ", ".join(points.passed).encode())
            status = 0
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
        os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        passed = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return None
    if os.WEXITSTATUS(status):
        sys.exit("the work failed instead of being killed")
    return passed
