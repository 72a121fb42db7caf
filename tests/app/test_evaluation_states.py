"""The states that documents are asked from when what the state brings is measured."""

from __future__ import annotations

import pytest

from app.evaluation.opening import opening
from app.evaluation.states import STATES, State, state_opening
from app.service import Service
from pipelines.evaluation.questions import Told
from retnet_core.codec import decode_state
from retnet_core.reading import read_on
from storage.records import DocumentRecord
from tests.app.making import long_text

FIRST, SECOND = long_text(12), "\n\n".join(reversed(long_text(14).split("\n\n")))
DOCUMENTS = (Told("first", FIRST, ()), Told("second", SECOND, ()))


def owned(service: Service, state: State) -> tuple[DocumentRecord, ...]:
    owner = service.settings.owner if state == "stored" else state
    return service.library.list(owner)


def payloads(service: Service, document: DocumentRecord) -> list[bytes]:
    marks = (document.weights_fingerprint or "", document.tokenizer_fingerprint)
    token, found = document.tokens, []
    while (
        state := service.library.readings.snapshot_before(document.id, token, *marks)
    ) is not None:
        found.append(state.payload)
        token = state.tokens_read - 1
    return found[::-1]


def test_the_same_passages_are_asked_from_their_own_state_none_and_anothers(
    service: Service,
) -> None:
    open_ = state_opening(service, DOCUMENTS, "stored", every=100)
    for document in DOCUMENTS:
        assert list(open_(document.title, document.text).asks) == list(STATES)
    kept = {state: {each.title: each for each in owned(service, state)} for state in STATES}
    own = {title: payloads(service, each) for title, each in kept["stored"].items()}
    assert len(own["first"]) > 2
    assert own["first"] != own["second"]
    for title, other in (("first", "second"), ("second", "first")):
        cold, foreign = kept["cold"][title], kept["other-document"][title]
        assert payloads(service, cold) == []
        swapped = payloads(service, foreign)
        assert len(swapped) == len(own[title])
        assert set(swapped) <= set(own[other])
        for each in (cold, foreign):
            texts = [passage.text for passage in service.library.passages(each.id)]
            assert "".join(texts) == service.library.text(kept["stored"][title].id)
            assert each.finished


def test_a_state_between_others_is_the_one_of_a_reading_up_to_there(service: Service) -> None:
    state_opening(service, DOCUMENTS, "stored", every=100)("first", FIRST)
    (document,) = (each for each in owned(service, "stored") if each.title == "first")
    marks = (document.weights_fingerprint or "", document.tokenizer_fingerprint)
    kept = service.library.readings.snapshot_before(document.id, document.tokens - 1, *marks)
    assert kept is not None
    config = service.reader.reader.config.body
    state, tokens = decode_state(kept.payload, config, *marks)
    passages = service.library.passages(document.id)[: kept.passage_index]
    ids = [piece for each in passages for piece in service.reader.tokenizer.encode(each.text)]
    assert len(ids) == tokens == kept.tokens_read
    expected = read_on(service.reader, ids, None).tensor
    error = (state.tensor - expected).norm() / expected.norm()
    assert float(error) < 0.02  # int8, a scale for each row


@pytest.mark.parametrize("first", STATES)
def test_the_state_that_is_named_comes_first(first: State, service: Service) -> None:
    opened = state_opening(service, DOCUMENTS, first, every=None)("second", SECOND)
    assert next(iter(opened.asks)) == first
    assert opened.asks[first]("When was the school opened?").citations


def test_without_states_the_answer_is_the_same_from_all_of_them(service: Service) -> None:
    opened = state_opening(service, DOCUMENTS, "stored", every=None)("first", FIRST)
    found = {name: ask("Who opened the school?") for name, ask in opened.asks.items()}
    assert len({(each.text, round(each.confidence, 6)) for each in found.values()}) == 1


def test_a_document_is_asked_as_a_user_asks(service: Service) -> None:
    opened = opening(service)("first", FIRST)
    (document,) = service.list()
    question = "When was the school opened?"
    mine, theirs = service.ask(document, question), opened.asks["readonce"](question)
    assert (mine.text, mine.confidence) == (theirs.text, theirs.confidence)
    assert "".join(opened.text[a:b] for a, b in opened.passages) == opened.text
