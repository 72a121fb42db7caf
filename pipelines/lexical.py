"""BM25 over short texts, for telling sentences apart by the words of a question.

Robertson and Zaragoza 2009, eq. 3.14-3.15 with k1 = 1.5, b = 0.75. English is cut into the stems
of its words, any other language into pieces of words (storage/fulltext/pieces.py).
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from functools import lru_cache

from retnet_core.words import STOP_WORDS, plain, stem
from storage.fulltext.pieces import pieces as pieces  # the index cuts as the ranking does

Cut = Callable[[str], list[str]]  # a text to its terms, repeated as they are

K1, B = 1.5, 0.75

_ASKING = frozenset({"much", "many"})
_word = re.compile(r"[^\W_]+")


def asked_words(question: str) -> list[str]:
    """The content words of a question but for those that only ask: how much, how many."""
    return [word for word in content_words(question) if plain(word) not in _ASKING]


def asked_terms(question: str) -> list[str]:
    """The terms of the words that a question asks with."""
    return [term(word) for word in asked_words(question)]


def content_words(text: str) -> list[str]:
    """The words of a text without function words, in order, repeated as they are."""
    return [word for word in _word.findall(text) if plain(word) not in STOP_WORDS]


@lru_cache(maxsize=1 << 16)
def term(word: str) -> str:
    """What words of one stem share."""
    return stem(plain(word))


@lru_cache(maxsize=1 << 17)
def _content_term(word: str) -> str:
    """The term of a content word, "" for a function word."""
    folded = plain(word)
    return "" if folded in STOP_WORDS else stem(folded)


def terms(text: str) -> list[str]:
    """The terms of the content words of a text."""
    return [term for term in map(_content_term, _word.findall(text)) if term]


def rarity(counts: Mapping[str, int], texts: int) -> dict[str, float]:
    """The inverse document frequency of terms that stand in so many of all texts."""
    return {
        term: math.log(1 + (texts - count + 0.5) / (count + 0.5)) for term, count in counts.items()
    }


def bm25(
    question: Sequence[str], texts: Sequence[Sequence[str]], weights: Mapping[str, float]
) -> list[float]:
    """The score of each text (its terms) for the terms of a question."""
    asked = set(question)
    mean = sum(map(len, texts)) / max(1, len(texts)) or 1.0
    return [worth(text, asked, weights, mean) for text in texts]


def worth(text: Sequence[str], asked: Set[str], weights: Mapping[str, float], mean: float) -> float:
    """The score of one text (its terms), given the mean length of texts."""
    counts = Counter(term for term in text if term in asked)
    norm = K1 * (1 - B + B * len(text) / mean)
    return sum(weights.get(t, 0.0) * n * (K1 + 1) / (n + norm) for t, n in counts.items())


def document_counts(texts: Sequence[Sequence[str]]) -> Counter[str]:
    """In how many texts each term occurs."""
    return Counter(term for text in texts for term in set(text))
