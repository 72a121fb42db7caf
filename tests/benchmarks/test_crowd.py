"""Twenty threads in one library for a few seconds; `python -m benchmarks crowd` takes a minute."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from app.service import Service, open_service
from app.settings import Settings
from benchmarks.crowd import Worked, crowd, missing
from tests.tiny_reader import make_reader


@pytest.fixture
def service(tmp_path: Path) -> Service:
    model = make_reader(tmp_path / "model")
    return open_service(Settings(home=tmp_path / "home", model=model, database_url=""))


def test_twenty_threads_add_ask_and_delete_and_nothing_is_locked_or_lost(service: Service) -> None:
    with service:
        worked = crowd(service, threads=20, seconds=3)
        assert missing(service, worked) == []
    done = sum((each.done for each in worked), Counter[str]())
    assert done["added"] == done["asked all"] >= 20


def test_a_document_that_is_lost_or_left_over_is_noticed(service: Service) -> None:
    with service:
        (worked,) = crowd(service, threads=1, seconds=0.1)
        lost = Worked(worked.done, worked.left | {"0123456789ab"}, 0.0)
        assert missing(service, (lost,)) == ["0123456789ab is lost"]
        fewer = Worked(worked.done, frozenset(), 0.0)
        assert len(missing(service, (fewer,))) == len(worked.left) > 0
