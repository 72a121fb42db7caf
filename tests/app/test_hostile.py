"""The worker process is handed one hostile file after another, and then a good one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from app.service import Service
from app.settings import Settings
from app.supervisor import child_environment
from storage.work import JobRecord
from tests.pipelines import archives, bombs

GIGABYTE = 1 << 30
MEGABYTE = 1 << 20

QUICK: dict[str, Callable[[], bytes]] = {
    "twice-packed.pdf": lambda: bombs.pdf_of_twice_deflated_content(200 * MEGABYTE),
    "million.pdf": lambda: bombs.pdf_of_many_pages(1_000_000),
    "laughs.docx": lambda: archives.docx_of(archives.said("&l9;"), archives.laughs(10)),
    "climbs.docx": lambda: archives.zip_of(archives.docx_parts() | {"../../x.txt": "x"}),
    "deep.html": lambda: archives.html_deep(100_000),
    "../../../etc/empty.txt": lambda: b"",
}
ALL = {
    **QUICK,
    "hours.pdf": bombs.pdf_that_takes_hours,
    "itself.pdf": bombs.pdf_of_form_in_itself,
    "flat.docx": lambda: archives.docx_that_unpacks_to(30 * MEGABYTE),
    "line.txt": lambda: bombs.long_line(100_000_000),
    "stops.txt": lambda: b"a. " * 8_000_000,
}


@pytest.fixture
def worker(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that gives up a file after three seconds of a processor, or at 256 MB."""
    bounds = {"CPU_SECONDS": "3", "MEMORY_MB": "256"}
    given = {f"READONCE_MOST_{name}": value for name, value in bounds.items()}
    process = subprocess.Popen(
        [sys.executable, "-m", "app.worker"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **child_environment(settings), **given},
    )
    yield process
    process.kill()
    process.communicate()


def family(process: psutil.Process) -> int:
    """Bytes that a process and its children hold together."""
    total = 0
    for member in [process, *process.children(recursive=True)]:
        try:
            total += member.memory_info().rss
        except psutil.Error:
            continue
    return total


def most_until(done: Callable[[], bool], process: psutil.Process) -> int:
    """The most that the process and its children hold before it is done."""
    give_up = time.monotonic() + 200
    most, looked = 0, 0.0
    while True:
        most = max(most, family(process))
        if time.monotonic() - looked > 0.5:
            if done():
                return most
            looked = time.monotonic()
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.02)


@pytest.mark.parametrize(
    "hostile", [QUICK, pytest.param(ALL, marks=pytest.mark.slow)], ids=["quick", "all"]
)
def test_the_worker_outlives_every_hostile_file_and_reads_the_next_good_one(
    hostile: dict[str, Callable[[], bytes]],
    service: Service,
    worker: subprocess.Popen[bytes],
) -> None:
    bad = [service.library.queue.enqueue("local", name, make()) for name, make in hostile.items()]
    good = service.library.queue.enqueue("local", "good.pdf", bombs.pdf_good())
    sought = {upload.id for upload in (*bad, good)}

    def states() -> dict[str, JobRecord]:
        return {u.id: u for u in service.library.queue.jobs("local") if u.id in sought}

    def done() -> bool:
        return all(state.status in ("done", "failed") for state in states().values())

    most = most_until(done, psutil.Process(worker.pid))
    assert most < GIGABYTE
    assert worker.poll() is None
    assert psutil.Process(worker.pid).children() == []
    found = states()
    assert found[good.id].status == "done"
    assert [document.title for document in service.list()] == ["good"]
    for upload in bad:
        state = found[upload.id]
        assert state.status == "failed", state
        assert "Traceback" not in state.message
        assert state.message.count("\n") == 0
        assert state.message.endswith(".")
        assert "should not have" not in state.message  # no error that nobody foresaw
    worker.kill()
    _, errors = worker.communicate()
    assert errors == b""
    assert {path.name for path in service.settings.logs.iterdir()} == {"jobs.jsonl"}  # no crash
