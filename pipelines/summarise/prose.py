"""Which sentences may be quoted alone: whole ones, of running text.

Headings, rows of tables, tables of contents, captions, references, page furniture and pieces of
sentences are not.
"""

import re

_STOPS = ".!?…。！？｡"
_CLOSERS = "\"'”’»)]」』*_"
_MARKER = re.compile(r"(?:[•‣▪●◦■□➢✓*+–—-]|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]|>)\s+")
_NOTE_MARKS = re.compile(r"(?:\[\d{1,3}\])+$|(?<=[.!?])\d{1,2}$")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d[\d.,]*")
_LEADERS = re.compile(r"\.{4,}|(?:\. ){4,}|_{3,}|…{2,}")
_CAPTION = re.compile(r"(?:Figure|Fig\.|Table|Exhibit|Chart|Box|Plate)\s\w{1,5}(?:\.\d+)*\s?[.:–—]")
_NAMED_FIGURES = re.compile(r":\s[^;.]*\d[^;.]*;\s[^;.]*\d")
_REFERENCE = re.compile(
    r"^(?:\[\w+\]\s)?[A-Z][\w’'-]+,\s(?:[A-Z]\.[\s,]?){1,3}.*\b(?:19|20)\d\d\b"
    r"|\bIn Proceedings of\b|\bpp?\.\s?\d+[–-]\d+|\bdoi:|\bISBN\b|\bvol\.\s?\d+|\b\d+\(\d+\):\s?\d+"
    r"|https?://\S+\.?$|\bRetrieved (?:from|\w+ \d)"
)
_BIBLIOGRAPHY = re.compile(
    r"(?:\W|\d)*(?:references|bibliography|works cited|literature cited|further reading"
    r"|table of contents|contents|index|glossary)\W*",
    re.IGNORECASE,
)
_POINTER = re.compile(
    r"(?:See|Refer to|Please see|Compare|Continued on|Turn to)\s.{0,120}$"
    r"|.{0,40}\b(?:incorporated (?:herein )?by reference|integral part of these)\b",
    re.DOTALL,
)
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

FEWEST_WORDS = 5
FEWEST_WIDE = 10
_MOST_FIGURES = 0.3  # of the words and figures together
_FEWEST_LETTERS = 0.55
_MOST_CAPITALS = 0.35


def is_apart(section: str) -> bool:
    """Whether a section of this title holds references or a list of places, and no prose."""
    return _BIBLIOGRAPHY.fullmatch(section) is not None


def is_prose(sentence: str, before: str) -> bool:
    """Whether a sentence may be quoted alone; before: some text that stands in front of it."""
    text = _MARKER.sub("", " ".join(sentence.split()), count=1)
    return (
        _is_long_enough(text)
        and _is_whole(text)
        and not _goes_on_from(before)
        and not _is_list_like(text)
        and not _POINTER.match(text)
        and not _REFERENCE.search(text)
    )


def _is_long_enough(text: str) -> bool:
    words = len(_WORD.findall(text))
    return words >= FEWEST_WORDS or len(_WIDE.findall(text)) >= FEWEST_WIDE


def _is_whole(text: str) -> bool:
    """Whether it begins and ends as a sentence does."""
    first = text.lstrip("\"'“‘«([「『*_")[:2]
    begins = bool(first) and (first[0].isalnum() or first[0] in "$€£¥¿¡")
    starts_low = first[:1].islower() and not first[1:].isupper()
    last = _NOTE_MARKS.sub("", text).rstrip(_CLOSERS)[-1:]
    return begins and not starts_low and last != "" and last in _STOPS


def _goes_on_from(before: str) -> bool:
    """Whether the line of a sentence began with the unfinished text of another one."""
    line = before.rpartition("\n")[2].rstrip()
    left = _NOTE_MARKS.sub("", line).rstrip(_CLOSERS)[-1:]
    return left.isalnum() or (left != "" and left in ",;–—-(%")


def _is_list_like(text: str) -> bool:
    """Whether it is a row, a caption, an entry of a table of contents or a line of capitals."""
    letters = sum(map(str.isalpha, text))
    capitals = sum(map(str.isupper, text))
    figures, words = len(_NUMBER.findall(text)), len(_WORD.findall(text))
    return (
        letters < _FEWEST_LETTERS * len(text.replace(" ", ""))
        or capitals > _MOST_CAPITALS * letters
        or figures > _MOST_FIGURES * (figures + words)
        or _LEADERS.search(text) is not None
        or _CAPTION.match(text) is not None
        or _NAMED_FIGURES.search(text) is not None
        or text.count("|") > 1
    )
