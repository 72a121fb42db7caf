"""Die by SIGKILL before each statement of an operation in turn; run as a program of its own.

`python -m tests.storage.crashing WHERE OPERATION` leaves one library for each place of death, the
last of which saw the operation end, and prints their addresses. WHERE is a folder for files of
SQLite, or the address of a server of PostgreSQL.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import alembic.command
import alembic.script  # noqa: F401  (here, or every fork would import alembic anew)
from sqlalchemy import Engine, event, make_url

from storage.library import Library, open_library
from tests.server import Server
from tests.storage.making import (
    TOKENIZER,
    WEIGHTS,
    add,
    checkpoint,
    new_document,
    new_passages,
    snapshot,
    url_of,
)


def make(url: str, place: int) -> None:
    """A library is made."""
    die_before(place)
    open_library(url).close()


def add_document(url: str, place: int) -> None:
    """A second document is added."""
    with armed(url, place) as library:
        add(library, "new one ", "new two", title="New")


def save_reading(url: str, place: int) -> None:
    """A reading goes on."""
    with armed(url, place) as library:
        record = library.find("ann", "Before")
        library.readings.save(record.id, checkpoint(20), snapshot(10), 1.0)


def finish_reading(url: str, place: int) -> None:
    """A reading by other weights replaces the one before."""
    with armed(url, place) as library:
        record = library.find("ann", "Before")
        exact, rounded = checkpoint(30, weights="new"), snapshot(0, weights="new")
        library.readings.save(record.id, exact, rounded, 1.0)
        library.readings.finish(record.id, "final")


def replace(url: str, place: int) -> None:
    """A new version of the document takes its place."""
    with armed(url, place) as library:
        old = library.find("ann", "Before")
        new = new_document(("newer one ", "newer two "), title="After")
        version, _ = library.add(new, new_passages(("newer one ", "newer two ")), old.id)
        library.readings.adopt(version.id, old.id, WEIGHTS, TOKENIZER, [1])
        library.readings.save(
            version.id, checkpoint(20), snapshot(10), 1.0, began=10, anchored=True
        )
        library.readings.finish(version.id, "final")


def recount(url: str, place: int) -> None:
    """The document is counted again by another tokenizer."""
    with armed(url, place) as library:
        library.readings.recount(library.find("ann", "Before").id, "tokenizer-b", [1, 2, 3])


def delete(url: str, place: int) -> None:
    """The document is deleted."""
    with armed(url, place) as library:
        library.delete("ann", library.find("ann", "Before").id)


OPERATIONS: dict[str, Callable[[str, int], None]] = {
    operation.__name__: operation
    for operation in (make, add_document, save_reading, finish_reading, replace, recount, delete)
}


def armed(url: str, place: int) -> Library:
    library = open_library(url)
    die_before(place)
    return library


def die_before(place: int) -> None:
    """End this process before its next statement or commit but place."""
    seen = count()

    def step(*_: object) -> None:
        if next(seen) == place:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", step)
    event.listen(Engine, "commit", step)


def main(where: str, name: str) -> None:
    # To a server, making a library is one of many statements in one transaction: a part will do.
    for place in count(step=4 if "://" in where and name == "make" else 1):
        url = new_library(where, place)
        if name != "make":
            prepare(url)
        print(url, flush=True)  # or the forks would print it again
        if not dies(lambda url=url, place=place: OPERATIONS[name](url, place)):  # type: ignore[misc]
            break


def new_library(where: str, place: int) -> str:
    if "://" in where:
        return Server(make_url(where)).new()
    return url_of(Path(where) / f"{place:02}.db")


def prepare(url: str) -> None:
    with open_library(url) as library:
        record = add(library, "old one ", "old two ", "old three", title="Before")
        library.readings.save(record.id, checkpoint(10), snapshot(0), 1.0)


def dies(work: Callable[[], None]) -> bool:
    """Do the work in a fork; whether that was killed."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        sys.exit("the operation failed instead of being killed")
    return os.WIFSIGNALED(status)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
