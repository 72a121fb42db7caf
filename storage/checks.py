"""Looking through the library's rows for damage: nothing here writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from sqlalchemy import Connection, Table, func, select

from storage import seals, state_checks, text_checks
from storage.damage import Damage, Expected, Kind, guarded
from storage.schema import (
    document,
    metadata,
    original,
)
from storage.talk import checks as talk_checks
from storage.work import checks as job_checks

_Check = Callable[[Connection, Expected], Iterable[Damage]]


def of_document(connection: Connection, each: Expected) -> Iterator[Damage]:
    """Everything that is wrong with the rows of one document."""
    checks: tuple[tuple[Kind, _Check], ...] = (
        ("document", text_checks.facts_damage),
        ("passage", text_checks.passages_damage),
        ("layout", text_checks.layout_damage),
        ("original", text_checks.original_damage),
        ("progress", state_checks.progress_damage),
        ("checkpoint", state_checks.checkpoints_damage),
        ("snapshot", state_checks.snapshots_damage),
        ("anchor", state_checks.anchors_damage),
        ("embedding", state_checks.embeddings_damage),
        ("conversation", _conversations),
        ("backdrop", _backdrops),
        ("salience", state_checks.saliences_damage),
    )
    for kind, check in checks:
        yield from guarded(partial(check, connection, each), each.damage(kind, "rows"))


def _conversations(connection: Connection, each: Expected) -> Iterator[Damage]:
    for found in talk_checks.of_document(connection, each.id):
        yield each.damage(found.kind, found.place)


def _backdrops(connection: Connection, each: Expected) -> Iterator[Damage]:
    for found in talk_checks.backdrops_of(connection, each.id):
        yield each.damage(found.kind, found.place)


def _untied(connection: Connection) -> Iterator[Damage]:
    for found in talk_checks.untied(connection):
        yield Damage(found.kind, found.place)


def _jobs(connection: Connection) -> Iterator[Damage]:
    return (Damage("job", place) for place in job_checks.damaged(connection))


def _workers(connection: Connection) -> Iterator[Damage]:
    return (Damage("worker", place) for place in job_checks.damaged_marks(connection))


def of_library(connection: Connection) -> Iterator[Damage]:
    """Rows that belong to no document, damaged seals, jobs and workers."""
    _, damaged = seals.all_sound(connection)
    for number in damaged:
        row = connection.execute(
            select(document.c.id, document.c.title).where(document.c.number == number)
        ).one_or_none()
        if row is None:
            yield Damage("seal", f"the seal {number}")
    yield from guarded(lambda: _orphans(connection), Damage("orphan", "rows"))
    yield from guarded(lambda: _untied(connection), Damage("conversation", "conversations"))
    yield from guarded(lambda: _jobs(connection), Damage("job", "the work that waits"))
    yield from guarded(lambda: _workers(connection), Damage("worker", "a worker's mark"))


def _orphans(connection: Connection) -> Iterator[Damage]:
    for table in metadata.sorted_tables:
        for condition in orphaned(table):
            count = connection.scalar(select(func.count()).select_from(table).where(condition))
            if count:
                yield Damage("orphan", f"{count} of {table.name}")


def orphaned(table: Table) -> Iterator[Any]:
    """Conditions on a table's rows that are true of those which lead nowhere."""
    for key in table.foreign_keys:
        target = key.column
        if target is original.c.content_hash:
            continue  # a document without its original is not nothing, and is named by its title
        yield key.parent.is_not(None) & key.parent.not_in(select(target))
    if table is original:
        yield original.c.content_hash.not_in(select(document.c.content_hash))
