"""The words of a question, the same for every engine."""

from __future__ import annotations

import re

# What unicode61 takes for a word: letters and digits, and marks that stand on them.
_WORD = re.compile(r"(?:[^\W_]|[\u0300-\u0331])+")


def words(text: str) -> list[str]:
    """Every word of a text in its order."""
    return _WORD.findall(text)
