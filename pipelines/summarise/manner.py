"""How sentences are put, as far as it makes them fit or unfit to stand in a summary.

The numbers are standard deviations of saliences. They were set on annual reports, whose boilerplate
they push back, and change little on the sets of docs/summaries.md.
"""

import re

LEANING = -0.3
POINTING = -0.7
HEDGED = -0.4
TELLING = 0.2
RESULT = 0.6
OPENING = 0.4

_LEANING = re.compile(
    r"(?:This|These|Those|That|It|They|He|She|However|But|And|So|Thus|Therefore|Also|Such|Hence"
    r"|Furthermore|Moreover|Similarly|Otherwise|In addition|As a result|For example)\b"
)
_POINTING = re.compile(
    r"\b(?:Note|Item|Part|Section|Exhibit|Chapter|Figure|Table|Appendix)s?\s(?:\d|[IVX]+\b)"
    r"|\b(?:this|these) (?:annual report|form 10-\w|report|section|chapter|notes)\b"
    r"|\b(?:pursuant to|set forth|hereby|herein|thereof|registrant)\b",
    re.IGNORECASE,
)
_HEDGED = re.compile(
    r"\b(?:could|may|might|would)\b"
    r"|\b(?:adversely|forward-looking|(?:no|reasonable) assurance|generally accepted)\b"
)
_RESULT = re.compile(
    r"\b(?:total\w*|increased?|decreased?|grew|rose|fell|declined?|reached)\b"
    r".{0,80}(?:%|[$€£]\s?\d|\bpercent\b)",
    re.DOTALL,
)
_AMOUNT = re.compile(r"[%$€£]|percent")
_NUMBER = re.compile(r"\d")

_LONGEST_HEADING = 80


def manner(sentence: str, before: str) -> float:
    """What a sentence gains or loses; before: some text that stands in front of it."""
    return (
        LEANING * (_LEANING.match(sentence) is not None)
        + POINTING * (_POINTING.search(sentence) is not None)
        + HEDGED * (_HEDGED.search(sentence) is not None)
        + TELLING * (_NUMBER.search(sentence) is not None)
        + RESULT * _tells_a_result(sentence)
        + OPENING * _follows_a_heading(before)
    )


def _tells_a_result(sentence: str) -> bool:
    """Whether something is said to have come to, or changed by, an amount."""
    return _AMOUNT.search(sentence) is not None and _RESULT.search(sentence) is not None


def _follows_a_heading(before: str) -> bool:
    """Whether a line ends in front of a sentence that looks like a heading."""
    if not before.rstrip(" ").endswith("\n"):
        return False
    line = before.rstrip().rpartition("\n")[2].strip().lstrip("#0123456789. ")
    return 0 < len(line) < _LONGEST_HEADING and line[:1].isupper() and line[-1] not in ".,;:!?–-"
