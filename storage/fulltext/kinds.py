"""The two indexes of every passage."""

from typing import Literal

Kind = Literal["words", "pieces"]
"""words: stems of English words; pieces: of words in other languages (pieces.py)."""
