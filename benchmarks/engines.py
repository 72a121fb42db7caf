"""What an empty job costs in the line of the library, and on DBOS where it is installed.

`python -m benchmarks engines [--jobs 300]`. DBOS is no part of readonce: install it for this.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa

from benchmarks.timing import machine, print_table
from storage.library import open_library
from storage.work import BATCH, NewJob

_PATIENCE = 90.0


def ours(folder: Path, count: int, waiting: int = 0) -> list[str]:
    """Hand in, claim and end so many jobs, while so many more of two others wait."""
    with open_library(f"sqlite:///{folder / 'library.db'}") as library:
        for number in range(waiting):
            new = NewJob(f"user {number % 2}", f"{number}.txt", b"x", priority=BATCH)
            library.queue.hand_in(new)
        began = time.perf_counter()
        for number in range(count):
            library.queue.enqueue("ann", f"{number}.txt", b"x")
        handed_in, processor = time.perf_counter(), time.process_time()
        for _ in range(count):
            claimed = library.queue.claim("worker")
            assert claimed is not None
            library.queue.fail(claimed[0].id, "nothing to do", held=claimed[0])
        name = f"library, {waiting:,} more waiting" if waiting else "library"
        return _row(name, count, count, handed_in - began, handed_in, processor)


def dbos(folder: Path, count: int) -> list[str]:
    """The same as workflows of one step on a queue of one worker, with write-ahead logging."""
    from dbos import DBOS, DBOSClient  # type: ignore[import-not-found]

    url = f"sqlite:///{folder / 'dbos.db'}"
    step = DBOS.step()(_nothing)
    DBOS.workflow(name="job")(lambda number: step(number))
    DBOS(config=_config(url))
    DBOS.launch()
    DBOS.register_queue("jobs", worker_concurrency=1)
    client = DBOSClient(system_database_url=url, system_database_engine=_engine(url))
    began = time.perf_counter()
    for number in range(count):
        client.enqueue({"queue_name": "jobs", "workflow_name": "job"}, number)
    handed_in, processor = time.perf_counter(), time.process_time()
    ended = 0
    while ended < count and time.perf_counter() - handed_in < _PATIENCE:
        time.sleep(0.2)
        with _engine(url).connect() as connection:
            asked = "SELECT count(*) FROM workflow_status WHERE status = 'SUCCESS'"
            ended = connection.execute(sa.text(asked)).scalar_one()
    return _row("DBOS", count, ended, handed_in - began, handed_in, processor)


def _nothing(number: int) -> int:
    return number


def _config(url: str) -> Any:  # noqa: ANN401
    return {
        "name": "readonce",
        "system_database_url": url,
        "system_database_engine": _engine(url),
        "application_version": "1",
        "executor_id": str(os.getpid()),
        "log_level": "ERROR",
    }


def _engine(url: str) -> sa.Engine:
    engine = sa.create_engine(url)

    def set_up(connection: Any, _entry: object) -> None:  # noqa: ANN401
        connection.isolation_level = "IMMEDIATE"
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")

    sa.event.listen(engine, "connect", set_up)
    return engine


def _row(
    name: str, count: int, ended: int, handing: float, began: float, processor: float
) -> list[str]:
    seconds, used = time.perf_counter() - began, time.process_time() - processor
    return [
        name,
        f"{count / handing:,.0f}/s",
        f"{ended / seconds:,.1f}/s",
        f"{1000 * used / max(1, ended):.1f} ms",
    ]


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks engines", description=__doc__)
    parser.add_argument("--jobs", type=int, default=300)
    options = parser.parse_args(arguments)
    print(machine())
    engines: list[Callable[[Path, int], list[str]]] = [ours, partial(ours, waiting=10_000)]
    if find_spec("dbos"):
        engines.append(dbos)
    with TemporaryDirectory() as folder:
        rows = []
        for number, engine in enumerate(engines):
            place = Path(folder) / str(number)
            place.mkdir()
            rows.append(engine(place, options.jobs))
    head = ("empty jobs", "handed in", "done", "processor each")
    print_table("One worker, SQLite", head, rows)
