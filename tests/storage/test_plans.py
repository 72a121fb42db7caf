"""How SQLite finds what is asked of a large library: by which indexes, in how many statements.

Without figures about the data SQLite plans for every library alike, so a small one shows the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from storage.database.sqlite import SqliteDatabase
from storage.library import Library
from storage.schema.readings import anchor, backdrop, checkpoint, embedding, salience, snapshot
from tests.storage.making import WEIGHTS, add

Said = tuple[str, Any]


@contextmanager
def statements(library: Library) -> Iterator[list[Said]]:
    """What is asked of the database meanwhile, but for the beginning of transactions."""
    said: list[Said] = []

    def note(_c: object, _u: object, statement: str, values: Any, *_: object) -> None:  # noqa: ANN401
        if not statement.startswith(("BEGIN", "PRAGMA")):
            said.append((statement, values))

    event.listen(library._database.engine, "before_cursor_execute", note)
    yield said
    event.remove(library._database.engine, "before_cursor_execute", note)


def plan(library: Library, said: Said) -> list[str]:
    """The steps of a statement, in SQLite's words."""
    statement, values = said
    assert isinstance(library._database, SqliteDatabase)
    with library._database.reading() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    return [row.detail for row in rows]


def test_a_list_is_one_statement_that_visits_no_state(
    library_file: object, library: Library
) -> None:
    record = add(library, "one", "two")
    with statements(library) as said:
        assert library.list("ann") == (record,)
    assert len(said) == 1
    steps = plan(library, said[0])
    for table in (snapshot, checkpoint, anchor, embedding, salience, backdrop):
        visits = [step for step in steps if f" {table.name} " in f"{step} "]
        assert visits
        assert all(step.startswith(f"SEARCH {table.name} USING COVERING") for step in visits)


ASKED: dict[str, tuple[Callable[[Library, str], object], list[str]]] = {
    # A walk through the documents, and for each one look at an index.
    "scope": (
        lambda library, _: library.scope("ann"),
        ["SCAN document", "SEARCH passage USING COVERING INDEX"],
    ),
    "embeddings of all": (
        lambda library, _: library.embedding_runs("ann", WEIGHTS),
        ["SCAN embedding USING COVERING INDEX", "SEARCH document USING INDEX"],
    ),
    # No walk through anything.
    "passages": (
        lambda library, _: library.passages_numbered("ann", range(1, 300)),
        ["SEARCH passage USING INTEGER PRIMARY KEY", "SEARCH document USING INDEX"],
    ),
    "documents": (
        lambda library, name: library.some("ann", [name]),
        ["SEARCH document USING INDEX"],
    ),
    "documents put away": (
        lambda library, _: library.shelf.sweep(timedelta(1)),
        ["SEARCH document USING INDEX document_put_away_at"],
    ),
    "versions": (
        lambda library, name: library.unread_versions("ann"),
        ["SEARCH document USING INDEX"],
    ),
}


@pytest.mark.parametrize("what", ASKED)
def test_a_search_of_all_walks_through_documents_once_and_never_through_passages(
    library_file: object, library: Library, what: str
) -> None:
    record = add(library, "one", "two", "three")
    ask, expected = ASKED[what]
    with statements(library) as said:
        ask(library, record.id)
    assert len(said) == 1
    steps = [step for step in plan(library, said[0]) if step.startswith(("SCAN", "SEARCH"))]
    assert len(steps) >= len(expected)
    for step, start in zip(steps, expected, strict=False):
        assert step.startswith(start)
