"""Windows that share words with a question but do not answer it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

NEGATIVES = 8
SAME_DOCUMENT_BONUS = 1.5


@dataclass(frozen=True, slots=True)
class Window:
    """A window of a document: its case-folded text and the stems of its tokens."""

    document: int
    text: str
    stem: npt.NDArray[np.int32]


class WindowIndex:
    """Rank windows by the rare stems they share with a question."""

    def __init__(self, windows: Sequence[Window]) -> None:
        self._windows = windows
        self._documents = np.asarray([window.document for window in windows])
        holding: dict[int, list[int]] = defaultdict(list)
        for number, window in enumerate(windows):
            for stem in np.unique(window.stem).tolist():
                holding[stem].append(number)
        holding.pop(0, None)
        self._holding = {stem: np.asarray(numbers) for stem, numbers in holding.items()}

    def scores(self, stems: npt.NDArray[np.int32], document: int) -> npt.NDArray[np.float64]:
        """Score every window; those of the document asked about stand a little higher."""
        total = np.where(self._documents == document, SAME_DOCUMENT_BONUS, 0.0)
        for stem in np.unique(stems).tolist():
            numbers = self._holding.get(stem)
            if numbers is not None:
                total[numbers] += np.log(1 + len(self._windows) / len(numbers))
        return total

    def alike(
        self,
        stems: npt.NDArray[np.int32],
        document: int,
        answers: Sequence[str],
        apart_from: Collection[int],
    ) -> list[int]:
        """Give the numbers of the NEGATIVES best windows without an answer, -1 where none is left.

        Windows of the documents in apart_from are left out.
        """
        folded = [answer.strip().casefold() for answer in answers]
        chosen: list[int] = []
        for number in np.argsort(-self.scores(stems, document), kind="stable").tolist():
            window = self._windows[number]
            if window.document in apart_from or any(answer in window.text for answer in folded):
                continue
            chosen.append(number)
            if len(chosen) == NEGATIVES:
                break
        return chosen + [-1] * (NEGATIVES - len(chosen))
