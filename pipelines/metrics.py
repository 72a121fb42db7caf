"""How well answers agree with gold answers, and how well confidence tells them apart.

Exact match and F1 follow SQuAD (Rajpurkar et al. 2016): lower case, no punctuation, no articles.
"""

import re
import string
from collections import Counter
from collections.abc import Sequence

import numpy as np

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
    if not len(positives) or not len(negatives):
        return None
    ordered = np.sort(np.asarray(negatives, dtype=np.float64))
    below = np.searchsorted(ordered, positives, side="left")
    not_above = np.searchsorted(ordered, positives, side="right")
    return float((below + not_above).mean() / (2 * len(ordered)))


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
