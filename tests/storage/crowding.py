"""Eight threads at work on one library; run as a program of its own, several at once.

`python -m tests.storage.crowding URL SECONDS NAME` prints how many rounds were done.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor

from storage.errors import NotFound
from storage.library import Library, open_library
from tests.storage.making import add, checkpoint, holding, snapshot

THREADS = 8


def work(library: Library, owner: str, until: float) -> int:
    """Add, read, search and delete documents of one owner until the time is up."""
    rounds = 0
    while time.monotonic() < until:
        record = add(library, f"alpha {rounds} ", f"beta {rounds} {owner}", owner=owner)
        shared = add(library, "gamma shared by all threads", owner="everybody", title="Shared")
        library.readings.save(record.id, checkpoint(20), snapshot(0), 0.1)
        library.readings.finish(record.id, "done")
        assert holding(library, record.id, "beta", owner) == [1]
        assert [found.id for found in library.list(owner)] == [record.id]
        library.delete(owner, record.id)
        delete_if_there(library, shared.id)
        rounds += 1
    return rounds


def delete_if_there(library: Library, document_id: str) -> None:
    try:
        library.delete("everybody", document_id)
    except NotFound:
        return  # another thread was quicker


def main(url: str, seconds: float, name: str) -> None:
    with open_library(url) as library, ThreadPoolExecutor(THREADS) as pool:
        until = time.monotonic() + seconds
        owners = [f"{name}{number}" for number in range(THREADS)]
        print(sum(pool.map(lambda owner: work(library, owner, until), owners)))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3])
