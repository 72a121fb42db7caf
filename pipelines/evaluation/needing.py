"""Which questions the passage that answers does not settle alone, told from the words only.

A question is one of them where a content word of it stands in the text before the passage and not
in the passage itself: who or what it speaks of was named earlier.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from pipelines import lexical
from pipelines.document import Document
from pipelines.evaluation.questions import Item, Told, stored_spans
from pipelines.sentences import Span
from pipelines.split import split


def needing(documents: Sequence[Told], count_tokens: Callable[[str], int]) -> list[Told]:
    """The same documents with those questions only, over passages as readonce cuts them."""
    kept = []
    for document in documents:
        cut = split(Document("", document.text, (0,), (), ()), count_tokens)
        spans = [(each.start, each.start + len(each.text)) for each in cut]
        items = tuple(item for item in document.items if needs_past(item, document.text, spans))
        kept.append(replace(document, items=items))
    return kept


def needs_past(item: Item, text: str, passages: Sequence[Span]) -> bool:
    """Whether no passage with a marked answer holds all that the question speaks of."""
    spans = stored_spans(item, text, text)
    golden = [
        (first, last)
        for first, last in passages
        if any(start < last and first < end for start, end in spans)
    ]
    asked = set(lexical.terms(item.question))
    return bool(golden) and all(_named_before(asked, text, *span) for span in golden)


def _named_before(asked: set[str], text: str, first: int, last: int) -> bool:
    missing = asked - set(lexical.terms(text[first:last]))
    return bool(missing & set(lexical.terms(text[:first])))
