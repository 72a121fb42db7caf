"""The commands backup and restore, and a death in the middle of them."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from app.service import open_service
from app.settings import Settings
from pipelines.document import Upload
from tests.app.making import lines_of, run, start
from tests.storage.soundness import complaints


def store(settings: Settings, name: str, text: str) -> None:
    with open_service(settings) as service:
        list(service.add(Upload(name, text.encode())))


def test_a_library_comes_back_from_its_backup(tmp_path: Path, settings: Settings) -> None:
    store(settings, "a.txt", "The ferry leaves at noon.")
    file = str(tmp_path / "all.db")
    (told,) = lines_of(run(settings, "backup", file, "--json").stdout)
    assert told["bytes"] == Path(file).stat().st_size
    again = run(settings, "backup", file)
    assert (again.returncode, "--overwrite" in again.stderr) == (1, True)
    refused = run(settings, "restore", file)
    assert (refused.returncode, "holds documents" in refused.stderr) == (1, True)
    elsewhere = settings.model_copy(update={"home": tmp_path / "elsewhere"})
    (restored,) = lines_of(run(elsewhere, "restore", file, "--json").stdout)
    assert restored["documents"] == 1
    with open_service(settings) as here, open_service(elsewhere) as there:
        assert here.list() == there.list()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no SIGKILL")
def test_kill_9_in_the_middle_of_a_backup_leaves_no_half_one(
    tmp_path: Path, settings: Settings
) -> None:
    with open_service(settings) as service:
        for number in range(4):
            service.library.queue.enqueue("local", f"{number}.txt", os.urandom(20_000_000))
    file = tmp_path / "all.db"
    process = start(settings, "backup", str(file))
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up and process.poll() is None:
        if any(each.stat().st_size for each in tmp_path.glob(".all.db.*.new")):
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "the kill came too late to prove anything"
    assert not file.exists()
    assert complaints(settings.home / "library.db") == []
    assert run(settings, "backup", str(file)).returncode == 0
    assert complaints(file) == []
