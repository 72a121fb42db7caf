"""Talking on the page: written answers, sureness in words, stop, retry, nothing lost."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from app import conversing
from app.conversing import About, Reply
from app.service import Service
from app.unanswered import Question, Unanswered
from app.wording import how_sure
from pipelines.answer import PassagesFound, SentenceWritten, Step
from storage.records import DocumentRecord
from storage.talk import ConversationRecord, Line, NewConversation, NewTurn, Quote
from tests.app.pages import add, answered, ask, labels, shown, turn_to

QUESTION = "Who opened the first school?"


def told(
    page: AppTest,
    service: Service,
    confidence: float = 0.9,
    lines: tuple[Line, ...] = (),
    dropped: float | None = None,
) -> ConversationRecord:
    """A conversation of one turn that quotes two sentences of a document, shown on the page."""
    document = add(service)
    text = service.library.text(document.id)
    first, second = text.index(". ") + 1, text.index(". ", text.index(". ") + 1) + 1
    places = ((0, first), (first + 1, second))
    quotes = tuple(
        Quote(document.id, document.title, 1, 1, "", text[a:b], a, b, a, a + 4, text[a : a + 4])
        for a, b in places
    )
    answer = " ".join(line.text for line in lines) or quotes[0].text
    turn = NewTurn(QUESTION, QUESTION, answer, True, confidence, 0.1, quotes, lines, dropped)
    new = NewConversation("local", QUESTION, (document.id,))
    talk = service.library.conversations.begin(new, turn, None)
    turn_to(page, "document", doc=document.id, talk=talk.id)
    return talk


def test_each_sentence_of_a_written_answer_leads_to_what_it_rests_on(
    page: AppTest, service: Service
) -> None:
    lines = (Line("It was <i>Anna</i>.", (0,)), Line("So it was.", (1, 0)))
    told(page, service, lines=lines, dropped=0.5)
    assert '<p class="written">It was &lt;i&gt;Anna&lt;/i&gt;.</p>' in shown(page)
    assert "2 sentences without evidence in the text were left out." in shown(page)
    keys = [str(button.key) for button in page.button if str(button.key).startswith("evidence-")]
    assert keys == ["evidence-0-0-0", "evidence-0-1-1", "evidence-0-1-0"]
    assert not [button for button in page.button if str(button.key).startswith("place-")]
    page.button(key="evidence-0-1-1").click().run()
    assert dict(page.query_params)["place"] in ("2", ["2"])
    assert not page.exception


def test_a_written_answer_of_which_nothing_was_kept_is_a_quote_that_says_so(
    page: AppTest, service: Service
) -> None:
    told(page, service, dropped=1.0)
    assert '<blockquote class="quote">' in shown(page)
    assert "had no evidence" in shown(page)


def test_an_answer_that_is_hardly_sure_is_its_sentence_and_no_number(
    page: AppTest, service: Service
) -> None:
    talk = told(page, service, confidence=0.22)
    sentence = " ".join(service.talks.turns(talk)[0].turn.quotes[0].sentence.split())
    quote = next(body for body in shown(page).split("\n") if "quote calm" in body)
    assert quote.count("<strong>") == 1
    assert sentence[5:] in quote.replace("</strong>", "")
    assert "22" not in quote
    assert "see whether it answers you" in quote


@pytest.mark.parametrize("confidence", [0.0, 0.1, 0.245, 0.25, 0.3, 0.5, 0.79, 0.8, 1.0])
def test_sureness_is_a_calm_sentence(confidence: float) -> None:
    words = how_sure(confidence)
    assert words.endswith(".")
    assert "%" not in words
    assert "guess" not in words.casefold()
    assert (confidence >= 0.5) == ("answer." in words)


def test_surer_answers_never_sound_less_sure() -> None:
    said = [how_sure(number / 100) for number in range(101)]
    assert len(set(said)) == 4
    assert said == sorted(said, key=said.index)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Answers wait for this before their last step; until then they are one sentence."""
    go = threading.Event()
    whole = conversing.conversing

    def slowly(*given: object, **named: bool) -> Generator[Step, None, Reply]:
        yield SentenceWritten("A <b>first</b> sentence.")
        while not go.is_set():
            yield PassagesFound(3, 1)
            go.wait(0.02)
        return (yield from whole(*given, **named))  # type: ignore[arg-type]

    monkeypatch.setattr(conversing, "conversing", slowly)
    yield go
    go.set()


def begin(page: AppTest, document: DocumentRecord, question: str = QUESTION) -> None:
    page.text_input(key=f"question-{document.id}").input(question)
    next(button for button in page.button if button.label == "Ask").click().run()
    assert not page.exception


def test_an_answer_comes_in_sentences_and_a_fresh_page_finds_it_on_the_way(
    page: AppTest, service: Service, held: threading.Event, document: DocumentRecord
) -> None:
    begin(page, document)
    fresh = AppTest.from_file(page._script_path, default_timeout=60)
    turn_to(fresh, "document", doc=document.id)
    for each in (page, fresh):
        assert QUESTION in shown(each)
        assert '<p class="written">A &lt;b&gt;first&lt;/b&gt; sentence.</p>' in shown(each)
        assert "Stop" in labels(each)
    page.run()
    assert "3 passages may answer …" in shown(page)
    held.set()
    for each in (page, fresh):
        answered(each)
        assert "<mark>" in shown(each)
    assert [each.turns for each in service.talks.list()] == [1]
    page.button(key="new-talk").click().run()
    assert QUESTION not in shown(page), "a seen answer does not come back by itself"
    later = AppTest.from_file(page._script_path, default_timeout=60)
    turn_to(later, "document", doc=document.id)
    assert QUESTION not in shown(later), "nor does it come to a page that did not wait for it"


def test_two_pages_of_one_person_each_wait_for_what_was_asked_there(
    page: AppTest, service: Service, held: threading.Event
) -> None:
    document = add(service)
    other = AppTest.from_file(page._script_path, default_timeout=60)
    asked = {QUESTION: page, "Who built the mill?": other}
    for each in asked.values():
        turn_to(each, "document", doc=document.id)
    for question, each in asked.items():
        begin(each, document, question)
    held.set()
    for question, each in asked.items():
        answered(each)
        assert [one for one in asked if f'"asked">{one}<' in shown(each)] == [question]
    assert sorted(talk.title for talk in service.talks.list()) == sorted(asked)


def test_a_stopped_question_stays_and_is_asked_again_or_dropped(
    page: AppTest, service: Service, held: threading.Event, document: DocumentRecord
) -> None:
    begin(page, document)
    page.button(key="stop-answer").click().run()
    answered(page)
    assert service.talks.list() == ()
    assert "has no answer yet" in page.info[0].value
    held.set()
    next(button for button in page.button if button.label == "Ask it").click().run()
    answered(page)
    assert [each.turns for each in service.talks.list()] == [1]
    assert not page.info


def test_a_question_that_a_dead_server_left_is_offered_to_its_owner_only(
    page: AppTest, service: Service
) -> None:
    document = add(service)
    kept = Unanswered(service.settings.home)
    kept.keep(Question("ann", "Anns secret?", (document.id,)))
    kept.keep(Question("local", QUESTION, (document.id,)))
    turn_to(page, "document", doc=document.id)
    assert [QUESTION.rstrip("?") in each.value for each in page.info] == [True]
    assert "secret" not in shown(page)
    next(button for button in page.button if button.label == "Drop it").click().run()
    assert not page.info
    assert [each.owner for each in (*kept.of("local"), *kept.of("ann"))] == ["ann"]


def test_the_last_question_is_asked_again_and_its_answer_replaced(
    page: AppTest, service: Service, document: DocumentRecord
) -> None:
    ask(page, document.id, QUESTION)
    ask(page, document.id, "Who built the mill?")
    (talk,) = service.talks.list()
    before = service.talks.turns(talk)
    page.button(key="ask-again").click().run()
    answered(page)
    after = service.talks.turns(service.talks.find(talk.id))
    assert [each.turn.question for each in after] == [QUESTION, "Who built the mill?"]
    assert after[0] == before[0]
    assert after[1].created_at > before[1].created_at


def test_an_answer_that_fails_is_told_and_its_question_kept(
    page: AppTest, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: bool) -> Generator[Step, None, Reply]:
        yield SentenceWritten("A sentence.")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(conversing, "conversing", fails)
    document = add(service)
    turn_to(page, "document", doc=document.id)
    begin(page, document)
    while not page.error:  # it is said once
        page.run()
    assert "Errno" not in page.error[0].value
    assert QUESTION.rstrip("?") in page.info[0].value
    assert service.talks.list() == ()


def test_a_delete_says_what_goes_along(page: AppTest, service: Service) -> None:
    document = add(service)
    service.converse(About((document.id,)), QUESTION)
    turn_to(page, "library")
    page.button(key=f"manage-{document.id}").click().run()
    said = " ".join(caption.value for caption in page.caption)
    assert "every conversation that is about it or quotes it (1 conversation of yours)" in said
