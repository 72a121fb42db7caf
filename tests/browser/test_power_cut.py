"""The power goes while the page's own worker reads: page, worker and whatever they started die."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page

from app.service import open_service
from app.settings import Settings
from app.watching import has_died
from pipelines.document import Upload
from tests.app.making import long_text
from tests.app.test_worker import has_begun, until
from tests.serving import served, serving

UPLOAD = Upload("chronicle.txt", long_text(1_200).encode())


@pytest.fixture
def home(tmp_path: Path, settings: Settings) -> Settings:
    """A home of its own without the sample, which would be read too."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "sample-added").touch()
    return settings.model_copy(update={"home": tmp_path / "home"})


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no groups of processes")
def test_after_a_power_cut_the_next_start_goes_on(
    page: Page, home: Settings, tmp_path: Path
) -> None:
    with open_service(home) as service:
        job = service.library.queue.enqueue(home.owner, UPLOAD.name, UPLOAD.content)
        server, url = serving(home)
        try:
            page.goto(url)
            until(lambda: has_begun(service), 90)
        finally:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait(10)
        (dead,) = service.library.queue.workers()
        until(lambda: has_died(dead.name))
        cut = service.show("chronicle")
        assert cut.tokens_read < cut.tokens, "it was read before the power was cut"
        with served(home) as url:
            page.goto(url)
            until(lambda: service.library.queue.job(job.id).status == "done", 120)
        (read,) = service.list()
        assert service.library.care.library_damage() == ()
    assert (read.id, read.finished) == (cut.id, True)
    with open_service(home.model_copy(update={"home": tmp_path / "calm"})) as calm:
        list(calm.add(UPLOAD))
        assert calm.show("chronicle").state_checksum == read.state_checksum
