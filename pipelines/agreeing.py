"""Which answers say the same, and how much surer that makes them."""

from collections.abc import Sequence

from pipelines.metrics import normalised

Group = tuple[tuple[int, ...], float]


def grouped(texts: Sequence[str], sure: Sequence[float]) -> tuple[Group, ...]:
    """The places of answers that are the same, with the confidence in each answer.

    texts come best first and so do the groups. Case, articles and punctuation do not count.
    """
    places: dict[tuple[str, ...], list[int]] = {}
    for number, text in enumerate(texts):
        places.setdefault(tuple(normalised(text)) or (text,), []).append(number)
    return tuple(
        (tuple(numbers), _together([sure[number] for number in numbers]))
        for numbers in places.values()
    )


def _together(sure: Sequence[float]) -> float:
    """The confidence in what is said in several places."""
    return max(sure)
