"""Which questions the passage that answers does not settle alone, told from the words only.

A question is one of them where a content word of it stands in the text before the passage and not
in the passage itself: who or what it speaks of was named earlier.
"""

from collections.abc import Sequence

from pipelines import lexical
from pipelines.evaluation.questions import Item, stored_spans
from pipelines.sentences import Span


def needs_past(item: Item, text: str, stored: str, passages: Sequence[Span]) -> bool:
    """Whether no passage with a marked answer holds all that the question speaks of."""
    spans = stored_spans(item, text, stored)
    golden = [
        (first, last)
        for first, last in passages
        if any(start < last and first < end for start, end in spans)
    ]
    asked = set(lexical.terms(item.question))
    return bool(golden) and all(_named_before(asked, stored, *span) for span in golden)


def _named_before(asked: set[str], stored: str, first: int, last: int) -> bool:
    missing = asked - set(lexical.terms(stored[first:last]))
    return bool(missing & set(lexical.terms(stored[:first])))
