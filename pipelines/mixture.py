"""How the evidence for a sentence becomes one number, and that number a confidence."""

import math
from dataclasses import dataclass, replace

from pipelines.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Mixture:
    """How evidence becomes one score.

    odds · reader + shared · sentence + before · preceding + around · passage + likeness · meaning.
    Confidence is the logistic function of slope · (score + around · trust) + offset: the words of a
    passage say more of whether there is an answer than of which sentence holds it. Below `found`
    nothing is claimed. Fitted with the weights on documents that were never trained on (python -m
    training mixture). `label` decides between rows of tables only (rank).
    """

    reader: float = 1.0
    sentence: float = 0.45
    preceding: float = 0.16
    passage: float = 0.56
    meaning: float = 0.06
    label: float = 2.0
    trust: float = 0.265
    slope: float = 0.157
    offset: float = -1.3561
    found: float = 0.38

    def score(self, evidence: Evidence) -> float:
        """One number for a sentence; higher is better."""
        return (
            self.reader * evidence.odds
            + self.sentence * evidence.shared
            + self.preceding * evidence.before
            + self.passage * evidence.around
            + self.meaning * evidence.likeness
        )

    def rank(self, evidence: Evidence) -> float:
        """What decides between pieces of evidence: more for a row that is called as is asked.

        That makes none of them surer.
        """
        return self.score(evidence) + self.label * evidence.named

    def confidence(self, evidence: Evidence) -> float:
        """The chance that a sentence holds the answer, 0 to 1."""
        return self.chance(self.score(evidence), evidence.around)

    def chance(self, score: float, around: float) -> float:
        """The same of a sentence of this score, from a passage of these words."""
        return 0.5 + 0.5 * math.tanh(
            0.5 * (self.slope * (score + self.trust * around) + self.offset)
        )


SHIPPED = Mixture()
WORDS_ONLY = replace(SHIPPED, reader=0.0, meaning=0.0, found=0.2)
"""For questions in a language that the reader does not know: see _covered."""
