"""Questions that want an amount, and where a text tells one: numbers that are part of no date."""

import re
from collections.abc import Iterator

_ASKED = re.compile(
    r"\bhow (?:many|much|large|big|high|long|old|far|often|deep|tall|wide|fast|heavy|few)\b|"
    r"\b(?:what|which) (?:\w+ )?(?:percent|percentage|share|amount|number|proportion|price|rate|"
    r"sum|population|cost|length|height|weight|size|distance|speed|capacity)\b|"
    # "What were net sales in 2020?" wants the figure of a year.
    r"^\s*what (?:was|were|is|are)\b.*\b(?:fy ?)?(?:19|20)\d\d\b",
    re.IGNORECASE,
)
_words = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    hundreds? thousands? millions? billions? trillions? dozens? half third quarter once twice
    several few couple single double none no
"""
_NUMBER = re.compile(rf"\d[\d.,]*|\b(?:{'|'.join(_words.split())})\b", re.IGNORECASE)
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?\b"
_DATE = re.compile(
    rf"\b{_DAY}(?:\s+of)?\s+{_MONTH}(?:,?\s+\d{{4}})?|\b{_MONTH}\s+(?:{_DAY}(?:,?\s+\d{{4}})?|\d{{4}})|"
    r"(?<![\d.,$£€])(?:1\d|20)\d\d(?![\d,.]?\d)",  # a year
    re.IGNORECASE,
)


def asks_for_amount(question: str) -> bool:
    """Whether a question wants a number of something, in English."""
    return _ASKED.search(question) is not None


def amounts(text: str) -> Iterator[tuple[int, int]]:
    """The offsets of each number of a text that is neither a year nor the day of a date."""
    dates = [match.span() for match in _DATE.finditer(text)]
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        if not any(first < end and start < last for first, last in dates):
            yield start, end
