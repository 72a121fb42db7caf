"""Facts hidden at depths of a filler text, and how many of them are found and cited.

A text carries many facts, the ten of a template always together; a short one carries few, so that
several texts of it are read.
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from pipelines import metrics
from pipelines.answer import Answer
from pipelines.evaluation.facts import EACH, Fact
from pipelines.evaluation.outcomes import Figures, hundred
from pipelines.sentences import Span

TOKENS_EACH = 500  # of a text for each fact in it, at least
APART = 1_200  # characters between facts at one depth, where there is room

_SENTENCE_END = re.compile(r"[.!?][\"'”’)\]]*\s+")


@dataclass(frozen=True, slots=True)
class Hidden:
    """A text of a length in tokens, and the facts in it: each with its depth and its place."""

    tokens: int
    text: str
    facts: tuple[tuple[Fact, float, Span], ...]


@dataclass(frozen=True, slots=True)
class Sought:
    """What a question for a hidden fact came to.

    retrieved: by each ranking of passages, whether that of the fact is among those read again.
    """

    tokens: int
    depth: float
    fact: Fact
    found: bool
    cited: bool
    retrieved: Mapping[str, bool]


Seek = Callable[[str, Span], tuple[Answer, Mapping[str, bool]]]
"""A question and where its fact stands: the answer, and by which rankings it was retrieved."""


def hidden(
    fillers: Mapping[int, str], facts: Sequence[Fact], depths: Sequence[float], seed: int
) -> Iterator[Hidden]:
    """Texts with the facts, for each length in tokens as many as it takes.

    fillers: the text of each length. depths: 0 to 1.
    """
    for tokens, filler in fillers.items():
        groups = [facts[first : first + EACH] for first in range(0, len(facts), EACH)]
        carried = max(1, tokens // TOKENS_EACH // EACH)
        for first in range(0, len(groups), carried):
            some = [fact for group in groups[first : first + carried] for fact in group]
            yield _planted(tokens, filler, some, depths, random.Random(f"{seed} {tokens} {first}"))


def _planted(
    tokens: int, filler: str, facts: Sequence[Fact], depths: Sequence[float], chance: random.Random
) -> Hidden:
    """The facts in the filler, spread over the depths by chance, at ends of sentences."""
    pieces: list[str] = []
    found = []
    before = written = 0
    for place, depth, fact in _placed(filler, chance.sample(facts, len(facts)), depths):
        start = written + place - before + (1 if place == len(filler) else 0)
        pieces += [filler[before:place], " " if place == len(filler) else "", fact.sentence, " "]
        written = start + len(fact.sentence) + 1
        found.append((fact, depth, (start, written - 1)))
        before = place
    return Hidden(tokens, "".join([*pieces, filler[before:]]), tuple(found))


def _placed(
    filler: str, facts: Sequence[Fact], depths: Sequence[float]
) -> list[tuple[int, float, Fact]]:
    """Where in the filler each fact goes, in order; those of one depth one after another."""
    apart = min(APART, len(filler) // (len(facts) + 1))
    placed = []
    for number, depth in enumerate(depths):
        some = facts[number :: len(depths)]
        room = apart * len(some)
        first = min(max(0, round(depth * len(filler)) - room // 2), len(filler) - room)
        placed += [(first + apart * n, depth, fact) for n, fact in enumerate(some)]
    placed.sort(key=lambda each: each[0])
    return [(_sentence_end(filler, place), depth, fact) for place, depth, fact in placed]


def _sentence_end(filler: str, place: int) -> int:
    """The next place between two sentences; the very beginning is one."""
    if place == 0:
        return 0
    after = _SENTENCE_END.search(filler, place)
    return after.end() if after else len(filler)


def sought(text: Hidden, seek: Seek) -> Iterator[Sought]:
    """Ask for every fact of a text that was read."""
    for fact, depth, span in text.facts:
        answer, retrieved = seek(fact.question, span)
        first = answer.citations[:1]
        cited = any(c.sentence_start < span[1] and span[0] < c.sentence_end for c in first)
        found = metrics.contains(answer.text, [fact.answer])
        yield Sought(text.tokens, depth, fact, found, cited, retrieved)


def report(outcomes: Sequence[Sought]) -> dict[str, Any]:
    """Fractions found, cited and retrieved, 0 to 100 with 95 % intervals (Wilson 1927).

    results: for each length, depth and kind of fact; lengths: over all depths.
    """
    return {
        "facts": len(outcomes),
        "lengths": [
            {"tokens": tokens, "kind": kind, **_fractions(those)}
            for (tokens, kind), those in _grouped(outcomes, lambda o: (o.tokens, o.fact.kind))
        ],
        "results": [
            {"tokens": tokens, "depth": depth, "kind": kind, **_fractions(those)}
            for (tokens, depth, kind), those in _grouped(
                outcomes, lambda o: (o.tokens, o.depth, o.fact.kind)
            )
        ],
    }


def _grouped(
    outcomes: Sequence[Sought], key: Callable[[Sought], tuple[Any, ...]]
) -> list[tuple[tuple[Any, ...], list[Sought]]]:
    groups: dict[tuple[Any, ...], list[Sought]] = {}
    for outcome in outcomes:
        groups.setdefault(key(outcome), []).append(outcome)
    return sorted(groups.items(), key=lambda group: group[0])


def _fractions(outcomes: Sequence[Sought]) -> Figures:
    told: Figures = {"facts": len(outcomes)}
    told |= fraction("found", [outcome.found for outcome in outcomes])
    told |= fraction("cited", [outcome.cited for outcome in outcomes])
    rankings = dict.fromkeys(name for outcome in outcomes for name in outcome.retrieved)
    told["retrieved"] = {}
    for name in rankings:
        told["retrieved"] |= fraction(name, [outcome.retrieved[name] for outcome in outcomes])
    return told


def fraction(name: str, values: Sequence[bool]) -> Figures:
    """How many of the values are true, 0 to 100, with the interval of Wilson."""
    low, high = wilson(sum(values), len(values))
    share = sum(values) / len(values)
    return {name: hundred(share), f"{name}_interval": [hundred(low), hundred(high)]}


def wilson(right: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share of so many, 0 to 1: narrow nowhere, also where all are right."""
    z = 1.959964
    share = right / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    reach /= 1 + z * z / count
    return max(0.0, middle - reach), min(1.0, middle + reach)
