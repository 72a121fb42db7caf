"""The stemmer that ROUGE counts by: Porter, "An algorithm for suffix stripping", 1980.

With the corrections that NLTK made and the usual ROUGE program therefore has: `y` becomes `i`
after a consonant that is not the first letter, a few irregular words, short words in -ied, -ies.
Letters: c consonant, v vowel; the measure of a stem is how often a vowel is followed by a
consonant in it.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

Condition = Callable[[str], bool]
Rule = tuple[str, str]

_IRREGULAR = {
    "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie", "innings": "inning",
    "outings": "outing", "cannings": "canning",
} | {
    word: word
    for word in (
        "sky", "news", "inning", "outing", "canning", "howe", "proceed", "exceed", "succeed",
    )
}  # fmt: skip

_PLURALS: Sequence[Rule] = (("sses", "ss"), ("ies", "i"), ("ss", "ss"), ("s", ""))
_DOUBLE: Sequence[Rule] = (
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"),
    ("bli", "ble"), ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"),
    ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"), ("iveness", "ive"),
    ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"),
    ("fulli", "ful"),
)  # fmt: skip
_SINGLE: Sequence[Rule] = (
    ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""),
    ("ness", ""),
)  # fmt: skip
_LAST = (
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou",
    "ism", "ate", "iti", "ous", "ive", "ize",
)  # fmt: skip


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """The stem of a word in lower case."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 2:
        return word
    for step in (_plural, _past, _y, _double, _single, _last, _final):
        word = step(word)
    return word


def _plural(word: str) -> str:
    if word.endswith("ies") and len(word) == 4:
        return word[:-1]
    return _replaced(word, _PLURALS, lambda root: True)


def _past(word: str) -> str:
    if word.endswith("ied"):
        return word[:-1] if len(word) == 4 else word[:-2]
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for ending in ("ed", "ing"):
        root = word.removesuffix(ending)
        if root != word and "v" in _shape(root):
            return _mended(root)
    return word


def _mended(root: str) -> str:
    """A stem after -ed or -ing was taken off."""
    if root.endswith(("at", "bl", "iz")):
        return root + "e"
    if _doubled(root):
        return root if root[-1] in "lsz" else root[:-1]
    return root + "e" if _measure(root) == 1 and _short(root) else root


def _y(word: str) -> str:
    if word.endswith("y") and len(word) > 2 and _shape(word)[-2] == "c":
        return word[:-1] + "i"
    return word


def _double(word: str) -> str:
    if word.endswith("alli") and _measure(word[:-4]) > 0:
        return _double(word[:-2])
    if word.endswith("logi"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    return _replaced(word, _DOUBLE, lambda root: _measure(root) > 0)


def _single(word: str) -> str:
    return _replaced(word, _SINGLE, lambda root: _measure(root) > 0)


def _last(word: str) -> str:
    for ending in _LAST:
        if word.endswith(ending):
            root = word[: -len(ending)]
            fits = _measure(root) > 1 and (ending != "ion" or root[-1] in "st")
            return root if fits else word
    return word


def _final(word: str) -> str:
    if word.endswith("e"):
        root = word[:-1]
        if _measure(root) > 1 or (_measure(root) == 1 and not _short(root)):
            word = root
    return word[:-1] if word.endswith("ll") and _measure(word[:-1]) > 1 else word


def _replaced(word: str, rules: Sequence[Rule], condition: Condition) -> str:
    """The word by the first rule whose ending it has, if its stem meets the condition."""
    for ending, other in rules:
        if word.endswith(ending):
            root = word[: len(word) - len(ending)]
            return root + other if condition(root) else word
    return word


@lru_cache(maxsize=1 << 16)
def _shape(word: str) -> str:
    """c and v for each letter; y is a vowel after a consonant."""
    shape = ""
    for letter in word:
        vowel = letter in "aeiou" or (letter == "y" and shape.endswith("c"))
        shape += "v" if vowel else "c"
    return shape


def _measure(word: str) -> int:
    return len(re.findall("vc", _shape(word)))


def _doubled(word: str) -> bool:
    return len(word) >= 2 and word[-1] == word[-2] and _shape(word)[-1] == "c"


def _short(word: str) -> bool:
    """Whether it ends as a short syllable does, whose e is kept: cvc, or vc alone."""
    shape = _shape(word)
    return (shape.endswith("cvc") and word[-1] not in "wxy") or shape == "vc"
