"""Looking through the library's rows for damage: nothing here writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select

from storage import seals
from storage.checksums import checksum
from storage.damage import Damage, Expected, Kind, guarded
from storage.passage_checks import passage_damage
from storage.schema import (
    anchor,
    checkpoint,
    document,
    embedding,
    layout,
    original,
    passage,
    snapshot,
)

_Check = Callable[[Connection, Expected], Iterable[Damage]]


def expected(connection: Connection, owner: str) -> tuple[Expected, ...]:
    """The owner's documents by their seals and their rows, in the order of arrival.

    A document whose row is damaged or gone is known by its seal, and the other way round.
    """
    sound, _ = seals.all_sound(connection)
    found = {
        number: Expected(number, seal.facts["id"], seal.facts["title"], seal)
        for number, seal in sound.items()
        if seal.facts["owner"] == owner
    }
    known = {each.id for each in found.values()}
    words = [seals.as_bytes(connection, document.c[name]) for name in ("id", "title")]
    for number, *names in connection.execute(
        select(document.c.number, *words).where(document.c.owner == owner)
    ):
        name, title = (bytes(word).decode(errors="replace") for word in names)
        if number not in found and name not in known:
            found[number] = Expected(number, name, title, sound.get(number))
    return tuple(found[number] for number in sorted(found))


def of_document(connection: Connection, each: Expected) -> Iterator[Damage]:
    """Everything that is wrong with the rows of one document."""
    checks: tuple[tuple[Kind, _Check], ...] = (
        ("document", facts_damage),
        ("passage", passage_damage),
        ("layout", _layout),
        ("original", _original),
        ("progress", _progress),
        ("checkpoint", _checkpoints),
        ("snapshot", _snapshots),
        ("anchor", _anchors),
        ("embedding", _embeddings),
    )
    for kind, check in checks:
        yield from guarded(partial(check, connection, each), each.damage(kind, "rows"))


def facts_damage(connection: Connection, each: Expected) -> Iterator[Damage]:
    """Whether the document's row says what its seal says."""
    if each.seal is None:
        yield each.damage("seal", "the seal")
        return
    columns = seals.facts_columns()
    row = connection.execute(select(*columns).where(document.c.number == each.number)).one_or_none()
    if row is None:
        yield each.damage("document", "the row of the document")
        return
    found = seals.facts_of(row._mapping)
    wrong = [name for name, value in each.seal.facts.items() if found[name] != value]
    if wrong:
        yield each.damage("document", ", ".join(name.replace("_", " ") for name in wrong))


def _layout(connection: Connection, each: Expected) -> Iterator[Damage]:
    row = connection.execute(select(layout).where(layout.c.document_id == each.id)).one_or_none()
    if row is None:
        yield each.damage("layout", "where pages and sections begin")
        return
    found = seals.layout_digest(row.page_starts, row.outline)
    if each.seal is not None and found != each.seal.layout:
        yield each.damage("layout", "where pages and sections begin")


def _original(connection: Connection, each: Expected) -> Iterator[Damage]:
    content_hash, size = _original_facts(connection, each)
    if not size:
        return  # it came without one
    content = connection.scalar(
        select(original.c.content).where(original.c.content_hash == content_hash)
    )
    if content is None or checksum(content) != content_hash:
        yield each.damage("original", "the original file")


def _original_facts(connection: Connection, each: Expected) -> tuple[str, int]:
    if each.seal is not None:
        return each.seal.facts["content_hash"], each.seal.facts["original_bytes"]
    row = connection.execute(
        select(document.c.content_hash, document.c.original_bytes).where(
            document.c.number == each.number
        )
    ).one()
    return row.content_hash, row.original_bytes


def _progress(connection: Connection, each: Expected) -> Iterator[Damage]:
    row = connection.execute(select(document).where(document.c.number == each.number)).one_or_none()
    if row is None:
        return
    names = ("weights_fingerprint", "tokenizer_fingerprint", "tokens_read")
    kept = {
        tuple(one)
        for one in connection.execute(
            select(*(checkpoint.c[name] for name in names)).where(
                checkpoint.c.document_id == each.id
            )
        )
    }
    begun = row.weights_fingerprint is not None
    sound = tuple(row._mapping[name] for name in names) in kept
    ended = row.state_checksum is None or (begun and row.tokens_read == row.tokens)
    if (
        not (sound if begun else row.tokens_read == 0 and not kept)
        or not ended
        or not row.read_seconds >= 0
    ):
        yield each.damage("progress", "how far it was read")


def _checkpoints(connection: Connection, each: Expected) -> Iterator[Damage]:
    return _states(connection, each, checkpoint, "checkpoint")


def _snapshots(connection: Connection, each: Expected) -> Iterator[Damage]:
    return _states(connection, each, snapshot, "snapshot")


def _anchors(connection: Connection, each: Expected) -> Iterator[Damage]:
    return _states(connection, each, anchor, "anchor")


def _embeddings(connection: Connection, each: Expected) -> Iterator[Damage]:
    """Runs of vectors that are not what was written, or do not follow one another."""
    count = connection.scalar(
        select(func.count()).select_from(passage).where(passage.c.document_id == each.id)
    )
    rows = select(embedding).where(embedding.c.document_id == each.id)
    by = _weights_of(connection, each)
    end: dict[str, int] = {}
    for row in connection.execute(rows.order_by(embedding.c.passage_index)):
        last = row.passage_index + row.passages
        whole = checksum(row.vectors) == row.checksum and len(row.vectors) == row.size
        fits = row.passages * row.width == row.size and last <= (count or 0)
        follows = row.passage_index == end.get(row.weights_fingerprint, 0)
        if not (whole and fits and follows and row.weights_fingerprint in by):
            yield each.damage("embedding", f"the embeddings from passage {row.passage_index + 1}")
        end[row.weights_fingerprint] = last


def _states(connection: Connection, each: Expected, table: Table, kind: Kind) -> Iterator[Damage]:
    places = select(passage.c.index, passage.c.token_start).where(passage.c.document_id == each.id)
    starts = {row[0]: row[1] for row in connection.execute(places)}
    total = connection.execute(
        select(document).where(document.c.number == each.number)
    ).one_or_none()
    by = _weights_of(connection, each)
    rows = select(table).where(table.c.document_id == each.id).order_by(table.c.tokens_read)
    for row in connection.execute(rows):
        if not _state_fits(row, starts, total) or row.weights_fingerprint not in by:
            yield each.damage(kind, f"the {kind} after {row.tokens_read} tokens")


def _weights_of(connection: Connection, each: Expected) -> set[str]:
    """The weights that read the document: each reading keeps its checkpoint."""
    kept = select(checkpoint.c.weights_fingerprint).where(checkpoint.c.document_id == each.id)
    return set(connection.scalars(kept))


def _state_fits(row: Row[Any], starts: dict[int, int], total: Row[Any] | None) -> bool:
    """Whether a state is whole and stands where a passage begins, or behind the last one."""
    if checksum(row.payload) != row.checksum or len(row.payload) != row.size:
        return False
    if total is None:
        return True
    at = total.tokens if row.passage_index == len(starts) else starts.get(row.passage_index)
    return (at, total.tokenizer_fingerprint) == (row.tokens_read, row.tokenizer_fingerprint)
