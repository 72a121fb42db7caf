"""The whole page: documents on the left, the chosen one with its questions in the middle."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.screens import memory
from app.screens.desk import Desk, desk
from app.screens.document import draw_head, draw_reading
from app.screens.everything import draw_everything
from app.screens.markup import clean, plain
from app.screens.question import draw_questions
from app.screens.shelf import draw_shelf
from app.screens.style import STYLE
from app.screens.telling import told
from storage.errors import NotFound
from storage.records import DocumentRecord

# A file of ours: streamlit would fetch a symbol for the icon from a server of its own choice.
_ICON = str(Path(__file__).parent / "icon.svg")
_WORDMARK = '<p class="wordmark">readonce</p><p class="motto">Read once. Ask for ever after.</p>'
_WELCOME = """
<h1 class="title">Hand in a document, then ask it</h1>
<ol class="steps">
<li><strong>Add a file</strong> on the left: a report, a contract, a book.
PDF, Word, OpenDocument, EPUB, HTML, RTF, Markdown or plain text.</li>
<li><strong>It is read once</strong>, from the first page to the last. You see how far it is.</li>
<li><strong>Ask</strong> in your own words. The answer is the sentence itself,
marked on its page.</li>
</ol>
<p class="sure">Nothing leaves this computer.</p>
"""


def draw() -> None:
    """Draw the page for one visitor."""
    st.set_page_config("readonce", _ICON, "wide")
    st.html(STYLE)
    with told():
        _draw(desk())


def _draw(shared: Desk) -> None:
    everything = memory.chosen() == memory.ALL
    document = None if everything else _chosen(shared)
    with st.sidebar:
        st.html(clean(_WORDMARK))
        draw_shelf(shared)
    sentence = memory.said()
    if sentence:
        st.info(plain(sentence))
    if everything:
        draw_everything(shared)
        return
    if document is None:
        st.html(clean(_WELCOME))
        return
    draw_head(shared, document)
    if document.finished:
        draw_questions(shared, document)
    else:
        draw_reading(shared, document.id)


def _chosen(shared: Desk) -> DocumentRecord | None:
    """The document of the address, else the newest; None where the library is empty."""
    wanted = memory.chosen()
    if wanted:
        try:
            return shared.service.show(wanted)
        except NotFound:
            memory.choose_none()
            memory.say("The document of this address is not in the library (any more).")
    documents = shared.service.list()
    if not documents:
        return None
    st.query_params["doc"] = documents[0].id
    return documents[0]
