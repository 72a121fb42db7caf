"""From a document to passages of whole sentences, none longer than the model reads at once.

Sentences are never broken unless one alone is too long; langchain's splitter breaks those at line
ends, clauses and spaces, and what has none of these is halved. So each character is counted about
as often as a sentence has halves, whatever the text is made of.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from langchain_text_splitters import RecursiveCharacterTextSplitter

from pipelines.document import Document, Passage
from pipelines.sentences import sentences

CountTokens = Callable[[str], int]

_LINE, _CLAUSE, _SPACE = r"\n", r"[,;:、，；：]\s*", r"\s"
# A run of white space is no sentence and has no limit; this keeps the splitter's work bounded.
_LONGEST_UNIT = 2_000


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence with the white space after it, or a piece of one that is too long."""

    start: int
    end: int
    tokens: int
    opens_section: bool
    ends_paragraph: bool


def split(document: Document, count_tokens: CountTokens, longest: int = 224) -> tuple[Passage, ...]:
    """The passages in order; joined they are the text, and each has at most `longest` tokens.

    Only a single character may have more. A section begins a new passage unless the passage
    before would be short.
    """
    text = document.text
    passages = []
    for group in _packed(_units(document, count_tokens, longest), longest):
        for start, end, tokens in _fitted(text, group, count_tokens, longest):
            piece = text[start:end]
            shown = start + len(piece) - len(piece.lstrip())
            shown = shown if shown < end else start
            page, section = document.page_at(shown), document.section_at(shown)
            passages.append(Passage(piece, start, page, section, tokens))
    return tuple(passages)


def _units(document: Document, count_tokens: CountTokens, longest: int) -> Iterator[_Unit]:
    text = document.text
    headings = iter([heading.start for heading in document.outline])
    heading = next(headings, len(text))
    for start, end in _tiles(text):
        opens_section = False
        while heading <= start:
            opens_section, heading = True, next(headings, len(text))
        for first, last, tokens in _short(text, start, end, count_tokens, longest):
            paragraph = last == end and "\n\n" in text[max(first, end - 4) : end]
            yield _Unit(first, last, tokens, opens_section and first == start, paragraph)


def _tiles(text: str) -> Iterator[tuple[int, int]]:
    """Spans that cover the text without a gap, each a sentence and the white space after it."""
    starts = [start for start, _ in sentences(text)] or [0]
    starts[0] = 0
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        for first in range(start, end, _LONGEST_UNIT):
            yield first, min(first + _LONGEST_UNIT, end)


def _short(
    text: str, start: int, end: int, count_tokens: CountTokens, longest: int
) -> Iterator[tuple[int, int, int]]:
    """The span itself, or its pieces with their tokens; more than `longest` without a space."""
    tokens = count_tokens(text[start:end])
    if tokens <= longest:
        yield start, end, tokens
        return
    for piece in _splitter(count_tokens, longest).split_text(text[start:end]):
        yield start, start + len(piece), count_tokens(piece)
        start += len(piece)


def _splitter(count_tokens: CountTokens, longest: int) -> RecursiveCharacterTextSplitter:
    return RecursiveCharacterTextSplitter(
        separators=[_LINE, _CLAUSE, _SPACE],  # characters would be counted one by one
        is_separator_regex=True,
        keep_separator="end",
        strip_whitespace=False,
        chunk_size=longest,
        chunk_overlap=0,
        length_function=lru_cache(maxsize=4096)(count_tokens),
    )


def _packed(units: Iterator[_Unit], longest: int) -> Iterator[list[_Unit]]:
    """Neighbouring units together, as many as fit by the sum of their tokens."""
    group: list[_Unit] = []
    total = 0
    for unit in units:
        if unit.opens_section and total * 4 >= longest:
            yield group
            group, total = [], 0
        while group and total + unit.tokens > longest:
            cut = _best_cut(group, longest)
            yield group[:cut]
            group = group[cut:]
            total = sum(member.tokens for member in group)
        group.append(unit)
        total += unit.tokens
    if group:
        yield group


def _best_cut(group: Sequence[_Unit], longest: int) -> int:
    """How many units to hand on: up to the last paragraph's end in the second half, else all."""
    total = sum(unit.tokens for unit in group)
    for count in range(len(group), 0, -1):
        if total * 2 < longest:
            break
        if group[count - 1].ends_paragraph:
            return count
        total -= group[count - 1].tokens
    return len(group)


def _fitted(
    text: str, group: Sequence[_Unit], count_tokens: CountTokens, longest: int
) -> Iterator[tuple[int, int, int]]:
    """The span of a group with its tokens counted together, halved if the sum was too low."""
    start, end = group[0].start, group[-1].end
    tokens = count_tokens(text[start:end])
    if tokens <= longest or end - start == 1:
        yield start, end, tokens
        return
    for half in _halves(group):
        yield from _fitted(text, half, count_tokens, longest)


def _halves(group: Sequence[_Unit]) -> tuple[Sequence[_Unit], Sequence[_Unit]]:
    if len(group) > 1:
        return group[: len(group) // 2], group[len(group) // 2 :]
    unit = group[0]
    middle = (unit.start + unit.end) // 2
    first = _Unit(unit.start, middle, 0, unit.opens_section, False)
    return (first,), (_Unit(middle, unit.end, 0, False, unit.ends_paragraph),)
