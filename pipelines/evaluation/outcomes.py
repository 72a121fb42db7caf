"""What questions came to, and the figures over many of them, 0 to 100."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Literal

import numpy as np

from pipelines import metrics
from pipelines.bootstrap import bootstrapped, interval
from pipelines.sentences import Span

Kind = Literal["answerable", "official", "removed", "related"]

Cited = tuple[str, int, int]  # a sentence, its start and its end in the text
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; found: whether it claims to be one; cited: sentences, best first."""

    text: str
    found: bool
    cited: tuple[Cited, ...]
    confidence: float
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one question came to; golds and spans are empty where there is no answer.

    kind: answerable, or why not: official says that the file has it so. replies: by whom or what;
    none where the question could not be asked.
    """

    kind: Kind
    golds: tuple[str, ...]
    spans: tuple[Span, ...]
    replies: dict[str, Reply]


Score = Callable[[Outcome, Reply], float]


def exact_match(outcome: Outcome, reply: Reply) -> float:
    return metrics.exact_match(reply.text, outcome.golds)


def f1(outcome: Outcome, reply: Reply) -> float:
    return metrics.f1(reply.text, outcome.golds)


def hit_at_1(outcome: Outcome, reply: Reply) -> float:
    return float(any(metrics.contains(text, outcome.golds) for text, *_ in reply.cited[:1]))


def hit_at_3(outcome: Outcome, reply: Reply) -> float:
    return float(any(metrics.contains(text, outcome.golds) for text, *_ in reply.cited[:3]))


def overlap_at_1(outcome: Outcome, reply: Reply) -> float:
    return float(
        any(
            start < last and first < end
            for _, start, end in reply.cited[:1]
            for first, last in outcome.spans
        )
    )


SCORES: dict[str, Score] = {
    "exact_match": exact_match,
    "f1": f1,
    "citation_hit_at_1": hit_at_1,
    "citation_hit_at_3": hit_at_3,
    "citation_overlap_at_1": overlap_at_1,
}


def scored(outcomes: Sequence[Outcome], who: str, name: str) -> list[float]:
    """One score, 0 to 1, of each answerable question; of those with marked answers for overlap."""
    score = SCORES[name]
    return [
        score(outcome, outcome.replies[who])
        for outcome in outcomes
        if outcome.kind == "answerable" and (outcome.spans or score is not overlap_at_1)
    ]


def figures(outcomes: Sequence[Outcome], who: str, seed: int) -> Figures:
    """Every figure of one of those who replied, each with its 95 % interval."""
    found: Figures = {}
    for name in SCORES:
        found |= mean(name, scored(outcomes, who, name), seed)
    sure = [o.replies[who].confidence for o in outcomes if o.kind == "answerable"]
    unsure = [o.replies[who].confidence for o in outcomes if o.kind != "answerable"]
    seconds = [o.replies[who].seconds for o in outcomes]
    taken = [each for each in seconds if each is not None]
    found |= separation("abstention_auroc", sure, unsure, seed)
    found |= _at("answer_seconds_median", taken, 0.5, seed)
    found |= _at("answer_seconds_p95", taken, 0.95, seed)
    return found


def mean(name: str, values: Sequence[float], seed: int) -> Figures:
    """A mean of values, 0 to 1, as 0 to 100 with its interval; None without values."""
    if not values:
        return {name: None}
    return {name: hundred(fmean(values)), f"{name}_interval": _hundreds(interval(values, seed))}


def differences(outcomes: Sequence[Outcome], who: str, other: str, seed: int) -> Figures:
    """How much better one is than another on the same questions, with paired intervals."""
    found: Figures = {}
    for name in SCORES:
        pairs = zip(scored(outcomes, who, name), scored(outcomes, other, name), strict=True)
        found |= mean(name, [ours - theirs for ours, theirs in pairs], seed)
    return found


def separation(name: str, sure: Sequence[float], unsure: Sequence[float], seed: int) -> Figures:
    """The AUROC of confidence on questions with an answer against those without."""
    if not sure or not unsure:
        return {name: None}

    def auroc(groups: Sequence[Any]) -> float:
        return metrics.auroc(groups[0], groups[1]) or 0.0

    groups = [np.asarray(sure), np.asarray(unsure)]
    low_high = _hundreds(bootstrapped(groups, auroc, seed))
    return {name: hundred(auroc(groups)), f"{name}_interval": low_high}


def _at(name: str, values: Sequence[float], share: float, seed: int) -> Figures:
    """A percentile of values with its interval."""
    if not values:
        return {name: None}

    def figure(groups: Sequence[Any]) -> float:
        return metrics.percentile(groups[0].tolist(), share)

    low, high = bootstrapped([np.asarray(values)], figure, seed)
    found = metrics.percentile(values, share)
    return {name: round(found, 4), f"{name}_interval": [round(low, 4), round(high, 4)]}


def hundred(value: float) -> float:
    """0 to 1 as 0 to 100, rounded."""
    return round(100 * value, 2)


def _hundreds(low_high: tuple[float, float]) -> list[float]:
    return [hundred(low_high[0]), hundred(low_high[1])]
