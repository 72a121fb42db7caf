"""The document itself beside what is said of it: a picture of the page, or its text in parts."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

import streamlit as st

from app.screens import memory
from app.screens.markup import clean, escaped, plain
from app.screens.memory import LEAF, MARK
from app.screens.telling import sentence_of
from app.screens.visit import Visit
from storage.records import DocumentRecord
from storage.talk import Quote

_WIDTH = 1100
"""Pixels of a page picture: sharp on a wide screen, about 300 KB."""
_PART = 8
"""Passages of a text without pages that are shown at once."""
_OFFSETS = re.compile(r"(\d{1,9})-(\d{1,9})", re.ASCII)
_LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Marked:
    """A sentence that is marked; start and end are its offsets in the document's text."""

    page: int
    sentence: str
    start: int
    end: int


def marked_of(document: DocumentRecord, quote: Quote | None) -> Marked | None:
    """The sentence of a quote, where it is one of this document."""
    if quote is None or quote.document_id != document.id:
        return None
    return Marked(quote.page, quote.sentence, quote.sentence_start, quote.sentence_end)


def marked_of_address(who: Visit, document: DocumentRecord) -> Marked | None:
    """The sentence whose offsets stand in the address, as summaries and key figures put them."""
    found = _OFFSETS.fullmatch(memory.query(MARK))
    if found is None:
        return None
    start, end = map(int, found.groups())
    sentence = who.service.library.text(document.id)[start:end]
    if not sentence.strip() or len(sentence) != end - start or len(sentence) > _LONGEST:
        return None
    starts = who.service.library.page_starts(document.id)
    return Marked(max(1, bisect_right(starts, start)), sentence, start, end)


def draw_leaf(who: Visit, document: DocumentRecord, quote: Marked | None) -> None:
    """The page of the address, or else the one of a sentence, with the sentence marked."""
    if document.media_type == "application/pdf":
        _pages(who, document, quote)
    else:
        _parts(who, document, quote)


def _pages(who: Visit, document: DocumentRecord, quote: Marked | None) -> None:
    chosen = memory.counted(LEAF) or (quote.page if quote else 1)
    page = min(max(1, chosen), document.pages)
    _turner("Page", page, document.pages)
    marked = quote.sentence if quote and quote.page == page else ""
    try:
        picture = _picture(who, document.id, document.content_hash, page, marked)
    except Exception as error:
        st.warning(plain(sentence_of(error)))
        return
    if not picture:
        st.info("This document was brought here without its file, so its pages cannot be shown.")
        return
    with st.container(border=True, key="leaf"):
        alt = f"Page {page} of {document.title}"
        alt += ", a sentence marked" if marked else ""
        # As it is: otherwise streamlit makes a JPEG of it, anew each time the page is drawn.
        st.image(picture, width="stretch", output_format="PNG", alt=alt)


@st.cache_data(show_spinner="Drawing the page …", max_entries=40)
def _picture(_who: Visit, document_id: str, content_hash: str, page: int, marked: str) -> bytes:
    """One page; content_hash tells one version of a document from another."""
    return _who.service.page(document_id, page, marked, _WIDTH)


def _parts(who: Visit, document: DocumentRecord, quote: Marked | None) -> None:
    """The text without pages, some passages at a time."""
    library = who.service.library
    parts = max(1, -(-document.passages // _PART))
    chosen = memory.counted(LEAF)
    if not chosen and quote is not None:
        found = library.passages_around(document.id, quote.start, 0)
        chosen = found[0].index // _PART + 1 if found else 1
    part = min(max(1, chosen), parts)
    _turner("Part", part, parts)
    passages = library.passages(document.id, (part - 1) * _PART, part * _PART)
    text = "".join(passage.text for passage in passages)
    first = passages[0].start if passages else 0
    with st.container(border=True, key="leaf", height=700 if len(text) > 1_500 else "content"):
        st.html(clean(f'<div class="context lines">{_marked(text, first, quote)}</div>'))


def _marked(text: str, first: int, quote: Marked | None) -> str:
    """The text as HTML, the quote marked where it stands in it."""
    if quote is None:
        return escaped(text)
    start, end = quote.start - first, quote.end - first
    if start < 0 or text[start:end] != quote.sentence:
        return escaped(text)
    middle = f'<span class="sentence">{escaped(text[start:end])}</span>'
    return f"{escaped(text[:start])}{middle}{escaped(text[end:])}"


def _turner(noun: str, number: int, of: int) -> None:
    """Which page is shown, and the buttons to its neighbours."""
    with st.container(horizontal=True, vertical_alignment="center", key="turner"):
        st.button(
            "",
            icon=":material/chevron_left:",
            help=f"{noun} before",
            key="leaf-before",
            disabled=number <= 1,
            on_click=_turn_to,
            args=(number - 1,),
        )
        st.html(clean(f'<p class="place">{noun} {number:,} of {of:,}</p>'), width="content")
        st.button(
            "",
            icon=":material/chevron_right:",
            help=f"Next {noun.lower()}",
            key="leaf-next",
            disabled=number >= of,
            on_click=_turn_to,
            args=(number + 1,),
        )
        if of > 2:
            st.number_input(
                f"Go to {noun.lower()}",
                1,
                of,
                number,
                key=f"leaf-{number}",
                on_change=_jump,
                args=(f"leaf-{number}",),
                width=130,
                label_visibility="collapsed",
            )


def _turn_to(number: int) -> None:
    memory.address({LEAF: str(number)})


def _jump(key: str) -> None:
    memory.address({LEAF: str(st.session_state[key])})
