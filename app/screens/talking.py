"""A conversation on the page: questions, answers with their places, and what can be done with it.

Every turn is stored before it is drawn, so nothing of it hangs on the browser or on this run of
the script. A question that has no answer yet stands in the address until it has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from app.conversing import About
from app.reading import UNUSABLE
from app.screens import memory
from app.screens.managing import hand_in_again
from app.screens.markup import clean, escaped, plain, shortened
from app.screens.memory import ASK, LEAF, PLACE, TALK, TURN
from app.screens.sentence import draw_sentence
from app.screens.telling import sentence_of, told_later
from app.screens.visit import Visit
from app.wording import confidence
from storage.errors import NotFound
from storage.talk import ConversationRecord, Quote, TurnRecord

_SHOWN = 30
_READ_AGAIN = (
    "What was kept of this document no longer fits the reader, so it is being read again. "
    "Ask once more when it is done."
)


@dataclass(frozen=True, slots=True)
class Talk:
    """What is talked about, and the conversation that the address names, if any."""

    about: About
    record: ConversationRecord | None
    turns: tuple[TurnRecord, ...]

    @property
    def key(self) -> str:
        """Tells the widgets of one talk from those of another."""
        return "all" if self.about.everything else "-".join(self.about.document_ids)

    @property
    def chosen(self) -> TurnRecord | None:
        """The turn of the address, or else the last one."""
        number = memory.counted(TURN)
        if 1 <= number <= len(self.turns):
            return self.turns[number - 1]
        return self.turns[-1] if self.turns else None

    @property
    def quote(self) -> Quote | None:
        """The quote that is shown in its place: that of the address, or the turn's first."""
        turn = self.chosen
        quotes = turn.turn.quotes if turn else ()
        number = memory.counted(PLACE)
        if 1 <= number <= len(quotes):
            return quotes[number - 1]
        return quotes[0] if quotes else None


def talk_of(who: Visit, about: About) -> Talk:
    """The conversation of the address, if it is the visitor's own and is about the same."""
    key = memory.query(TALK)
    if key:
        try:
            record = who.service.conversation(key)
        except NotFound:
            record = None
        if record is not None and record.id == key and _fits(record, about):
            return Talk(about, record, who.service.turns(record))
        memory.address({TALK: "", TURN: "", PLACE: ""})
    return Talk(about, None, ())


def _fits(record: ConversationRecord, about: About) -> bool:
    if about.everything or record.everything:
        return about.everything and record.everything
    return set(record.document_ids) == set(about.document_ids)


def draw_talk(who: Visit, talk: Talk, suggestions: Sequence[str]) -> None:
    """The turns so far, and the box for the next question."""
    for turn in talk.turns[-_SHOWN:]:
        _turn(who, talk, turn)
    if not talk.turns:
        _suggest(talk, suggestions)
    _box(talk)
    waiting = st.session_state.get(f"waiting-{talk.key}")
    if waiting is not None:
        _answer(who, talk, str(waiting))
    elif memory.query(ASK):
        _offer_unanswered(talk)


def _box(talk: Talk) -> None:
    key = f"question-{talk.key}"
    with (
        st.form(f"ask-{talk.key}", border=False, clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom", key="ask-row"),
    ):
        st.text_input(
            "Your question" if not talk.turns else "Your next question",
            placeholder="What do you want to know?",
            key=key,
        )
        st.form_submit_button(
            "Ask", type="primary", icon=":material/search:", on_click=_submit, args=(talk.key, key)
        )


def _submit(talk_key: str, key: str) -> None:
    want(talk_key, str(st.session_state[key]))


def want(talk_key: str, question: str) -> None:
    """Note a question before it is answered: a run of the page may be cut short by the next one.

    For callbacks, which come before anything is drawn.
    """
    st.session_state[f"waiting-{talk_key}"] = question
    memory.address({ASK: question.strip()[:500]})


def _settle(talk: Talk) -> None:
    st.session_state.pop(f"waiting-{talk.key}", None)
    memory.address({ASK: ""})


def _suggest(talk: Talk, suggestions: Sequence[str]) -> None:
    if not suggestions:
        return
    st.caption("For instance:")
    with st.container(horizontal=True, key="suggestions"):
        for question in suggestions:
            st.button(
                plain(question),
                key=f"suggested-{question}",
                on_click=want,
                args=(talk.key, question),
            )


def _offer_unanswered(talk: Talk) -> None:
    """A question whose answer was cut short, as by a restart; it is asked again on a click only."""
    question = memory.query(ASK)
    if talk.turns and talk.turns[-1].turn.question == " ".join(question.split()):
        memory.address({ASK: ""})
        return
    st.info(f"This question has no answer yet: {plain(shortened(question, 300))}")
    with st.container(horizontal=True):
        st.button("Ask it", key="ask-it", on_click=want, args=(talk.key, question))
        st.button("Drop it", key="drop-it", on_click=memory.address, args=({ASK: ""},))


def _answer(who: Visit, talk: Talk, question: str) -> None:
    """Answer a question, or say why it cannot be answered."""
    try:
        with st.spinner("Looking it up …"), who.desk.lock:
            reply = who.service.converse(talk.record or talk.about, question)
    except UNUSABLE:
        _settle(talk)
        _read_again(who, talk)
        st.rerun()
    except Exception as error:
        _settle(talk)
        st.warning(plain(sentence_of(error)))
        return
    _settle(talk)
    memory.address({TALK: reply.conversation.id, TURN: str(reply.turn + 1), PLACE: "", LEAF: ""})
    st.rerun()


def _read_again(who: Visit, talk: Talk) -> None:
    for document in who.service.library.some(who.owner, talk.about.document_ids):
        if document.owner == who.owner:
            hand_in_again(who, document)
    memory.say(_READ_AGAIN)


def _turn(who: Visit, talk: Talk, turn: TurnRecord) -> None:
    """One question with its answer and the places that support it."""
    said = turn.turn
    chosen = talk.chosen is not None and talk.chosen.index == turn.index
    with st.container(key=f"turn-{turn.index}-{'chosen' if chosen else 'other'}"):
        st.html(clean(f'<p class="asked">{escaped(said.question)}</p>'))
        if said.asked and said.asked != said.question:
            st.caption(f"Understood as: {plain(said.asked)}")
        st.html(clean(_verdict(talk, turn)))
        if said.quotes:
            _places(talk, turn)
        if chosen and talk.quote is not None and turn.sound:
            draw_sentence(who, talk.quote)


def _verdict(talk: Talk, turn: TurnRecord) -> str:
    said = turn.turn
    if not turn.sound:
        return '<p class="verdict">This answer was damaged on the disk.</p>'
    if not said.found:
        of = "this document" if len(talk.about.document_ids) == 1 else "these documents"
        nearest = "These passages come nearest to it." if said.quotes else ""
        return (
            f'<p class="verdict">Not found in {of}.</p>'
            f'<p class="sure">{nearest} Try other words, or a more particular question.</p>'
        )
    sure = f"{confidence(said.confidence)} ({said.confidence:.0%})"
    words = escaped(" ".join(said.answer.split()))
    return f'<blockquote class="quote">{words}</blockquote><p class="sure">{sure}</p>'


def _places(talk: Talk, turn: TurnRecord) -> None:
    """A button for each quote, by document where several were asked."""
    several = talk.about.everything or len(talk.about.document_ids) > 1
    groups: dict[str, list[int]] = {}
    for number, quote in enumerate(turn.turn.quotes):
        groups.setdefault(quote.document_id if several else "", []).append(number)
    for numbers in groups.values():
        if several:
            title = escaped(turn.turn.quotes[numbers[0]].title)
            st.html(clean(f'<p class="place">{title}</p>'))
        with st.container(horizontal=True, key=f"places-{turn.index}-{numbers[0]}"):
            for number in numbers:
                _place(talk, turn, number)


def _place(talk: Talk, turn: TurnRecord, number: int) -> None:
    quote = turn.turn.quotes[number]
    shown = talk.chosen == turn and talk.quote == quote
    where = f"Page {quote.page}"
    section = f" · {plain(shortened(quote.section, 24))}" if quote.section else ""
    st.button(
        f"{number + 1} · {where}{section}",
        key=f"place-{turn.index}-{number}",
        type="primary" if shown else "secondary",
        help=plain(shortened(quote.sentence, 200)),
        on_click=_show,
        args=(turn.index, number),
    )


def _show(turn: int, number: int) -> None:
    memory.address({TURN: str(turn + 1), PLACE: str(number + 1), LEAF: ""})


def draw_talks(who: Visit, about: About) -> None:
    """The conversations about the same: search them, go on with one, or begin anew."""
    words = st.text_input("Search your conversations", icon=":material/search:", key="find-talk")
    found = [each for each in who.service.conversations(words.split()) if _fits(each, about)]
    if not found:
        st.caption("No conversation yet: ask something, and it is kept here.")
    for each in found[:_SHOWN]:
        with st.container(horizontal=True, vertical_alignment="center", key=f"talk-{each.id}"):
            label = f"{plain(shortened(each.title, 70))} ({each.turns})"
            pressed = st.button(label, key=f"open-{each.id}", type="tertiary", width="stretch")
            if pressed:
                memory.address({TALK: each.id, TURN: "", PLACE: "", LEAF: "", memory.VIEW: ""})
                st.rerun()


def draw_doings(who: Visit, talk: Talk) -> None:
    """What can be done with the conversation that is shown."""
    record = talk.record
    if record is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="doings"):
        st.button("New conversation", icon=":material/add:", key="new-talk", on_click=_begin_anew)
        with st.popover("This conversation", icon=":material/forum:"):
            st.text_input("Its name", record.title, key=f"name-{record.id}", max_chars=200)
            st.button("Keep this name", key="name-it", on_click=_rename, args=(who, record))
            st.button(
                "Take back the last question",
                icon=":material/undo:",
                key="undo-turn",
                on_click=_undo,
                args=(who, record),
            )
            st.button(
                "Go on from here in a new conversation",
                icon=":material/call_split:",
                help="It begins with the questions up to the one that is shown.",
                key="branch",
                on_click=_branch,
                args=(who, record, talk.chosen.index + 1 if talk.chosen else 1),
            )
            st.download_button(
                "Save as a text (Markdown)",
                lambda: who.service.transcript(record).encode(),
                file_name=f"conversation-{record.id}.md",
                mime="text/markdown",
                icon=":material/download:",
                key="save-talk",
                on_click="ignore",
            )
            st.button(
                "Delete it",
                icon=":material/delete:",
                key="delete-talk",
                on_click=_delete,
                args=(who, record),
            )


def _begin_anew() -> None:
    memory.address({TALK: "", TURN: "", PLACE: ""})


def _rename(who: Visit, record: ConversationRecord) -> None:
    with told_later():
        title = " ".join(str(st.session_state[f"name-{record.id}"]).split())
        if title:
            who.service.rename(record, title)


def _undo(who: Visit, record: ConversationRecord) -> None:
    with told_later():
        left = who.service.undo(record)
        memory.address({TALK: left.id if left else "", TURN: "", PLACE: ""})


def _branch(who: Visit, record: ConversationRecord, turns: int) -> None:
    with told_later():
        memory.address({TALK: who.service.branch(record, turns).id, TURN: "", PLACE: ""})


def _delete(who: Visit, record: ConversationRecord) -> None:
    with told_later():
        who.service.forget(record)
        _begin_anew()
