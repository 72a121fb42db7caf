"""What sentences have in common: words weighed by their rarity, as vectors that are never filled.

Letters: N sentences, V words, E pairs of a sentence and a word that it holds.
A sentence's vector is log(1 + n) · log(1 + N / N_w) for each content word w that it holds n times,
divided by its length (the centroid of Radev et al. 2004, MEAD, section 3.2, with cosines).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from retnet_core.words import STOP_WORDS, plain, stem

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


_word = re.compile(r"[^\W_]+")


# What people say while they think, and say in every sentence of a meeting.
_fillers = """
    yeah yes yep uh um uhm hmm hm mm mmm oh ah okay ok right well like mean know think guess sort
    kind thing things stuff really actually basically maybe probably anyway sure something anything
    lot let got get gets getting go goes going gonna wanna want say said says saying see one don
    didn isn doesn wasn won wouldn couldn shouldn haven hasn disfmarker vocalsound pause
"""
_SAYS_NOTHING = STOP_WORDS | frozenset(_fillers.split())


@lru_cache(maxsize=1 << 16)
def _term(word: str) -> str:
    """What words of one stem share; "" for one that says nothing, a single letter among them."""
    folded = plain(word)
    said = folded not in _SAYS_NOTHING and not (len(folded) == 1 and folded.isascii())
    return stem(folded) if said else ""


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """The vectors of N sentences: sentence, word and weight [E] of each pair."""

    count: int
    vocabulary: int
    sentence: Numbers
    word: Numbers
    weight: Floats

    def likeness(self, vector: Floats) -> Floats:
        """The scalar product of each sentence with a vector of words: [V] to [N]."""
        products: Floats = np.bincount(
            self.sentence, self.weight * vector[self.word], self.count
        ).astype(np.float64)
        return products

    def of(self, number: int) -> Floats:
        """The vector of one sentence: [V]."""
        mine = self.sentence == number
        return np.bincount(self.word[mine], self.weight[mine], self.vocabulary).astype(np.float64)

    def centre(self) -> Floats:
        """The direction in which all sentences together point: [V]."""
        whole = np.bincount(self.word, self.weight, self.vocabulary)
        return whole / max(float(np.linalg.norm(whole)), 1e-9)

    def centrality(self) -> Floats:
        """How much each sentence says of what all say: [N], 0 to 1."""
        return self.likeness(self.centre())


def words_of(texts: Sequence[str]) -> Words:
    """The vectors of sentences by their content words."""
    places: dict[str, int] = {}
    terms = [[term for word in _word.findall(text) if (term := _term(word))] for text in texts]
    numbers = [places.setdefault(term, len(places)) for each in terms for term in each]
    owners = np.repeat(np.arange(len(texts)), [len(each) for each in terms])
    vocabulary = max(1, len(places))
    pairs, held = np.unique(owners * vocabulary + np.array(numbers, np.int64), return_counts=True)
    sentence, word = pairs // vocabulary, pairs % vocabulary
    rarity = np.log1p(len(texts) / np.maximum(1, np.bincount(word, minlength=vocabulary)))
    weight = np.log1p(held) * rarity[word]
    length = np.sqrt(np.bincount(sentence, weight**2, len(texts)))
    return Words(
        len(texts), vocabulary, sentence, word, weight / np.maximum(length, 1e-9)[sentence]
    )
