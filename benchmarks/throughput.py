"""How many documents, and tokens, an hour workers read, and what the database has to do for it.

`python -m benchmarks throughput [--server]`: `readonce worker` once and twice, each with one and
with two processes, reads files of one length that are cut from the sample; the model is loaded
before the time is taken. On PostgreSQL also what its server computes for a document, and for how
long it keeps the lock of whoever writes: these bound what many machines can do.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from sqlalchemy import event

from app.service import Service, open_service
from app.settings import Settings
from benchmarks.timing import machine, print_table
from pipelines.document import Upload
from storage.work import BATCH, NewJob
from tests.app.making import start
from tests.server import Server, started

SAMPLE = Path(__file__).parent.parent / "app" / "sample" / "report.md"
CREWS = ((1, 1), (1, 2), (2, 1), (2, 2))
_LOOK = 0.02


@dataclass(frozen=True, slots=True)
class Measured:
    """What one crew did; model is the share of its processes' time that the model took.

    server: seconds that the processors of the database's server computed for each document.
    """

    documents: int
    tokens: int
    seconds: float
    model: float
    server: float


def texts(number: int, characters: int) -> Iterator[bytes]:
    """So many different files of one length, cut from the sample."""
    whole = SAMPLE.read_text(encoding="utf-8")
    whole *= 2 + characters // len(whole)
    for each in range(number):
        first = 997 * each % (len(whole) - characters)
        yield f"Part {each}.\n\n{whole[first : first + characters]}".encode()


@contextmanager
def crew(settings: Settings, commands: int, concurrency: int) -> Iterator[None]:
    """So many `readonce worker`, each with so many processes."""
    running: list[subprocess.Popen[str]] = []
    try:
        for _ in range(commands):
            running.append(start(settings, "worker", "--concurrency", str(concurrency)))
        yield
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.communicate()


def warm_up(service: Service, processes: int) -> None:
    """Hand in short files until each process has done one, and so has loaded the model."""
    journal, queue = service.settings.logs / "jobs.jsonl", service.library.queue
    for number in count():
        some = [b"Warm %d, %d." % (number, each) for each in range(4 * processes)]
        jobs = [queue.enqueue("local", "warm.txt", each, keep_both=True) for each in some]
        while any(queue.job(each.id).status != "done" for each in jobs):
            time.sleep(_LOOK)
        told = [json.loads(line) for line in journal.read_text().splitlines()]
        if len({each["worker"] for each in told if each["event"] == "done"}) == processes:
            return


def measure(
    settings: Settings, shape: tuple[int, int], files: Sequence[bytes], server: Server | None
) -> Measured:
    """Have a crew read files that it finds in line."""
    processes = shape[0] * shape[1]
    with open_service(settings) as service, crew(settings, *shape):
        warm_up(service, processes)
        known, queue = len(service.list()), service.library.queue
        before, began = _computed(server), time.perf_counter()
        batch = queue.open_batch("local", "add", "mark", "", "{}")
        for number, content in enumerate(files):
            queue.hand_in(
                NewJob(
                    "local",
                    f"{number}.txt",
                    content,
                    "add",
                    True,
                    BATCH,
                    None,
                    batch.id,
                    str(number),
                )
            )
        while queue.counts(batch.id).get("done", 0) < len(files):
            time.sleep(_LOOK)
        seconds, computed = time.perf_counter() - began, _computed(server) - before
        read = service.list()[: len(service.list()) - known]
        model = sum(each.read_seconds for each in read) / (seconds * processes)
        tokens = sum(each.tokens for each in read)
        return Measured(len(files), tokens, seconds, model, computed / len(files))


def locked(settings: Settings, files: Sequence[bytes]) -> float:
    """For how many seconds of each document the lock of whoever writes is kept."""
    kept: list[float] = []
    since: dict[Any, float] = {}

    def taken(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:  # noqa: ANN401
        if "pg_advisory_xact_lock" in statement:
            since[connection] = time.perf_counter()

    def given_back(connection: Any) -> None:  # noqa: ANN401
        if connection in since:
            kept.append(time.perf_counter() - since.pop(connection))

    with open_service(settings) as service:
        list(service.add(Upload("warm.txt", b"Warm.")))
        engine = service.library._database.engine
        event.listen(engine, "after_cursor_execute", taken)
        event.listen(engine, "commit", given_back)
        for number, content in enumerate(files):
            list(service.add(Upload(f"{number}.txt", content)))
    return sum(kept) / len(files)


def _computed(server: Server | None) -> float:
    """Seconds of processor that a server has used since it was started."""
    if server is None or server.folder is None:
        return 0.0
    first = psutil.Process(int((server.folder / "postmaster.pid").read_text().split()[0]))
    times = [first.cpu_times(), *(each.cpu_times() for each in first.children())]
    ended = times[0].children_user + times[0].children_system
    return float(ended + sum(each.user + each.system for each in times))


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks throughput", description=__doc__)
    parser.add_argument("--documents", type=int, default=24)
    parser.add_argument("--characters", type=int, default=16_000, help="in each document")
    parser.add_argument("--server", action="store_true", help="on a PostgreSQL server")
    options = parser.parse_args(arguments)
    files = list(texts(options.documents, options.characters))
    print(machine(), flush=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        server = stack.enter_context(started()) if options.server else None
        rows = []
        for shape in CREWS:
            address = "" if server is None else server.new()
            settings = Settings(home=folder / "-".join(map(str, shape)), database_url=address)
            rows.append(_row(shape, measure(settings, shape, files, server)))
            print(*rows[-1], flush=True)
        where = "SQLite" if server is None else "PostgreSQL"
        head = ("workers", "processes of each", "documents/h", "tokens/h", "model", "server each")
        print_table(f"{where}, {options.characters:,} characters each", head, rows)
        if server is not None:
            alone = Settings(home=folder / "alone", database_url=server.new())
            print(f"\nthe writing lock is kept {1000 * locked(alone, files):.0f} ms a document")


def _row(shape: tuple[int, int], found: Measured) -> list[str]:
    hours = found.seconds / 3600
    return [
        *map(str, shape),
        f"{found.documents / hours:,.0f}",
        f"{found.tokens / hours:,.0f}",
        f"{100 * found.model:.0f} %",
        f"{1000 * found.server:.0f} ms" if found.server else "–",
    ]
