"""Documents with questions whose answers are known, and where these stand in the stored text."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipelines.sentences import Span

BETWEEN = "\n\n"  # documents that are joined to one

_LOST = re.compile(r"\r(?=\n)|\0")  # what a text file loses when it is stored
_LINE_END = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True)
class Item:
    """A question; golds: its known answers; starts: where each stands in the text, or -1."""

    question: str
    golds: tuple[str, ...]
    starts: tuple[int, ...]
    unanswerable: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A document and what is asked of it."""

    title: str
    text: str
    items: tuple[Item, ...]


def told(record: Mapping[str, Any]) -> Told:
    """A line {id, title, document, questions}; ValueError, KeyError or TypeError where it is none.

    A question is {question, answers, starts, unanswerable}; starts may be missing.
    """
    text = _text(record["document"])
    if not text.strip():
        raise ValueError("the document holds only white space")
    title = _text(record["title"] or "") or _text(record["id"])
    return Told(title, text, tuple(_item(question) for question in record["questions"]))


def _item(question: Mapping[str, Any]) -> Item:
    golds = tuple(_text(gold) for gold in question["answers"])
    starts = tuple(question.get("starts", ()))
    unanswerable = question["unanswerable"]
    if unanswerable not in (True, False) or any(type(start) is not int for start in starts):
        raise TypeError("unanswerable is true or false, and starts are whole numbers")
    starts += (-1,) * (len(golds) - len(starts))
    return Item(_text(question["question"]), golds, starts[: len(golds)], bool(unanswerable))


def _text(value: object) -> str:
    """The value, if it is text that can be written."""
    if not isinstance(value, str):
        raise TypeError("text was expected")
    value.encode()  # raises at half a character
    return value


def joined(documents: Sequence[Told]) -> Told:
    """All documents as a single one, one after another."""
    items: list[Item] = []
    before = 0
    for document in documents:
        for item in document.items:
            starts = tuple(start + before if start >= 0 else -1 for start in item.starts)
            items.append(replace(item, starts=starts))
        before += len(document.text) + len(BETWEEN)
    title = documents[0].title if len(documents) == 1 else f"{len(documents)} documents"
    return Told(title, BETWEEN.join(document.text for document in documents), tuple(items))


def first_items(documents: Sequence[Told], most: int | None) -> list[Told]:
    """The same documents with the first so many questions of all."""
    kept: list[Told] = []
    left = most
    for document in documents:
        kept.append(replace(document, items=document.items[:left]))
        left = None if left is None else left - len(kept[-1].items)
    return kept


def stored_spans(item: Item, text: str, stored: str) -> tuple[Span, ...]:
    """Where the marked answers of a question on a text stand in the text as it was stored.

    Line ends and zero bytes are lost on the way, so that places move. An answer that is not found
    where it should then be is looked for near that place, and left out where it is nowhere.
    """
    marked = zip(item.golds, item.starts, strict=True)
    found = (
        _placed(_kept(gold), _after(text, start), stored)
        for gold, start in marked
        if start >= 0 and gold
    )
    return tuple(dict.fromkeys(span for span in found if span is not None))


def _kept(text: str) -> str:
    return _LINE_END.sub("\n", text).replace("\0", "")


def _after(text: str, place: int) -> int:
    """Where a place of the text is once the text has been stored."""
    lost = sum(match.start() < place for match in _LOST.finditer(text, 0, place + 1))
    mark = text.startswith("\ufeff") and place > 0  # a byte order mark is not kept
    return place - lost - mark


def _placed(gold: str, start: int, stored: str) -> Span | None:
    if stored.startswith(gold, start):
        return start, start + len(gold)
    before, after = stored.rfind(gold, 0, start + len(gold)), stored.find(gold, start)
    places = [place for place in (before, after) if place >= 0]
    nearest = min(places, key=lambda place: abs(place - start), default=None)
    return None if nearest is None else (nearest, nearest + len(gold))
