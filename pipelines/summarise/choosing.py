"""Which sentences make a summary: the worthiest, none that says again what another one says."""

from collections.abc import Sequence

import numpy as np

from pipelines.summarise.central import Floats, Numbers, Words
from pipelines.summarise.length import Length

REPEATED = 2.0  # what a sentence loses that is like one taken (likeness 1), in standard deviations
COVERED = 0.3  # what it loses for each one taken of the same section, or document
TOO_ALIKE = 0.7  # a likeness at which it is never taken

_NEVER = -np.inf


def chosen(
    worth: Floats,
    words: Words,
    sizes: Numbers,
    groups: Sequence[Numbers],
    length: Length,
    repeated: float = REPEATED,
) -> list[int]:
    """The numbers of the sentences taken, in order of choice.

    worth, sizes [N]: how good each sentence is and how many words it has. groups: for each kind of
    group, as sections and documents, the one that each sentence belongs to [N]; a kind of one
    group counts for nothing. The next is taken by its worth less what those taken cost it
    (Carbonell and Goldstein 1998, maximal marginal relevance).
    """
    left = np.inf if length.words is None else float(length.words)
    most = length.sentences or len(worth)
    alike, open_to = np.zeros(len(worth)), worth.astype(np.float64)
    kinds = [kind for kind in groups if len(np.unique(kind)) > 1]
    taken: list[int] = []
    while len(taken) < min(most, len(worth)):
        fits = (sizes <= left) if taken else True
        loss = repeated * alike + COVERED * sum(_taken_of(kind, taken) for kind in kinds)
        best = int(np.argmax(np.where((alike < TOO_ALIKE) & fits, open_to - loss, _NEVER)))
        if open_to[best] == _NEVER or alike[best] >= TOO_ALIKE or (taken and sizes[best] > left):
            break
        taken.append(best)
        left -= sizes[best]
        open_to[best] = _NEVER
        alike = np.maximum(alike, words.likeness(words.of(best)))
    return taken


def _taken_of(kind: Numbers, taken: Sequence[int]) -> Floats:
    """How many of those taken belong to the group of each sentence: [N]."""
    return np.bincount(kind[list(taken)], minlength=int(kind.max()) + 1)[kind].astype(np.float64)


def standard(values: Floats) -> Floats:
    """The same with mean 0 and standard deviation 1; 0 where a value is unknown (nan)."""
    known = values[~np.isnan(values)]
    if not len(known):
        return np.zeros(len(values))
    spread = max(float(known.std()), 1e-9)
    scaled: Floats = np.nan_to_num((values - known.mean()) / spread)
    return scaled
