"""How well answers agree with gold answers, and how sure one may be of a mean.

Exact match and F1 follow SQuAD (Rajpurkar et al. 2016): lower case, no punctuation, no articles.
"""

import random
import re
import string
from collections import Counter
from collections.abc import Sequence
from statistics import fmean

_articles = re.compile(r"\b(a|an|the)\b")
_no_punctuation = str.maketrans("", "", string.punctuation)


def normalised(text: str) -> list[str]:
    """The words of an answer that count."""
    return _articles.sub(" ", text.lower().translate(_no_punctuation)).split()


def exact_match(answer: str, golds: Sequence[str]) -> float:
    """1 where the answer is one of the golds, else 0."""
    return float(any(normalised(answer) == normalised(gold) for gold in golds))


def f1(answer: str, golds: Sequence[str]) -> float:
    """The best harmonic mean of precision and recall over words, 0 to 1."""
    return max((_overlap(answer, gold) for gold in golds), default=0.0)


def _overlap(answer: str, gold: str) -> float:
    ours, theirs = normalised(answer), normalised(gold)
    if not ours or not theirs:
        return float(ours == theirs)
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * shared / (len(ours) + len(theirs))


def contains(sentence: str, golds: Sequence[str]) -> bool:
    """Whether a cited sentence contains a gold answer, case and line ends aside."""
    folded = " ".join(sentence.casefold().split())
    return any(" ".join(gold.casefold().split()) in folded for gold in golds if gold.strip())


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float | None:
    """The chance that a positive scores above a negative, ties half; None without both."""
    if not positives or not negatives:
        return None
    ranked = sorted([(score, 1) for score in positives] + [(score, 0) for score in negatives])
    total, first = 0.0, 0
    while first < len(ranked):
        last = first
        while last < len(ranked) and ranked[last][0] == ranked[first][0]:
            last += 1
        total += sum(kind for _, kind in ranked[first:last]) * (first + last + 1) / 2
        first = last
    n = len(positives)
    return (total - n * (n + 1) / 2) / (n * len(negatives))


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def interval(values: Sequence[float], seed: int = 0, draws: int = 1000) -> tuple[float, float]:
    """The 95 % confidence interval of the mean, by bootstrap over the values."""
    chance = random.Random(seed)
    means = sorted(fmean(chance.choices(values, k=len(values))) for _ in range(draws))
    return means[int(0.025 * draws)], means[int(0.975 * draws) - 1]
