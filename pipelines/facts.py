"""What a sentence claims that can be looked up: its numbers, dates and names.

A name is a word with a capital letter, which at the beginning of a sentence may be any word: there
it counts as none where the evidence has the same word in small letters. What is in doubt counts as
a name, for a sentence that is dropped wrongly does less harm than one that is kept wrongly.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines import lexical
from retnet_core.words import STOP_WORDS, plain

MOST_QUOTES = 3  # sentences that one written sentence may rest on
TRIED = 5  # sentences looked at as the first of them

_PART = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[$€£¥%]")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_counted = """
    zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty
"""
_tens = "thirty forty fifty sixty seventy eighty ninety"
_ordinals = "first second third fourth fifth sixth seventh eighth ninth tenth"
_NUMBERS = {
    **{word: str(n if n == 0 else n + 1) for n, word in enumerate(_counted.split())},
    **{word: str(10 * n) for n, word in enumerate(_tens.split(), start=3)},
    **{word: str(n) for n, word in enumerate(_ordinals.split(), start=1)},
    **{word: word for word in ("hundred", "thousand", "million", "billion", "dozen", "half")},
    **{"%": "percent", "percent": "percent", "cent": "percent"},
    **{sign: sign for sign in "$€£¥"},
}
_months = """
    january february march april may june july august september october november december
"""
_days = "monday tuesday wednesday thursday friday saturday sunday"
_SHORT = {name[:3]: name for name in (*_months.split(), *_days.split()) if len(name) > 3} | {
    "sept": "september",
    "tues": "tuesday",
    "thurs": "thursday",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence that may be evidence, and which of the passages it stands in."""

    text: str
    passage: int


def facts(sentence: str, small: frozenset[str] = frozenset()) -> frozenset[str]:
    """The numbers, signs and names of a sentence, each in one form however it is written.

    small: words that stand somewhere in the evidence without a capital letter.
    """
    found = set()
    for place, match in enumerate(_PART.finditer(sentence)):
        word = match[0]
        folded = plain(word)
        if word[0].isdigit():
            found.add(_number(word))
        elif folded in _NUMBERS:
            found.add(_NUMBERS[folded])
        elif any(letter.isupper() for letter in word) and not _is_common(folded, place, small):
            found.add(_SHORT.get(folded, folded))
    return frozenset(found)


def _is_common(folded: str, place: int, small: frozenset[str]) -> bool:
    a_month = folded == "may" and place > 0
    return (folded in STOP_WORDS and not a_month) or (place == 0 and folded in small)


def _number(digits: str) -> str:
    """1,204 as 1204, 3,5 as 3.5, 007 as 7."""
    plain_digits = digits.replace(",", "") if _THOUSANDS.fullmatch(digits) else digits
    whole, point, rest = plain_digits.replace(",", ".").partition(".")
    return (whole.lstrip("0") or "0") + point + rest


def told(text: str) -> frozenset[str]:
    """Everything in a text that could bear out a fact: every word and number."""
    found = set()
    for match in _PART.finditer(text):
        folded = plain(match[0])
        number = _number(match[0]) if match[0][0].isdigit() else _NUMBERS.get(folded)
        found.add(number or _SHORT.get(folded, folded))
    return frozenset(found)


def small_words(texts: Sequence[str]) -> frozenset[str]:
    """The words that stand somewhere without a capital letter."""
    words = (match[0] for text in texts for match in _PART.finditer(text))
    return frozenset(plain(word) for word in words if word.islower())


def evidence_for(sentence: str, sources: Sequence[Source]) -> tuple[int, ...] | None:
    """The numbers of the sentences that a written one rests on, the nearest first.

    None where it shares no word with any, or claims a number, a date or a name that they do not
    hold: at most MOST_QUOTES sentences of one passage are taken together.
    """
    claimed = facts(sentence, small_words([source.text for source in sources]))
    words = frozenset(lexical.terms(sentence))
    held = [frozenset(lexical.terms(source.text)) for source in sources]
    borne = [told(source.text) for source in sources]
    near = [len(words & held[n]) + len(claimed & borne[n]) for n in range(len(sources))]
    for first in sorted(range(len(sources)), key=lambda n: (-near[n], n))[:TRIED]:
        beside = [n for n, each in enumerate(sources) if each.passage == sources[first].passage]
        if words & held[first]:
            taken = _covering(claimed, words, first, {n: (borne[n], held[n]) for n in beside})
            if taken is not None:
                return taken
    return None


def _covering(
    claimed: frozenset[str],
    words: frozenset[str],
    first: int,
    beside: Mapping[int, tuple[frozenset[str], frozenset[str]]],
) -> tuple[int, ...] | None:
    """This sentence and others of its passage that together hold every fact; None without.

    Beyond the facts, a sentence is taken that holds at least two more of the words.
    """
    taken = [first]
    missing, left = claimed - beside[first][0], words - beside[first][1]
    while len(taken) < MOST_QUOTES:
        gains = {n: (len(missing & b), len(left & h)) for n, (b, h) in beside.items()}
        best = max(gains, key=lambda n: (*gains[n], -n))
        if gains[best][0] == 0 and (missing or gains[best][1] < 2):
            break
        taken.append(best)
        missing, left = missing - beside[best][0], left - beside[best][1]
    return None if missing else tuple(taken)
