"""In which passages of a scope each word of a question stands."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from storage import fulltext
from storage.records import Posting
from storage.scopes import Scope

MOST_PASSAGES = 100_000
"""Passages looked up for one question: the rarest words first, and the rarest always."""

MOST_WORDS = 256
"""Words of a question that are looked up; what follows adds nothing but time."""

_MOST_SPANS = 64
"""Runs of passages that are looked up one by one; of a more scattered scope, all in between."""


def postings(connection: Connection, scope: Scope, words: Sequence[str]) -> tuple[Posting, ...]:
    """Where each of the words stands, the rarest first; a word that stands nowhere is left out.

    Counts are those of the scope, never of other owners' documents, but for a word whose passages
    are not looked up in a scope of many runs: what lies between the runs is counted then too.
    """
    spans = _spans(scope)
    distinct = list(dict.fromkeys(words))[:MOST_WORDS]
    counts = {word: fulltext.count(connection, word, spans) for word in distinct}
    left = MOST_PASSAGES
    found = []
    for word, count in sorted(counts.items(), key=lambda item: item[1]):
        if count and (count <= left or left == MOST_PASSAGES):
            left -= count
            numbers = scope.inside(fulltext.passages(connection, word, spans))
            if len(numbers):
                found.append(Posting(word, len(numbers), numbers))
        elif count:
            found.append(Posting(word, min(count, scope.size), None))
    return tuple(found)


def _spans(scope: Scope) -> list[tuple[int, int]]:
    if not scope.documents:
        return []
    spans = scope.spans()
    return spans if len(spans) <= _MOST_SPANS else [(spans[0][0], spans[-1][1])]
