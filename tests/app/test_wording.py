from __future__ import annotations

import pytest

from app import wording


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 KB"),
        (1_340_000, "1.3 MB"),
        (10**12, "1,000 GB"),
    ],
)
def test_sizes(count: int, words: str) -> None:
    assert wording.size(count) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.04, "under 0.1 s"), (3.14, "3.1 s"), (59.6, "60 s"), (100, "2 min"), (7500, "2 h 5 min")],
)
def test_durations(seconds: float, words: str) -> None:
    assert wording.duration(seconds) == words


def test_page_numbers_are_written_as_runs() -> None:
    assert wording.numbers((1,)) == "1"
    assert wording.numbers((1, 2, 3, 7, 9, 10)) == "1–3, 7, 9–10"
    assert wording.numbers(tuple(range(1, 100, 2))).endswith("…")


def test_pages_without_text_are_told_in_one_sentence() -> None:
    assert wording.without_text((4,), "9 pages").startswith("1 of 9 pages has no text")
    assert wording.without_text((4, 5), "9 pages").startswith("2 of 9 pages have no text")


@pytest.mark.parametrize(
    ("value", "words", "alone"),
    [
        (0.0, "The nearest that was found", False),
        (0.24, "The nearest that was found", False),
        (0.25, "This may be the answer", False),
        (0.49, "This may be the answer", False),
        (0.496, "Probably", True),
        (0.79, "Probably", True),
        (0.8, "Very likely", True),
        (1.0, "Very likely", True),
    ],
)
def test_every_confidence_has_words(value: float, words: str, alone: bool) -> None:
    assert wording.how_sure(value).startswith(words)
    assert wording.stands_alone(value) is alone
