"""How the evidence for a sentence becomes one number, and that number a confidence."""

import math
from dataclasses import dataclass, replace

from pipelines.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Mixture:
    """How evidence becomes one score.

    odds · reader + shared · sentence + around · passage + likeness · meaning, less `kind` where a
    sentence lacks the kind of answer that is asked for. Confidence is the logistic function of
    slope · score + offset; below `found` nothing is claimed. Fitted with the weights on documents
    that were never trained on (python -m training mixture). `label` decides between rows of tables
    only (rank).
    """

    reader: float = 1.0
    sentence: float = 0.33
    passage: float = 1.31
    meaning: float = 0.29
    kind: float = 0.03
    label: float = 2.0
    slope: float = 0.1084
    offset: float = -1.2383
    found: float = 0.42

    def score(self, evidence: Evidence) -> float:
        """One number for a sentence; higher is better."""
        return (
            self.reader * evidence.odds
            + self.sentence * evidence.shared
            + self.passage * evidence.around
            + self.meaning * evidence.likeness
            - self.kind * evidence.lacks
        )

    def rank(self, evidence: Evidence) -> float:
        """What decides between pieces of evidence: more for a row that is called as is asked.

        That makes none of them surer.
        """
        return self.score(evidence) + self.label * evidence.named

    def confidence(self, score: float) -> float:
        """The chance that a sentence of this score holds the answer, 0 to 1."""
        return 0.5 + 0.5 * math.tanh(0.5 * (self.slope * score + self.offset))


SHIPPED = Mixture()
WORDS_ONLY = replace(SHIPPED, reader=0.0, meaning=0.0, kind=0.0, found=0.2)
"""For questions in a language that the reader does not know: see _covered."""
