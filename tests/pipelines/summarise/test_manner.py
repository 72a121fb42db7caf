"""Sentences that lean, point elsewhere or hedge come after those that say something themselves."""

from __future__ import annotations

import pytest

from pipelines.summarise.manner import HEDGED, LEANING, OPENING, POINTING, RESULT, TELLING, manner


@pytest.mark.parametrize(
    ("sentence", "before", "expected"),
    [
        ("The mill ground corn.", "", 0.0),
        ("However, the mill stood.", "", LEANING),
        ("Italy was far.", "", 0.0),
        ("The mill is told of in Note 3.", "", POINTING + TELLING),
        ("The mill may fall.", "", HEDGED),
        ("In May the mill fell.", "", 0.0),
        ("The mill ground 300 tons.", "", TELLING),
        ("Losses can adversely affect the mill.", "", HEDGED),
        ("Sales of the mill grew by 7%.", "", RESULT + TELLING),
        ("The mill ground corn.", "The flood came.\n\nOf mills\n", OPENING),
        ("The mill ground corn.", "## 2.1 Of mills\n\n", OPENING),
        ("The mill ground corn.", "The flood came.\n", 0.0),
        ("The mill ground corn.", "the flood that came\n", 0.0),
        ("The mill ground corn.", "Of mills ", 0.0),
    ],
)
def test_each_manner_has_its_price(sentence: str, before: str, expected: float) -> None:
    assert manner(sentence, before) == pytest.approx(expected)
