"""How long a summary may be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Length:
    """At most so many sentences and at most so many words, where they are given.

    At least one sentence is chosen, however many words it has; raises ValueError below one.
    """

    sentences: int | None = None
    words: int | None = None

    def __post_init__(self) -> None:
        given = [count for count in (self.sentences, self.words) if count is not None]
        if not given or min(given) < 1:
            raise ValueError(f"a length of {self.sentences} sentences and {self.words} words")


NAMED = {
    "short": Length(sentences=3),
    "medium": Length(sentences=8),
    "long": Length(sentences=20),
}
"""What a person may ask for by name."""

MEDIUM = NAMED["medium"]
