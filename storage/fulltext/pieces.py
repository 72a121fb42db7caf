"""Pieces of words, for languages whose words are joined, change inside or are not parted by spaces.

McNamee and Mayfield 2004 found pieces good for them: two characters where words are not parted by
spaces, four elsewhere, so that "Turm" is found in "Leuchtturm". The index of pieces holds those of
every passage that is not English. Of an English one it holds the words with letters beyond ASCII,
for the index of words serves the others, and pieces of all would take ten times the room.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

PIECE, UNSPACED_PIECE = 4, 2

TOKENIZER = "ascii"
"""Of FTS5: it ends a term at spaces and takes every letter beyond ASCII as it is."""

IN_SQL = "pieces_of"
"""What each connection to SQLite calls indexed()."""

_ENGLISH = 0.12
"""Of the words of a text: English prose has three times, its neighbours half as many of these."""

# Frequent in English, and rare in the languages that share its letters.
_function_words = """
    the of and to that for as with be by on not his at are this have from or had which you were
    their been has would they is it its we our
"""
_FUNCTION_WORDS = frozenset(_function_words.split())
_word = re.compile(r"[^\W_]+")
# Thai, Lao, Burmese, Khmer, Japanese, Chinese; Korean too, whose particles hang on its words.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf"
    "\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_run = re.compile(rf"(?P<unspaced>[{_UNSPACED}]+)|[^\W_{_UNSPACED}]+")


def pieces(text: str) -> list[str]:
    """The pieces of the words of a text in any language, in order, repeated as they are."""
    found: list[str] = []
    for run in _run.finditer(_folded(text)):
        found += _cut(run[0], PIECE if run["unspaced"] is None else UNSPACED_PIECE)
    return found


def words(text: str) -> list[str]:
    """The different words of a text, in order."""
    return list(dict.fromkeys(_word.findall(text)))


def indexed(text: str | None) -> str:
    """What the index holds of a passage: its different pieces, in order of their letters.

    Where this changes, a migration must make the index anew: a delete takes out what it gives.
    """
    if not text:
        return ""
    if _is_english(text):
        text = " ".join(_beyond_ascii(text))
    return " ".join(sorted(set(pieces(text))))


def _is_english(text: str) -> bool:
    found = text.lower().split()
    return sum(map(_FUNCTION_WORDS.__contains__, found)) > _ENGLISH * len(found)


def _beyond_ascii(text: str) -> list[str]:
    if text.isascii():
        return []
    found = _word.findall(unicodedata.normalize("NFC", text))
    return [word for word in found if not word.isascii()]


def _folded(text: str) -> str:
    """Without case and accents; syllables of Korean stay whole."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in parts if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare)


@lru_cache(maxsize=65_536)  # the same words come again and again: a third of the time
def _cut(run: str, size: int) -> tuple[str, ...]:
    return tuple(run[start : start + size] for start in range(max(1, len(run) - size + 1)))
