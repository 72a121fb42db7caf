"""First questions are tried behind all others, once, and only those answered are given."""

from __future__ import annotations

import threading
import time

import pytest

from app.first_questions import FirstQuestions
from app.service import Service, open_service
from app.settings import SHIPPED_MODEL, Settings
from app.suggesting import Candidate, made_of
from app.turns import Turns
from pipelines.document import Upload
from storage.records import DocumentRecord

TEXT = (
    "The mill of the valley was built in 1902.\n\nThe ferry has 164 seats and a saloon.\n\n"
    "Anna Velling opened the first school of the valley."
)


@pytest.fixture
def shipped(settings: Settings) -> Service:
    return open_service(settings.model_copy(update={"model": SHIPPED_MODEL}))


def read(service: Service, text: str) -> DocumentRecord:
    list(service.add(Upload("valley.txt", text.encode())))
    return service.show("valley")


def waited_for(
    first: FirstQuestions, service: Service, document: DocumentRecord
) -> tuple[str, ...]:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = first.of(service, document, lambda: made_of(service, document))
        if found is not None:
            return found
        time.sleep(0.05)
    raise TimeoutError


def test_the_questions_that_the_reader_answers_from_their_sentences_are_given(
    shipped: Service,
) -> None:
    with shipped as service:
        document = read(service, TEXT)
        made = {each.question for each in made_of(service, document)}
        assert made == {
            "When was the mill of the valley built?",
            "How many seats does the ferry have?",
            "Who opened the first school of the valley?",
        }
        assert set(waited_for(FirstQuestions(Turns()), service, document)) == made


def test_each_document_is_tried_once(service: Service) -> None:
    document, tried = read(service, TEXT), []

    def made() -> tuple[Candidate, ...]:
        tried.append(document.id)
        return ()

    first = FirstQuestions(Turns())
    while first.of(service, document, made) is None:
        time.sleep(0.01)
    assert first.of(service, document, made) == ()
    assert tried == [document.id]


def test_a_failure_suggests_nothing(service: Service) -> None:
    document = read(service, TEXT)

    def made() -> tuple[Candidate, ...]:
        raise OSError

    first = FirstQuestions(Turns())
    while (found := first.of(service, document, made)) is None:
        time.sleep(0.01)
    assert found == ()


def test_who_comes_later_goes_first(service: Service) -> None:
    turns = Turns()
    document, first = read(service, TEXT), FirstQuestions(turns)
    asking, done = turns.place(), threading.Event()

    def made() -> tuple[Candidate, ...]:
        done.set()
        return made_of(service, document)

    assert first.of(service, document, made) is None
    assert done.wait(20)
    time.sleep(0.2)  # it would begin now, were nobody in the line
    assert first.of(service, document, made) is None
    first.stop()
    turns.leave(asking)
    while first.of(service, document, made) is None:
        time.sleep(0.01)
