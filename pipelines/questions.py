"""Questions that a sentence answers, made of its own words where its form is a plain one.

Four forms are known: somebody did something ("Who …?"), something was done at a time, which stands
before or after it ("When was …?"), and something had or did so many ("How many …?"). Whatever is
said otherwise gives none: a question that is missing costs less than one that is odd.
"""

import re
from collections.abc import Iterator

from pipelines.summarise.recognising import Kind

_LONGEST = 90  # characters of what a question repeats

_did = """
    wrote led built founded opened introduced discovered invented proposed designed painted joined
    became won chaired directed succeeded replaced taught sold bought signed launched created
    developed established presented received owned visited published described directs leads chairs
"""
_done = """
    built born held made found sold begun written lost bought drawn given shown taken won laid led
"""
_VERBS = {
    "has": "does have", "have": "do have", "had": "did have", "carried": "did carry",
    "carries": "does carry", "employed": "did employ", "employs": "does employ",
    "sold": "did sell", "produced": "did produce", "served": "did serve", "built": "did build",
    "received": "did receive", "lost": "did lose", "used": "did use", "counted": "did count",
}  # fmt: skip
_DID, _DONE, _DOES = ("|".join(words) for words in (_did.split(), _done.split(), _VERBS))
# Words that begin a clause inside what looks like a subject.
_CLAUSE = r"(?!(?:since|that|which|who|and|but|when|while|because|if)\b)"
_OPENING = "The|An?|His|Her|Our|Their"
_REST = rf"(?:\s+{_CLAUSE}[^\s,;:()]+){{1,8}}?"
_SUBJECT = rf"((?i:{_OPENING}){_REST}|[A-Z]\w+(?:\s+(?:of\s+)?[A-Z]\w+)+)"
_WAS_DONE = rf"(was|were)\s+((?:first\s+)?(?:\w{{2,}}ed|{_DONE}))\b([^,;:()]*?)"
_who = re.compile(rf"^\s+({_DID})\s+(.+?)[.;]?$")
_when = re.compile(rf"^{_SUBJECT}\s+{_WAS_DONE}\s+(?:in|on)\s*$")
_dated = re.compile(rf"^,?\s+((?i:{_OPENING}){_REST})\s+{_WAS_DONE}(?=[,.;]|$)")
_many = re.compile(rf"^(?:(?:In|During)\s+(\d{{4}}),?\s+)?{_SUBJECT}\s+({_DOES})\s+$")
_person = re.compile(r"^(?:[A-Z][\w.'’-]*\s+){1,3}[A-Z][\w'’-]+$")
_NO_PERSON = frozenset(["The", "A", "An", "In", "On", "At", "Of", "And"])


def questions_of(sentence: str, figure: str, kind: Kind) -> Iterator[str]:
    """The questions of a sentence that this figure of it answers."""
    before, found, after = " ".join(sentence.split()).partition(figure)
    if not found or len(before) > _LONGEST:
        return
    if kind == "name":
        yield from _about_a_person(before, figure, after)
    elif kind == "date":
        yield from _about_a_time(before, after)
    elif kind == "quantity":
        yield from _about_a_number(before, figure)


def _about_a_person(before: str, name: str, after: str) -> Iterator[str]:
    did = _who.match(after)
    if did and not before and _person.match(name) and name.split()[0] not in _NO_PERSON:
        rest = did[2].split(", ")[0]
        if len(rest) <= _LONGEST:
            yield f"Who {did[1]} {rest}?"


def _about_a_time(before: str, after: str) -> Iterator[str]:
    done = _when.match(before)
    if not done and before in ("In ", "On "):
        done = _dated.match(after)
    if done and len(done[4]) <= _LONGEST:
        yield f"When {done[2]} {_small(done[1])} {done[3]}{done[4]}?"


def _about_a_number(before: str, figure: str) -> Iterator[str]:
    held = _many.match(before)
    _, _, counted = figure.partition(" ")
    if held and counted and not figure.startswith(("$", "€", "£", "¥")):
        do, verb = _VERBS[held[3].lower()].split()
        year = f" in {held[1]}" if held[1] else ""
        yield f"How many {counted} {do} {_small(held[2])} {verb}{year}?"


def _small(subject: str) -> str:
    """The beginning of a sentence inside another: articles small, names as they are."""
    first, space, rest = subject.partition(" ")
    return (first.lower() if re.fullmatch(_OPENING, first) else first) + space + rest
