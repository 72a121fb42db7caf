"""Phrases of a sentence that a question could ask for, found by their shape."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

WHO, WHEN, WHERE, HOW_MANY, WHAT = "who", "when", "where", "how many", "what"

_months = "January|February|March|April|May|June|July|August|September|October|November|December"
_date = re.compile(
    rf"\b(?:(?:{_months})\s+\d{{1,2}},\s+\d{{4}}|\d{{1,2}}\s+(?:{_months})(?:\s+\d{{4}})?"
    rf"|(?:{_months})\s+\d{{1,4}}|(?:1[0-9]|20)\d\d(?:s\b)?(?!\d|[,.]\d))"
)
_quantity = re.compile(
    r"(?<![\w.])[$€£]?\d[\d,]*(?:\.\d+)?(?:\s?%|\s(?:percent|million|billion|thousand|hundred"
    r"|years?|days?|hours?|minutes?|miles?|degrees|meters|kilometers|feet|grams|dollars)\b)*"
)
_name = re.compile(
    r"\b[A-Z][\w'\u2019-]*(?:(?:\s+(?:of|the|de|la|van|von|and|for))*\s+[A-Z][\w'\u2019-]*){0,4}"
)
_phrase = re.compile(
    r"\b(?:a|an|the|of|by|called|as|is|are|was|were|into|using|from|with|for)\s+"
    r"(?:(?:a|an|the)\s+)?(?P<phrase>[a-z][\w-]+(?:\s[a-z][\w-]+){0,3})"
)
_function = re.compile(
    r"\s+(?:a|an|the|of|by|as|is|are|was|were|be|been|in|on|at|to|for|from|with|that|which|who|and"
    r"|or|but|if|when|while|because|than|then|it|its|they|we|you|he|she|this|these|those|can"
    r"|could|will|would|should|may|might|must|has|have|had|do|does|did|not|into|through|between"
    r"|during|until|after|before|so|such|also|where|how|what|their|our|your|his|her|about)\b.*",
    re.DOTALL,
)
_weak_words = """
    a an the of by as is are was were be been in on at to for from with that which who and or but
    if when while it its they we you he she this these those can could will would should may might
    must has have had do does did not more most many much some any all each one two other another
    same way example number part first only just very there here such what how where their our your
    his her about i my me us them him
"""
_weak = frozenset(_weak_words.split())
_place_before = re.compile(r"\b(?:in|at|near|to|from|across|throughout)\s+(?:the\s+)?\Z")
_person_before = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Sir|Lord|Lady|President|King|Queen|by)\.?\s+\Z")
_person_after = re.compile(
    r"\A\s*(?:said|wrote|argued|believed|was born|proposed|suggested|won|died|discovered|became"
    r"|developed|invented|thought|published|told|asked|says|noted|and his|and her)\b"
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of a text: offsets from the start of the text, and what kind of thing it names."""

    start: int
    end: int
    kind: str
    named: bool


def phrases(text: str, start: int, end: int) -> tuple[Phrase, ...]:
    """Find the phrases of a sentence. No two overlap; dates and names go first."""
    taken: list[Phrase] = []
    finders = (_dates, _names, _quantities, _plain)
    for phrase in (found for find in finders for found in find(text, start, end)):
        if all(phrase.end <= other.start or other.end <= phrase.start for other in taken):
            taken.append(phrase)
    return tuple(taken)


def _dates(text: str, start: int, end: int) -> Iterator[Phrase]:
    for match in _date.finditer(text, start, end):
        yield Phrase(*match.span(), WHEN, False)


def _quantities(text: str, start: int, end: int) -> Iterator[Phrase]:
    for match in _quantity.finditer(text, start, end):
        begin, last = match.span()
        yield Phrase(begin, begin + len(text[begin:last].rstrip(" ,")), HOW_MANY, False)


def _names(text: str, start: int, end: int) -> Iterator[Phrase]:
    for match in _name.finditer(text, start, end):
        begin, last = match.span()
        named = text[begin:last]
        if named.endswith(("'s", "\u2019s")):
            last -= 2
        single = " " not in named
        if len(named) < 3 or (single and (begin == start or named.lower() in _weak)):
            continue
        if named.split()[0].lower() in _weak:
            begin += len(named.split()[0]) + 1
        if last - begin > 2:
            yield Phrase(begin, last, _kind_of_name(text, begin, last), True)


def _kind_of_name(text: str, begin: int, last: int) -> str:
    before, after = text[max(0, begin - 14) : begin], text[last : last + 14]
    if _person_before.search(before) or _person_after.match(after):
        return WHO
    if _place_before.search(before):
        return WHERE
    words = text[begin:last].split()
    return WHO if len(words) == 2 and all(w.isalpha() for w in words) else WHAT


def _plain(text: str, start: int, end: int) -> Iterator[Phrase]:
    for match in _phrase.finditer(text, start, end):
        begin = match.start("phrase")
        phrase = _function.sub("", match["phrase"])
        words = phrase.split()
        if words and words[0] not in _weak and words[-1] not in _weak and len(phrase) > 3:
            yield Phrase(begin, begin + len(phrase), WHAT, False)
