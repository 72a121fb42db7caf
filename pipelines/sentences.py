"""Where sentences begin and end, as offsets that lose no character.

nupunkt finds the ends of sentences in running text. Around it: the lines of a PDF, where a row of
a table, a heading or an item of a list is a sentence of its own while other line ends are spaces;
the full stops of Chinese and Japanese; and the longest sentence that may be cited.
"""

import re
from collections.abc import Iterable, Iterator

from nupunkt import sent_spans

from pipelines.lines import blocks

Span = tuple[int, int]

MOST_WORDS = 60
MOST_CHARACTERS = 400

# Where a sentence ends without the white space that nupunkt waits for.
_WIDE_STOP = re.compile(r"[。！？｡]+[」』）”’\"')\]]*")
# What cannot be a whole sentence before more text: a marker, a title or shortened word.
_UNFINISHED = re.compile(
    r"(?:\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.)]|"
    r"(?:Item|Part|Chapter|Section|Note|Table|Figure|Exhibit)\s\w{1,4}\.|"
    r".*\b(?:Mr|Mrs|Ms|Dr|Prof|St|Lt|Col|Capt|Sgt|Gen|Rev|Hon|Messrs|Mt|Ft|cf|ca|approx|e\.g|i\.e)\.)",
    re.DOTALL,
)
# Shortened words that stand before a number: "vol. 3", but also "No." alone.
_BEFORE_NUMBER = re.compile(r".*\b(?:No|Nos|Fig|Figs|vol|Vol|Sec|Eq|Ch|Art|Note|pp?)\.", re.DOTALL)
_NOTE_MARK = re.compile(r"(?:\[\d{1,3}\])+(?=\s)")
_CLAUSE_END = re.compile(r"(?:[,;:、，；：]|\s[–—-])\s*")
_SPACE = re.compile(r"\s+")


def sentences(text: str) -> tuple[Span, ...]:
    """The (start, end) of each sentence in order, without outer white space.

    Together they cover every character that is not white space; none has more than MOST_WORDS
    words or MOST_CHARACTERS characters.
    """
    found: list[Span] = []
    for start, end in blocks(text):
        for span in _joined(text, _in_prose(text, start, end)):
            found.extend(_cut(text, *span))
    return tuple(found)


def _in_prose(text: str, start: int, end: int) -> Iterator[Span]:
    """Sentences of running text, in which a line end is a space."""
    prose = text[start:end].replace("\n", " ")
    for first, last in sent_spans(prose):
        ends = [match.end() for match in _WIDE_STOP.finditer(prose, first, last)]
        for begin, stop in zip([first, *ends], [*ends, last], strict=True):
            yield from _trimmed(text, start + begin, start + stop)


def _joined(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """Spans in which markers and shortened words have been joined to what follows them."""
    before: Span | None = None
    for span in spans:
        if before is None:
            before = span
            continue
        mark = _NOTE_MARK.match(text, *span)
        if mark and span[0] == before[1]:
            yield before[0], mark.end()
            before = next(_trimmed(text, mark.end(), span[1]), None)
        elif _goes_on(text[before[0] : before[1]], text[span[0]]):
            before = before[0], span[1]
        else:
            yield before
            before = span
    if before is not None:
        yield before


def _goes_on(sentence: str, follower: str) -> bool:
    if _UNFINISHED.fullmatch(sentence):
        return True
    return follower.isdigit() and bool(_BEFORE_NUMBER.fullmatch(sentence))


def _cut(text: str, start: int, end: int) -> Iterator[Span]:
    """A sentence that may be cited, halved at a clause or a space for as long as it is too long."""
    words = len(text[start:end].split(maxsplit=MOST_WORDS))
    if words <= MOST_WORDS and end - start <= MOST_CHARACTERS:
        yield start, end
        return
    middle = _middle(text, start, end)
    for half in ((start, middle), (middle, end)):
        for span in _trimmed(text, *half):
            yield from _cut(text, *span)


def _middle(text: str, start: int, end: int) -> int:
    """The best place near the middle to cut: after a clause, else at a space, else anywhere."""
    centre, reach = (start + end) // 2, (end - start) // 5
    for pattern in (_CLAUSE_END, _SPACE):
        for around in sorted({min(reach, MOST_CHARACTERS), reach}):
            places = [m.end() for m in pattern.finditer(text, centre - around, centre + around)]
            if places:
                return min(places, key=lambda place: abs(place - centre))
    return centre


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    """The span without outer white space, nothing where nothing is left."""
    piece = text[start:end]
    left = start + len(piece) - len(piece.lstrip())
    right = start + len(piece.rstrip())
    if left < right:
        yield left, right
