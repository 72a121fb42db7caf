"""Workers side by side: a name for each, alive until they are ended, heard when they complain."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.crew import Crew
from app.service import Service
from app.settings import Settings
from app.supervisor import threads_of
from app.watching import SILENT_AFTER
from tests.app.making import start
from tests.app.test_worker import posix, until

MANY = ", " * 40  # wider than a terminal: who reads a pipe gets one line


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@posix
def test_a_crew_works_side_by_side_and_ends_together(service: Service, settings: Settings) -> None:
    crew = Crew(settings, "page", 2)
    try:
        until(lambda: len(service.library.queue.workers()) == 2)
        assert sorted(path.name for path in settings.logs.glob("page-*")) == [
            "page-1.log",
            "page-2.log",
        ]
        assert all(map(is_alive, crew.pids))
    finally:
        crew.stop()
    assert not any(map(is_alive, crew.pids))
    assert not service.library.queue.workers_alive(SILENT_AFTER)


def test_nobody_is_a_crew_too(settings: Settings) -> None:
    crew = Crew(settings, "page", 0)
    assert crew.complaint == ""
    crew.stop()


@pytest.mark.usefixtures("library_file")
def test_a_batch_says_why_its_workers_cannot_work(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person who waits for a batch is told, instead of looking at a bar that stands still."""
    (tmp_path / "a.txt").write_text("A short text.")
    monkeypatch.setattr("app.batch.running.Crew", Broken)
    ended = CliRunner().invoke(
        app, ["batch", "add", str(tmp_path / "a.txt"), "--out", str(tmp_path / "o.jsonl")]
    )
    told = [line for line in ended.stderr.splitlines() if "no hands" in line]
    assert told == [f"A worker ended, and is started again: It has no hands{MANY}."]


class Broken:
    """Workers that end with the same words each time; the third look ends the batch."""

    def __init__(self, *_: object) -> None:
        self.looks = 0

    @property
    def complaint(self) -> str:
        self.looks += 1
        if self.looks > 2:
            raise KeyboardInterrupt
        return f"It has no hands{MANY}."

    def stop(self) -> None: ...


@posix
def test_readonce_worker_ends_when_it_is_told_to(settings: Settings) -> None:
    process = start(settings, "worker", "--concurrency", "2")
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "2 workers at work. Ctrl-C ends.\n"
        process.terminate()
        assert process.wait(20) == 0


def test_threads_that_wait_for_each_other_let_others_compute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without this two workers on two processors read 30 times slower than one."""
    for name in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY"):
        monkeypatch.delenv(name, raising=False)
    assert threads_of(1)["GOMP_SPINCOUNT"] == "1000"
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")  # who has said it, has said it
    assert "GOMP_SPINCOUNT" not in threads_of(1)
