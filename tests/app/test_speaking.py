"""An imported model that writes: it answers by itself only where it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app import speaking
from app.conversing import About
from app.errors import ModelInUse
from app.models import remove
from app.service import Service, open_service
from app.settings import Settings
from pipelines.answer import SentenceWritten
from pipelines.document import Upload
from retnet_core.voice import Past, Voice
from tests.app.commanding import readonce
from tests.app.making import SENTENCES, lines_of, long_text
from tests.app.publishing import imported, publish
from tests.tiny_reader import biased

QUESTION = "Who opened the first school of the valley?"


@pytest.fixture
def writing(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Service]:
    """A service with a tiny random model that writes, and a reader that always claims."""
    imported(str(publish(tmp_path / "small-retnet")))
    biased(tmp_path / "sure", -30.0)
    monkeypatch.setenv("READONCE_MODEL", str(tmp_path / "sure"))
    with open_service(Settings()) as quoting:
        list(quoting.add(Upload("chronicle.txt", long_text(30).encode())))
    monkeypatch.setenv("READONCE_WRITER", "small-retnet")
    with open_service(Settings()) as service:
        yield service


def telling(voice: Voice, text: str) -> Voice:
    """The same model, which hands out this text in pieces instead of what it would write."""

    def write(prompt: str, past: Past, most: int, stops: tuple[str, ...]) -> Iterator[str]:
        assert prompt.endswith("\nAnswer:")
        assert past.tokens > 1, "it goes on from a state"
        return (text[at : at + 4] for at in range(0, len(text), 4))

    return replace(voice, write=write)  # type: ignore[arg-type]


def test_an_imported_model_writes_only_where_it_is_told_to(writing: Service) -> None:
    document = writing.show("chronicle")
    list(writing.prepare(document))
    answer = writing.ask(document, QUESTION)
    assert answer.written is not None  # random weights: whatever was kept has evidence
    quoting = writing.settings.model_copy(update={"writer": ""})
    with open_service(quoting) as service:
        assert service.ask(document, QUESTION).written is None
        assert service.voice.write is None
    with pytest.raises(ModelInUse, match="READONCE_WRITER"):
        remove(writing.settings, "small-retnet")


def test_a_written_answer_streams_cites_and_tells_what_was_dropped(writing: Service) -> None:
    document = writing.show("chronicle")
    list(writing.prepare(document))
    text = f" {SENTENCES[1]} Berta Hollin closed it in 1999."
    writing._mind.__dict__["voice"] = telling(writing.voice, text)
    steps = writing.answering(document, QUESTION)
    assert next(step for step in steps if isinstance(step, SentenceWritten)).text == SENTENCES[1]
    answer = writing.ask(document, QUESTION)
    assert answer.written is not None
    assert (answer.text, answer.written.dropped) == (SENTENCES[1], 0.5)
    assert answer.citations[0].sentence == SENTENCES[1]
    stored = writing.library.text(document.id)
    for citation in answer.citations:
        assert stored[citation.start : citation.end] == citation.text


def test_the_state_of_a_document_is_read_once_and_gone_on_from(writing: Service) -> None:
    document = writing.show("chronicle")
    steps = writing.prepare(document)
    next(steps)
    steps.close()  # type: ignore[attr-defined]
    kept = writing.library.conversations.backdrop(
        document.id, writing.voice.weights_fingerprint, writing.voice.tokenizer_fingerprint
    )
    assert kept is not None
    assert kept.passage_index > 0
    list(writing.prepare(document))
    past, _ = speaking.past_of(writing.library, [document.id], writing.voice)
    tokens = sum(
        len(writing.voice.encode(part.text)) for part in writing.library.passages(document.id)
    )
    assert past.tokens == tokens + len(writing.voice.begin)
    assert list(writing.prepare(document)) == []
    assert writing.show("chronicle").stored.backdrops > 0


def test_a_conversation_is_kept_in_the_states_of_the_model_that_writes(writing: Service) -> None:
    document = writing.show("chronicle")
    list(writing.prepare(document))
    talk = writing.converse(About((document.id,)), QUESTION).conversation
    kept = writing.library.conversations
    state = kept.state_after(talk.owner, talk.id, 0)
    assert state is not None
    assert state.weights_fingerprint == writing.voice.weights_fingerprint
    quoting = writing.settings.model_copy(update={"writer": ""})
    with open_service(quoting) as service:  # another model: made again from the words
        talk = service.converse(talk, "And when?").conversation
        for index in range(2):
            again = kept.state_after(talk.owner, talk.id, index)
            assert again is not None
            assert again.weights_fingerprint == service.reader.weights_fingerprint
    shown = writing.talks.turns(writing.talks.find(talk.id))
    assert shown[0].turn.dropped is not None
    assert shown[1].turn.dropped is None


def test_the_command_line_says_what_was_dropped(writing: Service) -> None:
    (asked,) = lines_of(readonce("ask", "chronicle", QUESTION, "--json").stdout)
    assert asked["dropped"] is not None
    assert asked["found"]
    assert all(set(each) == {"text", "citations"} for each in asked["sentences"])
    assert readonce("ask", "chronicle", QUESTION).exit_code == 0


def test_a_writer_that_is_not_there_is_told_in_a_sentence(
    settings: Settings, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(service.add(Upload("chronicle.txt", long_text(3).encode())))
    monkeypatch.setenv("READONCE_WRITER", "none-such")
    (told,) = lines_of(readonce("ask", "chronicle", QUESTION, "--json").stdout)
    assert told["kind"] == "NoSuchModel"
