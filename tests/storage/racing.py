"""Processes that open the same new library at the same moment; run as a program of its own.

`python -m tests.storage.racing FOLDER` makes one library after another in FOLDER and prints how
many openings succeeded.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import alembic.command
import alembic.script  # noqa: F401  (here, or every fork would import alembic anew)

from storage.library import open_library
from tests.storage.making import url_of

RACES = 8
RUNNERS = 6


def race(path: Path) -> int:
    """Start the runners together; how many opened the library."""
    start = time.time() + 0.1
    runners = [fork(path, start) for _ in range(RUNNERS)]
    return sum(os.waitpid(runner, 0)[1] == 0 for runner in runners)


def fork(path: Path, start: float) -> int:
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        while time.time() < start:
            pass
        open_library(url_of(path)).close()
        status = 0
    except BaseException as error:
        print(repr(error), file=sys.stderr, flush=True)
    os._exit(status)


if __name__ == "__main__":
    print(sum(race(Path(sys.argv[1]) / f"{number}.db") for number in range(RACES)))
