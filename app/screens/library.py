"""The library page: new documents, and the list of those that are there."""

from __future__ import annotations

import math

import streamlit as st

from app import wording
from app.screens.intake import draw_intake
from app.screens.managing import draw_managing
from app.screens.markup import clean, escaped, plain, shortened
from app.screens.places import link
from app.screens.telling import told_later
from app.screens.visit import Visit
from storage.records import DocumentRecord
from storage.shelf import Order, Wanted

_ON_A_PAGE = 20
_TITLE = 90
_FEW = 6
_ORDERS: dict[str, Order] = {
    "Newest first": "newest",
    "By title": "title",
    "Longest first": "longest",
}
_EMPTY = """
<ol class="steps">
<li><strong>Add a document</strong> above: a report, a contract, a book.
PDF, Word, OpenDocument, EPUB, HTML, RTF, Markdown or plain text.</li>
<li><strong>It is read once</strong>, from the first page to the last. You see how far it is.</li>
<li><strong>Ask</strong> in your own words. The answer is the sentence itself,
marked on its page.</li>
</ol>
<p class="sure">Nothing leaves this computer.</p>
"""


def draw_library(who: Visit) -> None:
    """Draw the page."""
    st.html(clean('<h1 class="title">Your library</h1>'))
    draw_intake(who)
    _put_away(who)
    everything = who.service.library.shelf.some(who.owner, Wanted(), 0, 0)[1]
    if not everything:
        st.html(clean(f'<h2 class="title">Hand in a document, then ask it</h2>{_EMPTY}'))
        return
    wanted = _wanted(who) if everything > _FEW else Wanted()
    _list(who, wanted)


def _put_away(who: Visit) -> None:
    """What was deleted a moment ago, and the way back."""
    for document in who.service.library.shelf.away(who.owner):
        with st.container(
            horizontal=True, vertical_alignment="center", border=True, key=f"away-{document.id}"
        ):
            title = plain(shortened(document.title, 60))
            st.markdown(
                f":material/delete: Deleted **{title}** and the conversations about it.",
                width="stretch",
            )
            st.button("Undo", key=f"undo-{document.id}", on_click=_undo, args=(who, document.id))


def _undo(who: Visit, document_id: str) -> None:
    with told_later():
        who.service.library.shelf.take_back(who.owner, document_id)


def _wanted(who: Visit) -> Wanted:
    """What the visitor looks for."""
    words, tag, order = st.columns([5, 3, 2], vertical_alignment="bottom")
    with words:
        typed = st.text_input(
            "Find a document",
            icon=":material/search:",
            placeholder="Words of its title",
            key="find",
        )
    tags = who.service.library.shelf.tags(who.owner)
    chosen = None
    with tag:
        if tags:
            chosen = st.selectbox(
                "Tag", tags, index=None, placeholder="Any", format_func=str, key="find-tag"
            )
    with order:
        ordered = st.selectbox("Order", list(_ORDERS), key="find-order")
    return Wanted(tuple(typed.split()), chosen or "", _ORDERS[ordered])


def _list(who: Visit, wanted: Wanted) -> None:
    shelf = who.service.library.shelf
    number = int(st.session_state.get("leaf", 1))
    found, total = shelf.some(who.owner, wanted, (number - 1) * _ON_A_PAGE, _ON_A_PAGE)
    if total and not found:  # fewer fit than when this part was chosen
        st.session_state["leaf"] = 1
        found, total = shelf.some(who.owner, wanted, 0, _ON_A_PAGE)
    if not total:
        st.info("No document fits. Try fewer words, or another tag.")
    elif wanted != Wanted():
        st.caption(wording.counted(total, "document"))
    for document in found:
        _entry(who, document)
    leaves = math.ceil(total / _ON_A_PAGE)
    if leaves > 1:
        st.pagination(leaves, key="leaf")


def _entry(who: Visit, document: DocumentRecord) -> None:
    """One document: a link to it, what is known of it, and what can be done with it."""
    with st.container(border=True, key=f"entry-{document.id}"):
        with st.container(horizontal=True, vertical_alignment="center", key=f"top-{document.id}"):
            label = plain(shortened(document.title, _TITLE))
            icon = ":material/description:" if document.finished else ":material/hourglass_top:"
            link("document", f"**{label}**", icon, {"doc": document.id}, width="stretch")
            st.button(
                "",
                icon=":material/more_horiz:",
                help="Rename, tag, share, save, delete",
                type="tertiary",
                key=f"manage-{document.id}",
                on_click=_manage,
                args=(document.id,),
            )
        st.html(clean(_facts(who, document)))
        if st.session_state.get("managed") == document.id:
            draw_managing(who, document)


def _manage(document_id: str) -> None:
    """Open what can be done with a document, or close it again."""
    again = st.session_state.get("managed") == document_id
    st.session_state["managed"] = "" if again else document_id


def _facts(who: Visit, document: DocumentRecord) -> str:
    """One line of facts, and the tags."""
    pdf = document.media_type == "application/pdf"
    memory = wording.size(document.stored.checkpoint + document.stored.snapshots)
    empty = len(document.pages_without_text)
    facts = [
        wording.counted(document.pages, "page") if pdf else "",
        f"{wording.size(document.stored.text)} of text",
        f"{memory} of memory" if document.finished else f"{document.read:.0%} read",
        f"{wording.counted(empty, 'page')} without text" if empty else "",
        wording.day(document.added_at),
        f"from {document.owner}" if document.owner != who.owner else "",
        "shared" if document.readers and document.owner == who.owner else "",
    ]
    line = " · ".join(escaped(fact) for fact in facts if fact)
    tags = "".join(f'<span class="tag">{escaped(tag)}</span>' for tag in document.tags)
    return f'<p class="line">{line} {tags}</p>'
