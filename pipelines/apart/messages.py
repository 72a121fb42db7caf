"""What the two processes say to each other: a small JSON value and one piece of bytes.

The child has parsed a stranger's file, so what it answers is believed no more than the file: every
field is checked here, nothing is unpickled, and no class is looked up by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NoReturn

from pipelines.document import Document, Heading
from pipelines.errors import BeyondLimit, PipelineError, UnreadableFile, UnsupportedFile
from pipelines.extract.limits import Limits

MOST_HEAD = 32 * 1024 * 1024
"""Bytes of the JSON value."""
_LONGEST_SENTENCE = 1_000


class BadAnswer(Exception):
    """The child answered what no sound child would."""


def head_of(values: Mapping[str, Any]) -> bytes:
    """A JSON value as bytes; whatever is no character is replaced."""
    return json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode()


def values_of(head: bytes) -> dict[str, Any]:
    """The JSON object of a message; BadAnswer where it is none."""
    try:
        values = json.loads(head)
    except (ValueError, RecursionError) as error:
        raise BadAnswer("no JSON") from error
    if not isinstance(values, dict):
        raise BadAnswer("no object")
    return values


def error_head(error: PipelineError) -> bytes:
    """A refusal with its sentence."""
    limit = error.limit if isinstance(error, BeyondLimit) else ""
    return head_of({"error": type(error).__name__, "sentence": str(error), "limit": limit})


@dataclass(frozen=True, slots=True)
class Begun:
    """The page that the child has begun, 0 for none; of_page: what one page may take bounds it."""

    page: int = 0
    of_page: bool = False


def begun_head(page: int, *, of_page: bool) -> bytes:
    """That a page is begun."""
    return head_of({"begun": page, "of_page": of_page})


def begun_of(values: Mapping[str, Any]) -> Begun | None:
    """What page is begun, None where a message says something else."""
    page, of_page = values.get("begun"), values.get("of_page")
    return Begun(page, of_page is True) if type(page) is int else None


class Unforeseen(Exception):
    """The child met what it was not made for; the sentence says where."""


def unforeseen_head(sentence: str) -> bytes:
    return head_of({"error": "Unforeseen", "sentence": sentence, "limit": ""})


def raise_told(values: Mapping[str, Any]) -> None:
    """Raise the refusal that an answer tells, if it tells one."""
    kind = values.get("error")
    if kind is None:
        return
    sentence, limit = _text(values, "sentence"), _text(values, "limit")
    sentence = "".join(sign if sign.isprintable() else " " for sign in sentence)
    sentence = " ".join(sentence[:_LONGEST_SENTENCE].split())
    if kind == "BeyondLimit":
        raise BeyondLimit(sentence, limit if limit.isidentifier() else "")
    if kind == "Unforeseen":
        raise Unforeseen(sentence)
    raise {"UnsupportedFile": UnsupportedFile}.get(str(kind), UnreadableFile)(sentence)


def document_head(document: Document) -> bytes:
    """All of a document but its text."""
    return head_of(
        {
            "title": document.title,
            "page_starts": document.page_starts,
            "outline": [[part.level, part.title, part.start] for part in document.outline],
            "pages_without_text": document.pages_without_text,
        }
    )


def document_of(values: Mapping[str, Any], body: bytes, limits: Limits) -> Document:
    """The document that an answer holds; BadAnswer where it is not one within the limits."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadAnswer("no UTF-8") from error
    outline = _list(values, "outline", limits.headings)
    found = Document(
        _text(values, "title"),
        text,
        _numbers(_list(values, "page_starts", limits.pages)),
        tuple(map(_heading, outline)),
        _numbers(_list(values, "pages_without_text", limits.pages)),
    )
    _check(found)
    return found


def _check(document: Document) -> None:
    """Raise BadAnswer where a document is not what Document promises."""
    text, starts = document.text, document.page_starts
    pages = document.pages_without_text
    headings = [part.start for part in document.outline]
    levels = [part.level for part in document.outline]
    sound = (
        bool(text.strip())
        and "\0" not in text
        and starts[:1] == (0,)
        and _rises(starts)
        and starts[-1] <= len(text)
        and _rises(headings)
        and all(0 <= start <= len(text) for start in headings)
        and all(level >= 1 for level in levels)
        and len(set(pages)) == len(pages)
        and _rises(pages)
        and all(1 <= page <= len(starts) for page in pages)
    )
    if not sound:
        raise BadAnswer("no sound document")


def _rises(numbers: Iterable[int]) -> bool:
    return all(first <= second for first, second in pairwise(numbers))


def _heading(value: object) -> Heading:
    match value:
        case [int(level), str(title), int(start)]:
            return Heading(level, _whole(title), start)
    _refuse("a heading")


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return _whole(value) if isinstance(value, str) else _refuse(name)


def _whole(text: str) -> str:
    """A text that can be stored: halves of characters and NUL cannot."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def _list(values: Mapping[str, Any], name: str, most: int) -> list[object]:
    value = values.get(name)
    return value if isinstance(value, list) and len(value) <= most else _refuse(name)


def _numbers(values: Iterable[object]) -> tuple[int, ...]:
    return tuple(value if type(value) is int else _refuse("a number") for value in values)


def _refuse(what: str) -> NoReturn:
    raise BadAnswer(what)
