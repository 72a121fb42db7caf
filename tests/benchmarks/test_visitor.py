"""A visitor without a browser before a real server: what it sees, asks, is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import pytest

from app.service import Service, open_service
from app.settings import Settings
from benchmarks.sessions import Load, measured
from benchmarks.visitor import Seen, Visitor, can_ask
from pipelines.document import Upload
from tests.app.making import long_text
from tests.app.test_worker import until
from tests.serving import running
from tests.tiny_reader import make_reader

T = TypeVar("T")
QUESTION = "Who opened the first school?"


@dataclass(frozen=True, slots=True)
class Place:
    """A server, its library, and a document in it that has been read."""

    address: str
    service: Service
    document: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("visited")
    model = make_reader(folder / "model")
    settings = Settings(home=folder / "home", model=model, database_url="")
    with open_service(settings) as service:
        (settings.home / "sample-added").touch()
        *_, last = service.add(Upload("chronicle.txt", long_text(20).encode()))
        assert last.document is not None
        with running(settings) as (address, _):
            yield Place(address, service, last.document.id)


def apart(work: Callable[[], T]) -> T:
    """Do it in a thread of its own: a test of browsers leaves a running loop in the main one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


def test_a_file_is_read_though_nobody_has_opened_the_page_yet(place: Place) -> None:
    queue = place.service.library.queue
    job = queue.enqueue("local", "early.txt", b"The mill burned down in 1901.\n")
    until(lambda: queue.job(job.id).status == "done")


def test_a_visitor_asks_and_sees_the_answer(place: Place) -> None:
    async def visit() -> tuple[Seen, tuple[float, float]]:
        async with Visitor(place.address, patience=60) as visitor:
            await visitor.open("document", f"doc={place.document}", can_ask)
            return visitor.seen, await visitor.ask(QUESTION)

    before, (taken, answered) = apart(lambda: asyncio.run(visit()))
    assert set(before.buttons) >= {"Ask"}
    assert 0 < taken <= answered
    asked = [each for each in place.service.talks.list() if each.title == QUESTION]
    assert [each.turns for each in asked] == [1]


def test_visitors_who_come_at_once_are_all_answered(place: Place) -> None:
    before = len(place.service.talks.list())
    load = Load(("", "", ""), rounds=2)
    times = apart(lambda: measured(place.address, place.document, load))
    assert (len(times.answers), len(times.taken), len(times.turns)) == (6, 6, 12)
    assert len(place.service.talks.list()) - before == 6


def test_a_visitor_waits_no_longer_than_it_is_told(place: Place) -> None:
    async def visit() -> None:
        async with Visitor(place.address, patience=1) as visitor:
            await visitor.open("", "", lambda _: False)

    with pytest.raises(TimeoutError):
        apart(lambda: asyncio.run(visit()))
