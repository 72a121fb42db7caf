"""In which passages of a scope each word of a question, or each piece of one, stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from sqlalchemy import Connection

from storage import fulltext
from storage.fulltext import pieces
from storage.fulltext.kinds import Kind
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
    return tuple(_looked_up(connection, "words", scope, words))


def postings_of_pieces(connection: Connection, scope: Scope, asked: str) -> tuple[Posting, ...]:
    """Where each piece of the words of a question stands, the rarest first.

    Of an English passage the index of pieces holds little; there a piece stands where the whole
    word does.
    """
    found: dict[str, list[Posting]] = {}
    for posting in _looked_up(connection, "pieces", scope, pieces.pieces(asked)):
        found.setdefault(posting.word, []).append(posting)
    for posting in _looked_up(connection, "words", scope, pieces.words(asked)):
        for piece in set(pieces.pieces(posting.word)):
            found.setdefault(piece, []).append(posting)
    return tuple(sorted(_together(scope, found), key=lambda posting: posting.count))


def _looked_up(
    connection: Connection, kind: Kind, scope: Scope, words: Sequence[str]
) -> Iterator[Posting]:
    spans = _spans(scope)
    distinct = list(dict.fromkeys(words))[:MOST_WORDS]
    found: list[Posting] = []
    for word in distinct:
        numbers = fulltext.passages(connection, kind, word, spans, MOST_PASSAGES + 1)
        if len(numbers) <= MOST_PASSAGES:
            found.append(Posting(word, len(numbers), numbers))
        else:
            count = fulltext.count(connection, kind, word, spans)
            found.append(Posting(word, count, None))
        found = _affordable(found)
    for first, held in enumerate(found):
        if first == 0 and held.numbers is None:
            numbers = fulltext.passages(connection, kind, held.word, spans, held.count)
            held = replace(held, numbers=numbers)
        yield from _within(scope, held)


def _affordable(found: Sequence[Posting]) -> list[Posting]:
    """The rarest words first, with the passages of as many as may be listed."""
    left = MOST_PASSAGES
    kept = []
    for posting in sorted(found, key=lambda posting: posting.count):
        left -= posting.count
        if posting.count:
            kept.append(posting if left >= 0 else replace(posting, numbers=None))
    return kept


def _within(scope: Scope, held: Posting) -> Iterator[Posting]:
    """The posting as it is in a scope, if its word stands there."""
    if held.numbers is None:
        yield replace(held, count=min(held.count, scope.size))
    elif len(numbers := scope.inside(held.numbers)):
        yield replace(held, count=len(numbers), numbers=numbers)


def _together(scope: Scope, found: Mapping[str, Sequence[Posting]]) -> Iterator[Posting]:
    """One posting for each piece; without its passages where it is too common in one index."""
    for piece, some in found.items():
        listed = [each.numbers for each in some if each.numbers is not None]
        if len(listed) < len(some):
            yield Posting(piece, min(sum(each.count for each in some), scope.size), None)
        else:
            numbers = np.unique(np.concatenate(listed))
            yield Posting(piece, len(numbers), numbers)


def _spans(scope: Scope) -> list[tuple[int, int]]:
    if not scope.documents:
        return []
    spans = scope.spans()
    return spans if len(spans) <= _MOST_SPANS else [(spans[0][0], spans[-1][1])]
