"""Questions on the way to their answers: kept until then, stopped, asked again."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path

import pytest

from app.answering import Answerings
from app.conversing import Reply
from app.service import Service
from app.turns import Turns
from app.unanswered import Question, Unanswered
from pipelines.answer import SentenceWritten, Step
from pipelines.document import Upload
from storage.records import DocumentRecord
from tests.app.making import long_text

QUESTION = "Who opened the first school?"


@pytest.fixture
def document(service: Service) -> DocumentRecord:
    *_, last = service.add(Upload("chronicle.txt", long_text(20).encode()))
    assert last.document is not None
    return last.document


@pytest.fixture
def answerings(service: Service) -> Answerings:
    return Answerings(Unanswered(service.settings.home), Turns())


def question(document: DocumentRecord, text: str = QUESTION) -> Question:
    return Question(document.owner, text, (document.id,))


def slowly(
    service: Service, then: Callable[[], None], monkeypatch: pytest.MonkeyPatch, *sentences: str
) -> None:
    """Have an answer come in sentences, with something done before the last step."""
    whole = service.conversing

    def conversing(*given: object, **named: bool) -> Generator[Step, None, Reply]:
        yield from map(SentenceWritten, sentences)
        then()
        return (yield from whole(*given, **named))  # type: ignore[arg-type]

    monkeypatch.setattr(service, "conversing", conversing)


def test_a_question_is_kept_until_its_turn_is_stored(
    service: Service, document: DocumentRecord, answerings: Answerings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    seen, go = threading.Event(), threading.Event()
    kept = Unanswered(service.settings.home)

    def look() -> None:
        seen.set()
        assert go.wait(30)

    slowly(service, look, monkeypatch, "A first sentence.")
    answering = answerings.ask(service, question(document))
    assert seen.wait(30)
    assert answering.sentences == ("A first sentence.",)
    assert [each.text for each in kept.of("local")] == [QUESTION]
    assert answerings.left("local") == (), "it is on the way"
    go.set()
    assert answering.wait(30)
    assert answering.reply is not None
    assert service.talks.turns(answering.reply.conversation)[0].turn.question == QUESTION
    assert _soon(lambda: kept.of("local") == ())


def test_a_stopped_question_stores_nothing_and_is_left(
    service: Service, document: DocumentRecord, answerings: Answerings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    begun = threading.Event()

    def steps(*_: object, **__: bool) -> Generator[Step, None, Reply]:
        while True:
            begun.set()
            yield SentenceWritten("On and on.")

    monkeypatch.setattr(service, "conversing", steps)
    answering = answerings.ask(service, question(document))
    assert begun.wait(30)
    answering.stop()
    assert answering.wait(30)
    assert (answering.reply, answering.error) == (None, None)
    assert service.talks.list() == ()
    assert [each.text for each in answerings.left("local")] == [QUESTION]
    answerings.drop("ann", answering.question.id)
    assert answerings.left("local")
    answerings.drop("local", answering.question.id)
    assert answerings.left("local") == ()


def test_a_question_whose_answer_fails_is_left_with_the_reason(
    service: Service, document: DocumentRecord, answerings: Answerings
) -> None:
    asked = replace(question(document), conversation="no such one")
    answering = answerings.ask(service, asked)
    assert answering.wait(30)
    assert "no conversation" in str(answering.error)
    assert answerings.left("local") == (asked,)


def test_a_question_asked_again_takes_the_place_of_its_turn(
    service: Service, document: DocumentRecord, answerings: Answerings
) -> None:
    first = answerings.ask(service, question(document))
    assert first.wait(30)
    assert first.reply is not None
    talk = service.talks.rename(first.reply.conversation, "Of schools")
    again = replace(question(document, "Who built the mill?"), conversation=talk.id, again=True)
    second = answerings.ask(service, again)
    assert second.wait(30)
    assert second.reply is not None
    assert second.reply.conversation.title == "Of schools"
    turns = service.talks.turns(second.reply.conversation)
    assert [each.turn.question for each in turns] == ["Who built the mill?"]


def test_a_question_outlives_the_process_and_goes_with_its_document(
    service: Service, document: DocumentRecord
) -> None:
    kept = Unanswered(service.settings.home)
    mine, anns = question(document), Question("ann", "What?", ())
    for each in (mine, anns):
        kept.keep(each)
    again = Unanswered(service.settings.home)
    assert again.of("local") == (mine,)
    assert again.of("ann") == (anns,)
    assert again.of("Ann") == ()
    service.delete(document.id)
    assert again.of("local") == ()
    assert again.of("ann") == (anns,)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_nobody_else_on_the_machine_reads_a_question(tmp_path: Path) -> None:
    kept = Unanswered(tmp_path)
    kept.keep(Question("ann", "What ails me?"))
    (path,) = (tmp_path / "unanswered").iterdir()
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"owner": "ann"}', b"\xff"])
def test_a_damaged_file_is_no_question(tmp_path: Path, content: bytes) -> None:
    kept = Unanswered(tmp_path)
    kept.keep(Question("ann", "What?"))
    (tmp_path / "unanswered" / "damaged.json").write_bytes(content)
    assert [each.text for each in kept.of("ann")] == ["What?"]


def test_a_question_that_waits_says_for_how_many_and_is_stopped_at_once(
    service: Service, document: DocumentRecord
) -> None:
    turns = Turns()
    first = turns.place()
    asked = Answerings(Unanswered(service.settings.home), turns).ask(service, question(document))
    with turns.turn(first):
        assert asked.far == "Waiting for 1 answer that began before"
        asked.stop()
        assert asked.wait(30), "it does not wait for the turn of another"
    assert (asked.reply, asked.error) == (None, None)
    with turns.turn(first) as mine:
        assert mine, "and holds nobody up"


def _soon(reached: Callable[[], bool]) -> bool:
    return any(reached() or threading.Event().wait(0.02) for _ in range(500))
