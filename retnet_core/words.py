"""A number for the word a token belongs to, so that a question's words can be found in a passage.

Letters: T tokens. Ids are stable across machines and runs: training and serving share them.
"""

import hashlib
import re
import unicodedata
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]

# A word is a run of letters and digits; combining accents belong to it.
_word = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")
_vowel = re.compile(r"[aeiouy]")
_bits = (1 << 31) - 1

# An ending and what takes its place; an ending and the shortest root that it may leave.
_plurals = (
    ("sses", "ss"), ("ies", "y"), ("ied", "y"), ("ss", "ss"), ("us", "us"), ("is", "is"), ("s", ""),
)  # fmt: skip
_endings = (("ingly", 3), ("edly", 3), ("ing", 2), ("ed", 2), ("ly", 3), ("er", 3))

_function_words = """
    a an the and or but nor if then than so as at by for from in into of off on onto out over per
    to up upon with within without about above after against along among around before behind below
    between during through under until toward towards is are was were be been being am do does did
    done doing have has had having can could will would shall should may might must it its he him
    his she her hers they them their theirs we us our ours you your yours i me my mine this that
    these those there here what which who whom whose when where why how not no yes s t d ll re ve m
    also just only too very such some any each both either neither other another same own more most
    all ever
"""
STOP_WORDS = frozenset(_function_words.split())


def plain(word: str) -> str:
    """Fold case and take the accents off a word."""
    if word.isascii():
        return word.lower()  # the same, ten times as fast
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def stem(word: str) -> str:
    """Take the commonest English endings off a plain word."""
    for ending, other in _plurals:
        if word.endswith(ending) and len(word) - len(ending) > 1:
            word = word[: len(word) - len(ending)] + other
            break
    for ending, shortest in _endings:
        root = word[: len(word) - len(ending)]
        if word.endswith(ending) and len(root) >= shortest and _vowel.search(root):
            return _mend(root)
    return _mend(word)


def _mend(root: str) -> str:
    """Bring forms of one root together: running and run, making and make, happily and happy."""
    if len(root) > 3 and root[-1] == root[-2] and root[-1] not in "aeiouls":
        return root[:-1]
    if len(root) > 2 and root[-1] == "e":
        return root[:-1]
    return root[:-1] + "i" if len(root) > 2 and root[-1] == "y" else root


def stable_hash(word: str) -> int:
    """Give a number from 1 to 2**31 - 1 that is the same everywhere."""
    digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") % _bits + 1


@lru_cache(maxsize=1 << 18)
def ids_of(word: str) -> tuple[int, int]:
    """Give the id of a word and the id of its stem, 0 where it is a function word."""
    folded = plain(word)
    return stable_hash(folded), 0 if folded in STOP_WORDS else stable_hash("~" + stem(folded))


def word_ids(text: str, starts: npt.ArrayLike) -> tuple[Ids, Ids]:
    """Give for each token the id of its word and of the word's stem, 0 where it has none.

    starts [T] are offsets as Tokenizer.encode_with_offsets gives them; exact and stem are [T].
    A token that touches several words has the first of them.
    """
    begins = np.asarray(starts, dtype=np.int64)
    words = list(_word.finditer(text))
    if not words or not len(begins):
        return np.zeros(len(begins), np.int64), np.zeros(len(begins), np.int64)
    spans = np.asarray([match.span() for match in words], dtype=np.int64)
    numbers = np.asarray([ids_of(match[0]) for match in words], dtype=np.int64)
    nearest = np.minimum(np.searchsorted(spans[:, 1], begins, side="right"), len(words) - 1)
    inside = (spans[nearest, 0] < _ends(begins, len(text))) & (spans[nearest, 1] > begins)
    return np.where(inside, numbers[nearest, 0], 0), np.where(inside, numbers[nearest, 1], 0)


def _ends(begins: Ids, length: int) -> Ids:
    """Give the end of each token; bytes of one character all end where the character does."""
    following = np.searchsorted(begins, begins, side="right")
    return np.append(begins, length)[following]
