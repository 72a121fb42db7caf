"""Parts of a flowing document and how they become one text with pages, sections and lines.

Formats without fixed pages (DOCX, EPUB, HTML, ODT, RTF) are walked into parts; here alone is
decided what stands between two of them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pipelines.document import Document, Heading, Upload
from pipelines.errors import UnreadableFile

# Controls other than tab and line end, lone surrogates, soft hyphens, signs of no width.
_NOISE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\ufeff\ufffe\uffff\ud800-\udfff]")
_SPACES = re.compile(r"[ \t\xa0\u2000-\u200a\u202f\u205f\u3000]+")
_LINE_END = re.compile(r" ?(?:\n ?)+")


@dataclass(frozen=True, slots=True)
class Part:
    """A paragraph, or with a level a heading; tight ones stand on the line after the last part.

    breaks are offsets in the text at which a new page begins.
    """

    text: str
    level: int = 0
    tight: bool = False
    breaks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PageBreak:
    """A new page begins."""


Piece = Part | PageBreak


@dataclass(slots=True)
class _Text:
    """A text while it grows."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    outline: list[Heading] = field(default_factory=list)
    # The offset at which each page's first text begins, None while it has none.
    pages: list[int | None] = field(default_factory=lambda: [None])

    def add(self, part: Part) -> None:
        if self.length:
            self._write("\n" if part.tight else "\n\n")
        start = self.length
        if part.level:
            self.outline.append(Heading(part.level, _one_line(part.text), start))
        for begin, end in zip((0, *part.breaks), (*part.breaks, len(part.text)), strict=True):
            if begin:
                self.pages.append(None)
            if part.text[begin:end].strip() and self.pages[-1] is None:
                self.pages[-1] = start + begin
        self._write(part.text)

    def _write(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)


def assembled(upload: Upload, title: str, pieces: Iterable[Piece]) -> Document:
    """The document of these pieces; UnreadableFile where they hold no text.

    Texts must be clean: see plain.
    """
    text = _Text()
    for piece in pieces:
        if isinstance(piece, PageBreak):
            text.pages.append(None)
        elif piece.text.strip():
            text.add(piece)
    if not text.length:
        raise UnreadableFile(
            f"{upload.name} has no text, only pictures or nothing at all. Choose another file."
        )
    without_text = tuple(page for page, start in enumerate(text.pages, 1) if start is None)
    starts = _starts(text.pages, text.length)
    return Document(title, "".join(text.parts), starts, tuple(text.outline), without_text)


def paged(said: str, mark: str = "", level: int = 0) -> Iterator[Piece]:
    """A paragraph in whose text form feeds stand where a page ends."""
    segments = [plain(segment) for segment in said.split("\f")]
    filled = [index for index, segment in enumerate(segments) if segment]
    if not filled:
        yield from [PageBreak()] * (len(segments) - 1)
        return
    yield from [PageBreak()] * filled[0]
    text, breaks = mark + segments[filled[0]], []
    for segment in segments[filled[0] + 1 : filled[-1] + 1]:
        breaks.append(len(text) + bool(segment))
        text = f"{text} {segment}" if segment else text
    yield Part(text, level, tight=bool(mark), breaks=tuple(breaks))
    yield from [PageBreak()] * (len(segments) - 1 - filled[-1])


def plain(text: str) -> str:
    """Text with single spaces and line ends and without signs of no meaning."""
    return _LINE_END.sub("\n", _SPACES.sub(" ", _NOISE.sub("", text.replace("\r", "\n")))).strip()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _starts(pages: Sequence[int | None], length: int) -> tuple[int, ...]:
    """Where each page begins, those without text where the next with text does."""
    following = length
    starts = []
    for page in reversed(pages):
        following = following if page is None else page
        starts.append(following)
    return (0, *reversed(starts[:-1]))
