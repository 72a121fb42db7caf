"""Whatever fails during a reading, the user reads a sentence and the next run goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from app.service import Service
from app.settings import Settings
from pipelines.document import Upload
from storage.errors import LibraryUnavailable
from tests.app.making import long_text, outcomes_of
from tests.storage.soundness import complaints

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

IN_A_SMALL_FILE_SYSTEM = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]


def failing(kind: str, folder: Path, shell: str = 'exec "$@"') -> list[dict[str, Any]]:
    """What became of each failure; the first holds the reading that nothing disturbed."""
    wrapped = [] if kind != "full" else [*IN_A_SMALL_FILE_SYSTEM, shell, "sh"]
    return outcomes_of("tests.app.failing", kind, str(folder), before=wrapped)


def assert_nothing_lost(outcomes: list[dict[str, Any]]) -> None:
    """The old version was there after each failure, and then the new one, bit for bit."""
    undisturbed, *failures = outcomes
    for outcome in failures:
        assert outcome["listed"] == 1, outcome
        assert outcome["complaints"] == [], outcome
        assert outcome["kept"] == undisturbed["kept"], outcome


@posix
def test_files_that_may_not_grow_further_end_in_a_sentence(
    settings: Settings, tmp_path: Path
) -> None:
    outcomes = failing("limited", tmp_path / "homes")
    assert_nothing_lost(outcomes)
    told = [outcome["told"] for outcome in outcomes[1:]]
    assert told[-1] == ""
    assert len(failed := [sentence for sentence in told if sentence]) >= 3
    assert all(sentence.startswith("LibraryUnavailable: The disk that") for sentence in failed)


@posix
def test_a_disk_without_room_ends_in_a_sentence(settings: Settings, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size=12m none {disk}"
    if (
        not shutil.which("unshare")
        or subprocess.run(
            [*IN_A_SMALL_FILE_SYSTEM, mount], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("no small file system can be made here: it needs user namespaces")
    outcomes = failing("full", disk / "homes", f'{mount} && exec "$@"')
    assert_nothing_lost(outcomes)
    told = [outcome["told"] for outcome in outcomes[1:]]
    assert told[-1] == ""
    assert all(sentence.startswith("LibraryUnavailable: The disk that") for sentence in told[:2])
    assert any("is full: make room" in sentence for sentence in told)


@posix
def test_power_lost_after_any_commit_loses_no_version(settings: Settings, tmp_path: Path) -> None:
    outcomes = failing("powerless", tmp_path / "homes")
    assert_nothing_lost(outcomes)
    assert len(outcomes) > 20


HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_lock_held_too_long_in_the_middle_of_a_reading_ends_in_a_sentence(
    service: Service, tmp_path: Path
) -> None:
    def be_impatient(connection: Any, *_: object) -> None:  # noqa: ANN401
        connection.execute("PRAGMA busy_timeout = 200")

    upload = Upload("chronicle.txt", long_text(90).encode())
    path = service.settings.home / "library.db"
    service.library._database.engine.dispose()
    event.listen(Pool, "checkout", be_impatient)
    try:
        steps = service.add(upload)
        for _ in range(3):
            step = next(steps)
        command = [sys.executable, "-c", HOLD, str(path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            with pytest.raises(LibraryUnavailable, match="has been locked by another program"):
                list(steps)
            (part,) = service.list()
            holder.communicate()
    finally:
        event.remove(Pool, "checkout", be_impatient)
    assert step.document is not None
    assert 0 < part.tokens_read == step.document.tokens_read < part.tokens
    *_, last = service.add(upload)
    assert last.tokens == part.tokens - part.tokens_read
    assert complaints(path) == []
