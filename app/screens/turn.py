"""One question with its answer and the places that support it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.screens import memory
from app.screens.markup import clean, escaped, plain, shortened
from app.screens.memory import LEAF, PLACE, TURN
from app.screens.sentence import draw_sentence
from app.screens.talk import Talk
from app.screens.visit import Visit
from app.wording import counted, how_sure, stands_alone
from storage.talk import NewTurn, Quote, TurnRecord

_SECTION = 24  # characters of a section's title, or of a sentence, on a button


def draw_turn(who: Visit, talk: Talk, turn: TurnRecord) -> None:
    """The question, the answer, its places, and the chosen one in its surroundings."""
    said = turn.turn
    chosen = talk.chosen is not None and talk.chosen.index == turn.index
    with st.container(key=f"turn-{turn.index}-{'chosen' if chosen else 'other'}"):
        draw_question(said.question)
        if said.asked and said.asked != said.question:
            st.caption(f"Understood as: {plain(said.asked)}")
        if said.lines and said.found and turn.sound:
            _written(talk, turn)
        else:
            st.html(clean(_verdict(talk, turn)))
        if said.quotes:
            _places(talk, turn)
        if chosen and talk.quote is not None and turn.sound:
            draw_sentence(who, talk.quote)


def draw_question(question: str) -> None:
    """What was asked."""
    st.html(clean(f'<p class="asked">{escaped(question)}</p>'))


def _verdict(talk: Talk, turn: TurnRecord) -> str:
    said = turn.turn
    if not turn.sound:
        return '<p class="verdict">This answer was damaged on the disk.</p>'
    if not said.found:
        return _not_found(talk, said)
    told = f'<p class="sure">{escaped(how_sure(said.confidence))}{_dropped(said)}</p>'
    if said.quotes and not stands_alone(said.confidence):
        return f'<blockquote class="quote calm">{_in_sentence(said.quotes[0])}</blockquote>{told}'
    words = escaped(" ".join(said.answer.split()))
    return f'<blockquote class="quote">{words}</blockquote>{told}'


def _not_found(talk: Talk, said: NewTurn) -> str:
    of = "this document" if len(talk.about.document_ids) == 1 else "these documents"
    nearest = "These passages come nearest to it." if said.quotes else ""
    return (
        f'<p class="verdict">Not found in {of}.</p>'
        f'<p class="sure">{nearest} Try other words, or a more particular question.</p>'
    )


def _in_sentence(quote: Quote) -> str:
    """The whole sentence, in which the answer is marked."""
    first, last = quote.start - quote.sentence_start, quote.end - quote.sentence_start
    before, words, after = (
        escaped(part)
        for part in (quote.sentence[:first], quote.sentence[first:last], quote.sentence[last:])
    )
    return f"{before}<strong>{words}</strong>{after}"


def _dropped(said: NewTurn) -> str:
    """What was left out of a written answer, in words."""
    if not said.dropped:
        return ""
    if not said.lines:
        return " What was written about it had no evidence, so the sentence itself is shown."
    left_out = round(len(said.lines) * said.dropped / (1 - said.dropped))
    return (
        f" {counted(left_out, 'sentence')} without evidence in the text {_was(left_out)} left out."
    )


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _written(talk: Talk, turn: TurnRecord) -> None:
    """A written answer, each sentence with links to what it rests on."""
    said = turn.turn
    for number, line in enumerate(said.lines):
        with st.container(key=f"written-{turn.index}-{number}"):
            st.html(clean(f'<p class="written">{escaped(line.text)}</p>'))
            with st.container(horizontal=True, key=f"evidence-{turn.index}-{number}"):
                for quote in line.quotes:
                    if 0 <= quote < len(said.quotes):
                        _place(talk, turn, quote, f"evidence-{turn.index}-{number}-{quote}")
    st.html(clean(f'<p class="sure">Written from the sentences named.{_dropped(said)}</p>'))


def _places(talk: Talk, turn: TurnRecord) -> None:
    """A button for each quote that no written sentence names; of several documents, by document."""
    said = turn.turn
    named = {quote for line in said.lines for quote in line.quotes} if said.found else set()
    numbers = [number for number in range(len(said.quotes)) if number not in named]
    if not (talk.about.everything or len(talk.about.document_ids) > 1):
        _group(talk, turn, numbers)
        return
    groups: dict[str, list[int]] = {}
    for number in numbers:
        groups.setdefault(said.quotes[number].document_id, []).append(number)
    for group in groups.values():
        title = escaped(said.quotes[group[0]].title)
        st.html(clean(f'<p class="place">{title}</p>'))
        _group(talk, turn, group)


def _group(talk: Talk, turn: TurnRecord, numbers: Sequence[int]) -> None:
    if numbers:
        with st.container(horizontal=True, key=f"places-{turn.index}-{numbers[0]}"):
            for number in numbers:
                _place(talk, turn, number, f"place-{turn.index}-{number}")


def _place(talk: Talk, turn: TurnRecord, number: int, key: str) -> None:
    quote = turn.turn.quotes[number]
    shown = talk.chosen == turn and talk.quote == quote
    st.button(
        f"{number + 1} · {_where(talk, quote)}",
        key=key,
        type="primary" if shown else "secondary",
        help=plain(shortened(quote.sentence, 200)),
        on_click=_show,
        args=(turn.index, number),
    )


def _where(talk: Talk, quote: Quote) -> str:
    """The page and the section of a quote, or how it begins where the document has neither."""
    section = plain(shortened(quote.section, _SECTION))
    if quote.document_id in talk.unpaged:
        return section or f"“{plain(shortened(quote.sentence, _SECTION))}”"
    return f"Page {quote.page}" + (f" · {section}" if section else "")


def _show(turn: int, number: int) -> None:
    memory.address({TURN: str(turn + 1), PLACE: str(number + 1), LEAF: ""})
