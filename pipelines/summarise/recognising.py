"""Figures in a sentence: money, shares of a hundred, dates, quantities and names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from retnet_core.words import STOP_WORDS, plain

Kind = Literal["money", "percentage", "date", "quantity", "name"]

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_SCALE = r"(?:\s(?:thousand|million|billion|trillion)|\s?(?:bn|m|k)\b)"
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
_CODES = r"(?:USD|EUR|GBP|CHF|JPY)"
_COINS = r"(?:dollars|euros|pounds|francs|yen|cents)"
_FIGURE = re.compile(
    rf"(?P<money>(?:(?:US|C|A)?[$€£¥]|{_CODES}\s)\s?(?:{_NUMBER}){_SCALE}?"
    rf"|(?:{_NUMBER}){_SCALE}?\s(?:{_CODES}\b|{_COINS}\b))"
    rf"|(?P<percentage>[–−-]?(?:{_NUMBER})\s?(?:%|per\s?cent\b|percentage points?\b))"
    rf"|(?P<date>\b{_MONTH}\s\d{{1,2}},?\s\d{{4}}|\b\d{{1,2}}\s{_MONTH}\s\d{{4}}|\b{_MONTH}\s\d{{4}}"
    rf"|\b\d{{4}}-\d{{2}}-\d{{2}}\b|\b(?:in|In|since|Since|until|by|of|from)\s(?:1[5-9]|20)\d\d\b(?!\s?%))"
    rf"|(?P<quantity>(?<![\w$€£¥.,–-])(?:{_NUMBER})\+?{_SCALE}?\s[a-z][a-z-]{{2,}}\b)"
)
_CAPITAL = r"[A-Z](?:[\w&-]|[’'](?!s\b))*[\w]"
_NAME = re.compile(
    rf"(?<![\w’'])(?:(?:Mr|Mrs|Ms|Dr|Prof)\.\s)?(?:[A-Z]\.\s)*{_CAPITAL}"
    rf"(?:\s(?:of\s(?:the\s)?|and\s|for\s|de\s|van\s|von\s)?(?:[A-Z]\.|{_CAPITAL}))*"
)
_DATED = re.compile(rf"{_MONTH}|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day")
_LEADING = re.compile(r"^(?:in|since|until|by|of|from)\s", re.IGNORECASE)
_opening_words = """
    however although while since because under despite during additionally accordingly further
    furthermore moreover therefore thus today many most several some like unlike following
"""
_OPENERS = STOP_WORDS | frozenset(_opening_words.split())
_NOT_UNITS = STOP_WORDS | {"percent", "compared", "through", "versus", "respectively"}
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d\b")
_NUMBERED = re.compile(r"\b[A-Z][\w.]*\s$")  # Figure 15, Level 2
_UNITS = frozenset({"people", "men", "women", "children", "staff", "km", "kg", "square", "cubic"})
_SMALL = 10  # a lower number counts nothing of weight


@dataclass(frozen=True, slots=True)
class Spoken:
    """A figure where it stands: start and end count characters of the sentence."""

    kind: Kind
    text: str
    start: int
    end: int

    @property
    def key(self) -> str:
        """What the same figure has in common however it is written."""
        return re.sub(r"[\s,]+", "", self.text).casefold()


def figures_in(sentence: str) -> Iterator[Spoken]:
    """The numbers of a sentence with what they count, and its dates, in order."""
    for match in _FIGURE.finditer(sentence):
        kind: Kind = match.lastgroup  # type: ignore[assignment]
        text, start = match.group(), match.start()
        lead = _LEADING.match(text) if kind == "date" else None
        if lead is not None:
            text, start = text[lead.end() :], start + lead.end()
        if kind == "quantity" and not _counts(sentence[: match.start()], text):
            continue
        yield Spoken(kind, " ".join(text.split()), start, match.end())


def _counts(before: str, quantity: str) -> bool:
    """Whether a number and the word after it are so many of something, not a year or a level."""
    if _NUMBERED.search(before):
        return False
    number, *_, unit = quantity.split()
    amount = float(re.sub(r"[^\d.]", "", number))
    many = unit.endswith("s") or unit in _UNITS
    return many and unit not in _NOT_UNITS and not _YEAR.fullmatch(number) and amount >= _SMALL


def names_in(sentence: str) -> Iterator[Spoken]:
    """Runs of capitalised words, without a word that is only the first of its sentence."""
    for match in _NAME.finditer(sentence):
        text, start = match.group(), match.start()
        head, _, rest = text.partition(" ")
        if not sentence[:start].strip(" \"'“‘(") and plain(head) in _OPENERS:
            text, start = rest, start + len(head) + 1
        word = plain(re.split("[’']", text)[0])  # of I'm: I
        if text and not _DATED.search(text) and word not in STOP_WORDS:
            yield Spoken("name", " ".join(text.split()), start, match.end())
