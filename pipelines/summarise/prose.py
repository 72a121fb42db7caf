"""Which sentences may be quoted alone: whole ones, of running text.

Headings, rows of tables, tables of contents, captions, references, page furniture and pieces of
sentences are not.
"""

import re

_STOPS = ".!?…。！？｡"
_CLOSERS = "\"'”’»)]」』*_"
_MARKER = re.compile(r"^(?:[•‣▪●◦■□➢✓*+–—-]|(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]|>)\s+")
_FOOTNOTE = re.compile(r"\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})\)\s|\d+(?:\.\d+)*\*|[*†‡§]")
_SHOUTED = re.compile(r"(?:\b[A-Z]{2,}\b\W+){4}")
_NOTE_MARKS = re.compile(r"(?:\[\d{1,3}\])+$|(?<=[.!?])\d{1,2}$")
_WORD = re.compile(r"[^\W\d_]+")
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"\d[\d.,]*")
_HALF = re.compile(r"(?:[$€£¥]\s?|\s)\d{1,3}\.$")
_LEADERS = re.compile(r"\.{4,}|(?:\. ){4,}|_{3,}|…{2,}")
_CAPTION = re.compile(r"(?:Figure|Fig\.|Table|Exhibit|Chart|Box|Plate)\s\w{1,5}(?:\.\d+)*\s?[.:–—]")
_NAMED_FIGURES = re.compile(r":\s[^;.]*\d[^;.]*;\s[^;.]*\d")
_REFERENCE = re.compile(
    r"^(?:\[\w+\]\s)?[A-Z][\w’'-]+,\s(?:[A-Z]\.[\s,]?){1,3}.*\b(?:19|20)\d\d\b"
    r"|\bIn Proceedings of\b|\bpp?\.\s?\d+[–-]\d+|\bdoi:|\bISBN\b|\bvol\.\s?\d+|\b\d+\(\d+\):\s?\d+"
    r"|\bUniversity Press\b|\bPh\.?D\.? (?:thesis|dissertation)\b|\bpages? \d+[–-]\d+"
    r"|https?://\S+\.?$|\bRetrieved (?:from|\w+ \d)"
)
_BIBLIOGRAPHY = re.compile(
    r"(?:\W|\d)*(?:references|bibliography|works cited|literature cited|further reading"
    r"|table of contents|contents|index|glossary)\W*",
    re.IGNORECASE,
)
# Where else something stands, and what is only said to the reader.
_POINTER = re.compile(
    r"(?:Dear|Thank|Thanks|Sincerely|Let[’']s)\b"
    r"|(?:See|Refer to|Please see|Compare|Continued on|Turn to)\s.{0,120}$"
    r"|.{0,40}\b(?:incorporated (?:herein )?by reference|integral part of these)\b",
    re.DOTALL,
)
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

FEWEST_WORDS = 5
FEWEST_WIDE = 10
_MOST_FIGURES = 0.3  # of the words and figures together
_FEWEST_LETTERS = 0.55
_MOST_TITLED = 0.6  # of the longer words
_MOST_CAPITALS = 0.35


def is_apart(section: str) -> bool:
    """Whether a section of this title holds references or a list of places, and no prose."""
    return _BIBLIOGRAPHY.fullmatch(section) is not None


def is_prose(sentence: str, before: str, after: str = "") -> bool:
    """Whether a sentence may be quoted alone; before, after: some text that stands around it."""
    text = _MARKER.sub("", " ".join(sentence.split()), count=1)
    return (
        _is_whole(text)
        and _is_long_enough(text)
        and not _goes_on_from(before)
        and not _cuts_a_number(before, text)
        and not _cuts_a_number(text, after)
        and not _is_list_like(text)
        and not _is_titled(text)
        and not _POINTER.match(text)
        and not _is_reference(text)
    )


def _is_reference(text: str) -> bool:
    """Whether it names a publication; the pattern is slow, so its signs are looked for first."""
    signs = _DIGIT.search(text) or "Press" in text or "Proceedings" in text or "://" in text
    return bool(signs or "Ph" in text) and _REFERENCE.search(text) is not None


def _is_long_enough(text: str) -> bool:
    words = len(_WORD.findall(text))
    return words >= FEWEST_WORDS or len(_WIDE.findall(text)) >= FEWEST_WIDE


def _is_whole(text: str) -> bool:
    """Whether it begins and ends as a sentence does."""
    first = text.lstrip("\"'“‘«([「『*_")[:2]
    if _closes_first(text, "“", "”") or _closes_first(text, "(", ")") or _FOOTNOTE.match(text):
        return False
    begins = bool(first) and (first[0].isalnum() or first[0] in "$€£¥¿¡")
    starts_low = first[:1].islower() and not first[1:].isupper()
    last = _NOTE_MARKS.sub("", text).rstrip(_CLOSERS)[-1:]
    return begins and not starts_low and last != "" and last in _STOPS


def _closes_first(text: str, opening: str, closing: str) -> bool:
    """Whether something is closed that was opened in front of the text."""
    before, found, _ = text.partition(closing)
    return bool(found) and opening not in before


def _is_titled(text: str) -> bool:
    """Whether it is a title, the name of a document, or shouted."""
    longer = [word[0] for word in _WORD.findall(text)[1:] if len(word) > 3]
    titled = sum(map(str.isupper, longer))
    return titled > _MOST_TITLED * max(1, len(longer)) or _SHOUTED.search(text) is not None


def _goes_on_from(before: str) -> bool:
    """Whether the line of a sentence began with the unfinished text of another one."""
    line = before.rpartition("\n")[2].rstrip()
    left = _NOTE_MARKS.sub("", line).rstrip(_CLOSERS)[-1:]
    return left.isalnum() or (left != "" and left in ",;–—-(%")


def _cuts_a_number(before: str, after: str) -> bool:
    """Whether two texts that follow each other are the halves of a number like 0.53."""
    return after.lstrip()[:1].isdigit() and _HALF.search(before.rstrip()) is not None


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
        or (";" in text and _NAMED_FIGURES.search(text) is not None)
        or text.count("|") > 1
    )
