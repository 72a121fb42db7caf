"""Talking: the turns so far, the question on its way to an answer, and the box for the next.

A question is kept before it is answered, by a thread that no run of this script can cut short
(app/answering.py). So a refresh, a closed tab or the end of the server loses none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from app.answering import Answering
from app.reading import UNUSABLE
from app.screens import memory
from app.screens.managing import hand_in_again
from app.screens.markup import clean, escaped, plain, shortened
from app.screens.memory import ASK, LEAF, PLACE, TALK, TURN
from app.screens.talk import Talk
from app.screens.telling import sentence_of, told, told_later
from app.screens.turn import draw_question, draw_turn
from app.screens.visit import Visit
from app.unanswered import Question

_SHOWN = 30
_EVERY_SUGGESTION = 2.0
_EVERY = 0.4  # seconds between two looks at an answer that is being made
_SELDOM = 1.0  # and at one that began when others were being made
_AT_ONCE = 0.3  # seconds for which an answer is waited for before the page says that it waits
_AWAITED = "answers-awaited"
_EMPTY = "The question is empty: type what you want to know."
_READ_AGAIN = (
    "What was kept of this document no longer fits the reader, so it is being read again. "
    "Ask once more when it is done."
)


Suggestions = Callable[[], Sequence[str] | None]


def draw_talk(who: Visit, talk: Talk, suggestions: Suggestions) -> None:
    """The turns so far, the question under way, and the box for the next one.

    suggestions: the first questions, None while they are being looked for.
    """
    answering = _under_way(who, talk)
    if answering is not None:
        _turn_to_answer(who, talk, answering)
    shown = talk.turns
    if answering is not None and answering.question.again:
        shown = shown[:-1]
    for turn in shown[-_SHOWN:]:
        draw_turn(who, talk, turn)
    if answering is not None:
        every = _SELDOM if answering.before else _EVERY
        st.fragment(_watched, run_every=every)(who, answering.question.id)
        return
    if shown:
        _offer_again(who, talk)
    _offer_unanswered(who, talk)
    if not shown:
        _suggest(who, talk, suggestions)
    _box(who, talk)
    _tell_empty()


def _under_way(who: Visit, talk: Talk) -> Answering | None:
    """The answer that is waited for here: it is being made, or has come and was not shown yet."""
    awaited = _awaited(who)
    here = [
        each
        for each in who.desk.answerings.of(who.owner)
        if each.question.id in awaited and _is_here(each.question, talk)
    ]
    return here[-1] if here else None


def _awaited(who: Visit) -> set[str]:
    """The questions whose answers this page waits for: those asked on it.

    A page that is opened anew, as by a refresh, waits for all that no page has shown yet.
    """
    untold = {each.question.id for each in who.desk.answerings.of(who.owner) if not each.taken}
    awaited: set[str] = st.session_state.setdefault(_AWAITED, untold)
    return awaited


def _is_here(question: Question, talk: Talk) -> bool:
    same = set(question.document_ids) == set(talk.about.document_ids)
    return same and question.conversation == (talk.record.id if talk.record else "")


def _turn_to_answer(who: Visit, talk: Talk, answering: Answering) -> None:
    """Where the answer has come, or comes in a moment, draw it instead of the waiting."""
    if not answering.wait(_AT_ONCE):
        return
    _awaited(who).discard(answering.question.id)
    answering.taken = True
    memory.address({ASK: ""})
    if answering.reply is not None:
        reply = answering.reply
        memory.address(
            {TALK: reply.conversation.id, TURN: str(reply.turn + 1), PLACE: "", LEAF: ""}
        )
    elif isinstance(answering.error, UNUSABLE):
        _read_again(who, talk)
    elif answering.error is not None:
        memory.complain(sentence_of(answering.error))
    st.rerun()


def _read_again(who: Visit, talk: Talk) -> None:
    for document in who.service.library.some(who.owner, talk.about.document_ids):
        if document.owner == who.owner:
            hand_in_again(who, document)
    memory.say(_READ_AGAIN)


def _watched(who: Visit, question_id: str) -> None:
    """The question with what there is of its answer; draws the page anew when it has come."""
    with told():
        for each in who.desk.answerings.of(who.owner):
            if each.question.id == question_id and not each.ended:
                _so_far(each)
                return
        st.rerun()


def _so_far(answering: Answering) -> None:
    draw_question(answering.question.text)
    for sentence in answering.sentences:
        st.html(clean(f'<p class="written">{escaped(sentence)}</p>'))
    with st.container(horizontal=True, vertical_alignment="center", key="under-way"):
        far = f'<p class="waiting" role="status">{escaped(answering.far)} …</p>'
        st.html(clean(far), width="content")
        st.button(
            "Stop",
            icon=":material/stop:",
            key="stop-answer",
            disabled=answering.stopped,
            on_click=answering.stop,
        )


def _box(who: Visit, talk: Talk) -> None:
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
            "Ask",
            type="primary",
            icon=":material/search:",
            on_click=_submit,
            args=(who, talk, key),
        )


def _submit(who: Visit, talk: Talk, key: str) -> None:
    want(who, talk, str(st.session_state[key]))


def want(who: Visit, talk: Talk, question: str, *, again: bool = False) -> None:
    """Keep a question and have it answered: for callbacks, which come before anything is drawn."""
    with told_later():
        if not question.split():
            st.session_state["empty-question"] = True
            return
        here = talk.record.id if talk.record else ""
        _begin(who, Question(who.owner, question, talk.about.document_ids, here, again))
        memory.address({ASK: ""})


def _begin(who: Visit, question: Question) -> None:
    who.desk.answerings.ask(who.service, question)
    _awaited(who).add(question.id)


def _tell_empty() -> None:
    if st.session_state.pop("empty-question", False):
        st.warning(_EMPTY)


def _suggest(who: Visit, talk: Talk, suggestions: Suggestions) -> None:
    found = suggestions()
    if found is None:
        _suggest_later(suggestions)
    if not found:
        return
    st.caption("For instance:")
    with st.container(horizontal=True, key="suggestions"):
        for question in found:
            st.button(
                plain(question),
                key=f"suggested-{question}",
                on_click=want,
                args=(who, talk, question),
            )


@st.fragment(run_every=_EVERY_SUGGESTION)
def _suggest_later(suggestions: Suggestions) -> None:
    """Draw the page anew when the first questions are known, so that it draws them."""
    if suggestions() is not None:
        st.rerun()


def _offer_again(who: Visit, talk: Talk) -> None:
    """A button that asks the last question anew: its answer stays until the other one has come."""
    last = talk.turns[-1]
    st.button(
        "Ask this again",
        icon=":material/refresh:",
        type="tertiary",
        key="ask-again",
        help="The new answer takes the place of the last one.",
        on_click=want,
        args=(who, talk, last.turn.question),
        kwargs={"again": True},
    )


def _offer_unanswered(who: Visit, talk: Talk) -> None:
    """Questions whose answer was stopped or cut short; asked again on a click and never without.

    One may stand in the address too, where a link can put anything.
    """
    left = [each for each in who.desk.answerings.left(who.owner) if _is_here(each, talk)]
    for question in left:
        _offer(who, question)
    if not left and memory.query(ASK):
        _offer(who, Question(who.owner, memory.query(ASK)[:500], talk.about.document_ids), talk)


def _offer(who: Visit, question: Question, talk: Talk | None = None) -> None:
    st.info(f"This question has no answer yet: {plain(shortened(question.text, 300))}")
    key = "link" if talk else question.id
    with st.container(horizontal=True, key=f"unanswered-{key}"):
        st.button("Ask it", key=f"ask-it-{key}", on_click=_ask_it, args=(who, question, talk))
        st.button("Drop it", key=f"drop-it-{key}", on_click=_drop_it, args=(who, question))


def _ask_it(who: Visit, question: Question, talk: Talk | None) -> None:
    if talk is not None:
        want(who, talk, question.text)
        return
    with told_later():
        _begin(who, question)


def _drop_it(who: Visit, question: Question) -> None:
    with told_later():
        who.desk.answerings.drop(who.owner, question.id)
        memory.address({ASK: ""})
