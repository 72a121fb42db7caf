"""Processes that open the same new library at the same moment; run as a program of its own.

`python -m tests.storage.racing URL...` makes one library after another and prints how many
openings succeeded.
"""

from __future__ import annotations

import os
import sys
import time

import alembic.command
import alembic.script  # noqa: F401  (here, or every fork would import alembic anew)

from storage.library import open_library

RUNNERS = 6


def race(url: str) -> int:
    """Start the runners together; how many opened the library."""
    start = time.time() + 0.1
    runners = [fork(url, start) for _ in range(RUNNERS)]
    return sum(os.waitpid(runner, 0)[1] == 0 for runner in runners)


def fork(url: str, start: float) -> int:
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        while time.time() < start:
            pass
        open_library(url).close()
        status = 0
    except BaseException as error:
        print(repr(error), file=sys.stderr, flush=True)
    os._exit(status)


if __name__ == "__main__":
    print(sum(map(race, sys.argv[1:])))
