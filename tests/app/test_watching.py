from __future__ import annotations

import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from app.watching import SILENT_AFTER, Watch, has_died, own_name
from storage.work import WorkerRecord

NOW = datetime(2026, 1, 2, tzinfo=UTC)


class Hands:
    """A clock that shows what the test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_worker_is_gone_when_its_count_has_not_moved_for_long() -> None:
    clock = Hands()
    watch = Watch(clock)
    lives, dead = WorkerRecord("lives", NOW, 1), WorkerRecord("dead", NOW, 7)
    assert watch.gone([lives, dead]) == frozenset()
    clock.now = SILENT_AFTER + 1
    lives = WorkerRecord("lives", NOW, 2)
    assert watch.gone([lives, dead]) == {"dead"}


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(days=400)], ids=["back", "on"])
def test_a_clock_that_jumps_makes_nobody_gone_and_nobody_alive(jump: timedelta) -> None:
    clock = Hands()
    watch = Watch(clock)
    watch.gone([WorkerRecord("lives", NOW, 1), WorkerRecord("dead", NOW + jump, 1)])
    clock.now = SILENT_AFTER / 2
    assert watch.gone([WorkerRecord("lives", NOW + jump, 2), WorkerRecord("dead", NOW, 1)]) == set()
    clock.now = SILENT_AFTER + 1
    found = watch.gone([WorkerRecord("lives", NOW, 3), WorkerRecord("dead", NOW + jump, 1)])
    assert found == {"dead"}


@pytest.mark.skipif(os.name != "posix", reason="only there a process is asked for by its number")
def test_a_worker_of_this_machine_whose_process_has_ended_is_gone_at_once() -> None:
    child = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True
    )
    ended = f"{socket.gethostname()}-{child.stdout.strip()}-0123abcd"
    assert has_died(ended)
    assert Watch().gone([WorkerRecord(ended, NOW, 1)]) == {ended}
    assert not has_died(own_name())
    assert not has_died(ended.replace(socket.gethostname(), "another-machine"))
    assert not has_died("a worker of another form")
