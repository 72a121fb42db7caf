"""What it remembers: how far back each part of the memory reaches, and what that costs."""

from __future__ import annotations

import altair as alt
import streamlit as st

from app.reading import is_read
from app.remembering import Remembered, on_pages, remembered
from app.screens import memory
from app.screens.markup import clean, escaped, plain
from app.screens.memory import DOCUMENT
from app.screens.places import link
from app.screens.visit import Visit
from app.wording import counted, size
from storage.errors import NotFound
from storage.records import DocumentRecord

_TEAL, _GOLD, _RUST = "#2f8f80", "#e0a72e", "#c2572b"
_REACH = ("#4db6a4", "#2f8f80", "#d99a1c", "#c2572b")
_DOTS = 200


def draw_remembering(who: Visit) -> None:
    """Draw the page for the document in the address."""
    st.html(clean('<h1 class="title">What it remembers</h1>'))
    document = _chosen(who)
    if document is None:
        st.write("readonce reads a document once and keeps a memory of fixed size. This page shows")
        st.write("what that memory holds of one document. Open a document first.")
        link("library", "Go to the library", ":material/shelves:")
        return
    label = f"**{plain(document.title)}**"
    link("document", label, ":material/menu_book:", {DOCUMENT: document.id})
    if not is_read(document, who.service.reader):
        st.info("This document has not been read to its end by the reader in use here.")
        return
    found = remembered(who.service, document)
    _numbers(document, found)
    _reach(found)
    _ribbon(who, document, found)
    _cost(document, found)


def _chosen(who: Visit) -> DocumentRecord | None:
    wanted = memory.chosen()
    try:
        return who.service.library.find(who.owner, wanted) if wanted else None
    except NotFound:
        memory.forget_chosen()
        return None


def _numbers(document: DocumentRecord, found: Remembered) -> None:
    """The three numbers that matter."""
    facts = [
        ("Words read", f"{found.words:,.0f}"),
        ("Memory at the last word", size(found.state)),
        ("What a Transformer would hold", size(found.cache)),
    ]
    cells = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    st.html(clean(f'<dl class="facts large">{cells}</dl>'))


def _reach(found: Remembered) -> None:
    """How much is left of a word read so long ago, for each kind of head."""
    st.html(clean('<h2 class="title">How far back it reaches</h2>'))
    names = [_named(fading.half_life) for fading in found.fadings]
    rows = [
        {"ago": ago, "left": left, "reach": name}
        for name, fading in zip(names, found.fadings, strict=True)
        for ago, left in zip(fading.words, fading.left, strict=True)
    ]
    ago = alt.X("ago:Q", scale=alt.Scale(type="log"), title="Words ago", axis=_PLAIN)
    left = alt.Y("left:Q", title="Still there", axis=alt.Axis(format="%", grid=True, tickCount=4))
    colour = alt.Color(
        "reach:N",
        sort=names,
        scale=alt.Scale(domain=names, range=_colours(len(names))),
        legend=alt.Legend(title="Half is left after", orient="top", columns=2),
    )
    area = alt.Chart(alt.InlineData(values=rows)).mark_area(opacity=0.22, line={"strokeWidth": 2.5})
    chart = area.encode(ago, left.stack(None), colour).properties(height=300)
    st.altair_chart(chart, alt=f"Four kinds of memory: half is left after {', '.join(names)}")
    st.caption(
        "A part of the memory keeps the last words sharply and lets go soon; another holds on to "
        "the gist for thousands of words. Together they never grow."
    )


_PLAIN = alt.Axis(format=",.0f", grid=False, tickCount=6, tickMinStep=1)


def _colours(count: int) -> list[str]:
    return [_REACH[min(number, len(_REACH) - 1)] for number in range(count)]


def _named(words: float) -> str:
    rounded = round(words) if words < 100 else round(words, -1 if words < 1000 else -2)
    return f"{rounded:,.0f} words"


def _ribbon(who: Visit, document: DocumentRecord, found: Remembered) -> None:
    """The document as a ribbon: where it left bookmarks, and where answers came from."""
    st.html(clean('<h2 class="title">Bookmarks and answers</h2>'))
    quotes = _quotes(who, document)
    bookmarks = [round(part * document.characters) for part in found.snapshots]
    span, title, places = _places(who, document, [*bookmarks, *(start for start, _ in quotes)])
    told = [("Bookmark", "")] * len(bookmarks) + [("Answer", question) for _, question in quotes]
    marks = [
        {"at": at, "what": what, "told": question}
        for at, (what, question) in zip(places, told, strict=True)
    ]
    width = alt.Scale(domain=span, nice=False)
    at = alt.X("at:Q", scale=width, title=title, axis=_PLAIN)
    first, last = span
    ribbon = alt.Chart(alt.InlineData(values=[{"from": first, "to": last}])).mark_bar(
        height=26, cornerRadius=13, color=_TEAL, opacity=0.18
    )
    whole = ribbon.encode(x=alt.X("from:Q", scale=width, title=title), x2="to:Q")
    points = alt.Chart(alt.InlineData(values=marks)).mark_point(filled=True, size=150, opacity=0.95)
    shown = points.encode(
        at,
        y=alt.value(45),
        shape=_KIND_SHAPE,
        color=_KIND_COLOUR,
        tooltip=[alt.Tooltip("what:N", title=" "), alt.Tooltip("told:N", title="Question")],
    )
    chart = (whole.encode(y=alt.value(45)) + shown).properties(height=170)
    count = len(found.snapshots)
    st.altair_chart(chart, alt=f"{count} bookmarks and {len(quotes)} places that answers came from")
    st.caption(f"{_bookmarks(count)} {_answers(len(quotes))}")


def _places(
    who: Visit, document: DocumentRecord, offsets: list[int]
) -> tuple[tuple[float, float], str, list[float]]:
    """From where to where the ribbon goes, in what, and where the offsets stand on it."""
    if document.media_type == "application/pdf":
        starts = who.service.library.page_starts(document.id)
        places = on_pages(starts, document.characters, offsets)
        return (0.5, document.pages + 0.5), "Page", places
    whole = max(1, document.characters)
    return (0.0, 100.0), "Per cent of the text", [100 * offset / whole for offset in offsets]


def _bookmarks(count: int) -> str:
    if not count:
        return "The document is so short that no bookmark was needed on the way."
    return (
        f"{counted(count, 'bookmark')} on the way. A question goes back to the one before the "
        "passage that may answer and reads on from there."
    )


def _answers(count: int) -> str:
    if not count:
        return "No question of yours has been answered from here yet."
    return f"{counted(count, 'answer')} of yours came from the places marked."


_KINDS = ["Bookmark", "Answer"]
_KIND_SHAPE = alt.Shape(
    "what:N",
    scale=alt.Scale(domain=_KINDS, range=["diamond", "circle"]),
    legend=alt.Legend(title=None, orient="top"),
)
_KIND_COLOUR = alt.Color(
    "what:N",
    scale=alt.Scale(domain=_KINDS, range=[_TEAL, _GOLD]),
    legend=alt.Legend(title=None, orient="top"),
)


def _quotes(who: Visit, document: DocumentRecord) -> list[tuple[int, str]]:
    """Where the visitor's answers stand in this version of a document, with their questions."""
    found: list[tuple[int, str]] = []
    for talk in who.service.library.conversations.of_document(who.owner, document.id):
        for turn in who.service.talks.turns(talk):
            found += [
                (quote.start, turn.turn.question)
                for quote in turn.turn.quotes[:1]
                if turn.turn.found and quote.document_id == document.id
                if quote.version == document.version
            ]
        if len(found) > _DOTS:
            break
    return found[:_DOTS]


def _cost(document: DocumentRecord, found: Remembered) -> None:
    """The memory while reading: a line that stays level beside one that climbs."""
    st.html(clean('<h2 class="title">What it saves</h2>'))
    ours, theirs = "readonce", "A Transformer of this size"
    rows = [
        {"read": part / 20 * found.words, "bytes": amount / 1e6, "who": name}
        for part in range(21)
        for name, amount in ((ours, found.state), (theirs, found.cache_after(part / 20)))
    ]
    colour = alt.Color(
        "who:N",
        scale=alt.Scale(domain=[ours, theirs], range=[_TEAL, _RUST]),
        legend=alt.Legend(title=None, orient="top"),
    )
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(strokeWidth=3)
        .encode(
            alt.X("read:Q", title="Words read", axis=_PLAIN),
            alt.Y("bytes:Q", title="MB in memory"),
            colour,
            strokeDash=alt.StrokeDash("who:N", legend=None),
        )
        .properties(height=260)
    )
    times = found.cache / found.state
    more = f"{times:,.0f} times" if times >= 2 else f"{times:.1f} times"
    st.altair_chart(chart, alt=f"readonce stays level; a Transformer ends at {more} as much")
    st.html(
        clean(
            f'<p class="said">For each further word readonce goes through its memory once: '
            f"<strong>{escaped(size(found.state))}</strong>, however long the document is. A "
            f"Transformer of this width and depth goes through all that it has kept: "
            f"<strong>{escaped(size(found.cache))}</strong> at the end of this document, {more} as "
            "much (keys and values of 16 bits, computed from the sizes and not measured).</p>"
        )
    )
