"""Conversations of the service: exact, resumable, understood, written out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.conversing import About
from app.errors import NothingToUndo
from app.service import Service, open_service
from pipelines.document import Upload
from retnet_core.errors import StateMismatch
from storage.errors import NotFound, StaleConversation
from tests.app.making import long_text
from tests.app.talking import QUESTIONS, said, states, talked


def test_a_service_opened_anew_between_any_two_turns_changes_no_answer_and_no_state(
    service: Service, about: About
) -> None:
    whole = talked(service, about, QUESTIONS)
    with open_service(service.settings) as first:
        talk = talked(first, about, QUESTIONS[:1])
    for question in QUESTIONS[1:]:
        with open_service(service.settings) as later:
            talk = later.converse(later.talks.find(talk.id), question).conversation
    assert said(service, talk) == said(service, whole)
    assert states(service, talk) == states(service, whole)
    assert len({state.checksum for state in states(service, talk)}) == 3


def test_the_first_question_is_answered_as_ask_answers_it(service: Service, about: About) -> None:
    reply = service.converse(about, QUESTIONS[0])
    asked = service.ask(service.show("chronicle"), QUESTIONS[0])
    assert replace(reply.answer, seconds=0.0) == replace(asked, seconds=0.0)


def test_every_quote_of_every_turn_stands_at_its_place(service: Service, about: About) -> None:
    talk = talked(service, about, QUESTIONS)
    text = service.library.text(about.document_ids[0])
    for each in service.talks.turns(talk):
        assert each.turn.quotes
        for quote in each.turn.quotes:
            assert text[quote.sentence_start : quote.sentence_end] == quote.sentence
            assert text[quote.start : quote.end] == quote.text


@pytest.mark.parametrize("lost", ["payload = NULL, size = 0", "payload = x'00'", "base = 'x'"])
def test_a_state_that_is_lost_is_made_again_from_the_words_bit_for_bit(
    service: Service, about: About, lost: str
) -> None:
    talk = talked(service, about, QUESTIONS)
    before = states(service, talk)
    with service.library._database.writing() as connection:
        connection.exec_driver_sql(f'UPDATE turn SET {lost} WHERE "index" > 0')
    talk = service.converse(talk, "And when?").conversation
    assert states(service, talk)[:3] == before


def test_branches_go_their_own_way_and_the_document_is_not_copied(
    service: Service, about: About
) -> None:
    talk = talked(service, about, QUESTIONS[:2])
    before = service.show("chronicle")
    branch = service.talks.branch(talk, 1)
    one = service.converse(branch, QUESTIONS[1]).conversation
    other = service.converse(service.talks.branch(talk, 1), QUESTIONS[2]).conversation
    assert states(service, one) == states(service, talk)
    assert states(service, other)[0] == states(service, talk)[0]
    assert states(service, other)[1] != states(service, talk)[1]
    assert service.show("chronicle") == before
    with pytest.raises(NothingToUndo, match="1 or more"):
        service.talks.branch(talk, 3)


def test_a_question_after_undo_is_answered_as_if_the_other_had_not_been_asked(
    service: Service, about: About
) -> None:
    talk = talked(service, about, QUESTIONS[:2])
    back = service.talks.undo(talk)
    assert back is not None
    again = service.converse(back, QUESTIONS[2]).conversation
    straight = talked(service, about, (QUESTIONS[0], QUESTIONS[2]))
    assert said(service, again) == said(service, straight)
    assert states(service, again) == states(service, straight)


def test_a_question_that_is_stopped_at_any_step_leaves_no_turn(
    service: Service, about: About
) -> None:
    talk = talked(service, about, QUESTIONS[:1])
    count = len(list(service.conversing(talk, QUESTIONS[1])))
    talk = service.talks.undo(service.talks.find(talk.id)) or talk
    assert count > 2
    for stopped_after in range(1, count + 1):
        steps = service.conversing(talk, QUESTIONS[1])
        for _ in range(stopped_after):
            next(steps)
        steps.close()
        assert service.talks.find(talk.id).turns == 1
    assert service.converse(talk, QUESTIONS[1]).turn == 1


def test_two_windows_cannot_go_on_with_one_conversation_at_once(
    service: Service, about: About
) -> None:
    talk = talked(service, about, QUESTIONS[:1])
    service.converse(talk, QUESTIONS[1])
    kept = service.library.conversations
    turn = service.talks.turns(talk)[0].turn
    with pytest.raises(StaleConversation):
        kept.add_turn(talk.owner, talk.id, 1, turn, None)


def test_a_document_that_is_deleted_takes_its_conversations_along(
    service: Service, about: About
) -> None:
    talk = talked(service, about, QUESTIONS[:1])
    service.delete("chronicle")
    assert service.talks.list() == ()
    with pytest.raises(NotFound):
        service.converse(talk, QUESTIONS[1])


def test_another_model_is_told_and_goes_on_once_it_has_read_the_document(
    service: Service, about: About, other_reader_folder: Path
) -> None:
    talk = talked(service, about, QUESTIONS[:2])
    settings = service.settings.model_copy(update={"model": other_reader_folder})
    with open_service(settings) as other:
        with pytest.raises(StateMismatch, match="read by another model"):
            other.converse(talk, QUESTIONS[2])
        list(other.read_again(other.show("chronicle")))
        talk = other.converse(talk, QUESTIONS[2]).conversation
        weights = {state.weights_fingerprint for state in states(other, talk)}
        assert weights == {other.reader.weights_fingerprint}


def test_a_document_that_is_read_again_changes_nothing(service: Service, about: About) -> None:
    talk = talked(service, about, QUESTIONS[:2])
    before = states(service, talk)
    list(service.read_again(service.show("chronicle")))
    talk = service.converse(talk, QUESTIONS[2]).conversation
    assert states(service, talk)[:2] == before


def test_a_new_version_is_talked_about_on_and_old_quotes_are_marked(
    service: Service, about: About
) -> None:
    talk = talked(service, about, QUESTIONS[:1])
    base = states(service, talk)[0].base
    list(service.add(Upload("chronicle.txt", f"A new beginning.\n\n{long_text(40)}".encode())))
    talk = service.converse(service.talks.find(talk.id), QUESTIONS[1]).conversation
    assert {state.base for state in states(service, talk)} - {base} != set()
    assert len({state.base for state in states(service, talk)}) == 1
    text = service.talks.transcript(talk)
    assert text.count("in an earlier version") == len(service.talks.turns(talk)[0].turn.quotes)
