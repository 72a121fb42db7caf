"""Markdown, kept as it is written; its headings are the outline."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.document import Document, Heading, Upload
from pipelines.extract.text import decoded, stem

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]|$)")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
# Lines whose underline is not that of a heading: lists, quotes, tables, code, rules.
_NOT_A_TITLE = re.compile(r" {4}|\t| {0,3}(?:[-*+>|]|\d+[.)]\s|`{3}|~{3})")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
# Of a heading as long as a book no more is looked at: matching brackets takes the square of it.
_LONGEST = 1_000
_MARKUP = re.compile(r"(?<!\w)[*_~`]+|[*_~`]+(?!\w)")


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    start: int


def extract_markdown(upload: Upload) -> Document:
    """A Markdown text: the first of its highest headings is the title."""
    text = decoded(upload)
    headings = outline(text)
    top = min(headings, key=lambda heading: (heading.level, heading.start), default=None)
    return Document(top.title if top else stem(upload), text, (0,), headings, ())


def outline(text: str) -> tuple[Heading, ...]:
    """The headings of a Markdown text, those in code and in the front matter left out."""
    headings: list[Heading] = []
    before = _Line("", 0)
    for line in _outside_code(text):
        atx, underline = _ATX.match(line.text), _UNDERLINE.match(line.text)
        if atx:
            headings += _heading(len(atx[1]), _unclosed(line.text[atx.end() :]), line.start)
        elif underline and before.text.strip() and not _NOT_A_TITLE.match(before.text):
            headings += _heading(1 if underline[1][0] == "=" else 2, before.text, before.start)
        before = _Line("", line.start) if atx or underline else line
    return tuple(headings)


def _heading(level: int, written: str, start: int) -> list[Heading]:
    title = _MARKUP.sub("", _LINK.sub(r"\1", written[:_LONGEST])).strip()
    return [Heading(level, title, start)] if title else []


def _unclosed(written: str) -> str:
    """A heading without the signs that may close it."""
    bare = written.strip(" \t")
    opened = bare.rstrip("#")
    return bare if opened.rstrip(" \t") == opened != "" else opened


def _outside_code(text: str) -> Iterator[_Line]:
    """The lines that are neither fenced code nor front matter, a blank one in their place."""
    fence = ""
    for line in _lines(text):
        mark = _FENCE.match(line.text)
        if line.start == 0 and line.text.rstrip() == "---" and "\n---\n" in text[3:]:
            fence = "---"
        elif fence == "---":
            fence = "" if line.text.rstrip() == "---" else fence
        elif fence:
            closes = mark and mark[1].startswith(fence) and not line.text[mark.end() :].strip()
            fence = "" if closes else fence
        elif mark:
            fence = mark[1]
        else:
            yield line
            continue
        yield _Line("", line.start)


def _lines(text: str) -> Iterator[_Line]:
    start = 0
    for line in text.split("\n"):
        yield _Line(line, start)
        start += len(line) + 1
