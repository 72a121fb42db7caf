"""The words of a question, the same for every engine."""

from __future__ import annotations

import re

LONGEST_QUESTION = 256
"""Words of a question that are looked up; what follows adds nothing but time."""

# What unicode61 takes for a word: letters and digits, and marks that stand on them.
_WORD = re.compile(r"(?:[^\W_]|[\u0300-\u0331])+")


def words(text: str) -> list[str]:
    """Every word of a text in its order."""
    return _WORD.findall(text)


def distinct_words(question: str) -> list[str]:
    """The words of a question to look up, each once whatever the case of its letters."""
    distinct = {word.casefold(): word for word in words(question)}
    return list(distinct.values())[:LONGEST_QUESTION]
