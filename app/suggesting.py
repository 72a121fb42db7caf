"""First questions to a document, made by a plain rule from its own headings and figures.

Nothing is invented: a heading becomes "What is said about …?", a date "What happened in …?", a
name "Who or what is …?". Headings that name no subject, such as Introduction, are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest

from pipelines.summarise.figures import Figure

MOST = 4
_LONGEST = 60
_NUMBER = re.compile(
    r"^(?:chapter|part|section|appendix)?\s*[\divxlc]*[.:)]?[\d.]*\s*[-–—:.]?\s+", re.I
)
_subjectless_words = """
    abstract acknowledgements acknowledgments appendix appendices background bibliography
    conclusion conclusions contents discussion figures foreword glossary index introduction notes
    overview preface references results summary tables
"""
_SUBJECTLESS = frozenset(_subjectless_words.split())


def suggested(headings: Sequence[str], figures: Sequence[Figure]) -> tuple[str, ...]:
    """At most MOST questions, of each kind in turn."""
    kinds = [
        _about(headings),
        (f"Who or what is {f.text}?" for f in figures if f.kind == "name" and " " in f.text),
        (f"What happened in {f.text}?" for f in figures if f.kind == "date"),
    ]
    in_turn = chain.from_iterable(zip_longest(*kinds))
    return tuple(dict.fromkeys(each for each in in_turn if each))[:MOST]


def _about(headings: Sequence[str]) -> Iterator[str]:
    for heading in headings[1:] or headings:  # the first one is the title, as a rule
        subject = _NUMBER.sub("", " ".join(heading.split()), count=1).strip(" .:")
        words = re.findall(r"\w+", subject)
        if 1 <= len(words) <= 8 and len(subject) <= _LONGEST and _names_something(words):
            yield f"What is said about {_inside(subject)}?"


def _names_something(words: Sequence[str]) -> bool:
    subject = [word for word in words if word.casefold() not in _SUBJECTLESS]
    return any(len(word) > 3 and word.isalpha() for word in subject) and len(words) < 9


def _inside(subject: str) -> str:
    """A heading as it stands inside a sentence: small where only its first letter is large."""
    first, _, rest = subject.partition(" ")
    small = first[:1].isupper() and first[1:].islower() and rest == rest.lower() and rest != ""
    return subject[:1].lower() + subject[1:] if small else subject
