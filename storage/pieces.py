"""Which passages of a scope hold pieces of words: every text is looked through.

For languages that the full-text index cannot serve, because their words are not parted by spaces
or change inside. The time grows with the text of the scope, about a second for 10 MB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from sqlalchemy import Connection, select

from storage.records import Posting
from storage.schema import passage
from storage.scopes import Numbers, Scope

_AT_ONCE = 1_000  # passages in memory


def postings_of_pieces(
    connection: Connection, scope: Scope, pieces: Sequence[str], fold: Callable[[str], str]
) -> tuple[Posting, ...]:
    """Where each of the pieces stands in the folded texts, the rarest first.

    A piece that stands nowhere is left out.
    """
    held: dict[str, list[int]] = {piece: [] for piece in pieces}
    for number, text in _texts(connection, scope):
        folded = fold(text)
        for piece, numbers in held.items():
            if piece in folded:
                numbers.append(number)
    found = [_posting(scope, piece, numbers) for piece, numbers in held.items()]
    return tuple(sorted((each for each in found if each.count), key=lambda each: each.count))


def _posting(scope: Scope, piece: str, numbers: Sequence[int]) -> Posting:
    inside: Numbers = scope.inside(np.asarray(numbers, dtype=np.int64))
    return Posting(piece, len(inside), inside)


def _texts(connection: Connection, scope: Scope) -> Iterator[tuple[int, str]]:
    """The number and text of each passage between the first and the last of each run."""
    for first, last in scope.spans() if scope.documents else ():
        for start in range(first, last + 1, _AT_ONCE):
            end = min(start + _AT_ONCE - 1, last)
            rows = connection.execute(
                select(passage.c.id, passage.c.text)
                .where(passage.c.id.between(start, end))
                .order_by(passage.c.id)
            )
            yield from ((row.id, row.text) for row in rows)
