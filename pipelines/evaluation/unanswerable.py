"""Questions made unanswerable: asked of a related document, or of one without what answers them.

Half of the answerable questions, drawn by a seed, are made so; the others are asked as they are.
"""

import random
from collections.abc import Callable, Iterator, Sequence

from pipelines import lexical, metrics
from pipelines.evaluation.questions import Item, Told, stored_spans
from pipelines.sentences import Span

MOST_REMOVED = 0.25  # of a document's passages at once, where several questions share a reading


def drawn(documents: Sequence[Told], seed: int) -> set[tuple[int, int]]:
    """The places (document, question) of half of the answerable questions."""
    places = [
        (number, place)
        for number, document in enumerate(documents)
        for place, item in enumerate(document.items)
        if item.golds and not item.unanswerable
    ]
    return set(random.Random(seed).sample(places, len(places) // 2))


def related(documents: Sequence[Told]) -> Callable[[int, Item], int | None]:
    """Which other document a question of a document is asked of: the one whose words fit best.

    None of the golds may stand in it; None where there is no such document.
    """
    terms = [lexical.terms(f"{document.title}\n{document.text}") for document in documents]
    weights = lexical.rarity(lexical.document_counts(terms), len(terms))

    def choose(own: int, item: Item) -> int | None:
        scores = lexical.bm25(lexical.terms(item.question), terms, weights)
        for number in sorted(range(len(documents)), key=lambda number: -scores[number]):
            other = documents[number].text
            if number != own and not metrics.contains(other, item.golds):
                return number
        return None

    return choose


def without_golds(
    document: Told, stored: str, passages: Sequence[Span], items: Sequence[Item]
) -> Iterator[tuple[str, tuple[Item, ...]]]:
    """Texts without the passages that answer, and the questions to ask of each.

    A passage answers where a marked gold stands in it, or any gold where none is marked. Questions
    share a text while no more than MOST_REMOVED of the passages are gone. Where no passage is
    known to answer, or none would be left, the text is empty.
    """
    gone: set[int] = set()
    sharing: list[Item] = []
    most = max(1, int(MOST_REMOVED * len(passages)))
    for item in items:
        golden = _golden(item, document.text, stored, passages)
        if not golden or len(golden) == len(passages):
            yield "", (item,)
            continue
        if sharing and len(gone | golden) > most:
            yield _left(stored, passages, gone), tuple(sharing)
            gone, sharing = set(), []
        gone |= golden
        sharing.append(item)
    if sharing:
        yield _left(stored, passages, gone), tuple(sharing)


def _golden(item: Item, text: str, stored: str, passages: Sequence[Span]) -> set[int]:
    """The numbers of the passages that answer."""
    spans = stored_spans(item, text, stored)
    if spans:
        return {
            number
            for number, (first, last) in enumerate(passages)
            if any(start < last and first < end for start, end in spans)
        }
    return {
        number
        for number, (first, last) in enumerate(passages)
        if metrics.contains(stored[first:last], item.golds)
    }


def _left(stored: str, passages: Sequence[Span], gone: set[int]) -> str:
    return "".join(stored[a:b] for number, (a, b) in enumerate(passages) if number not in gone)
