"""Looking through the library's rows for damage: nothing here writes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from sqlalchemy import Connection, Row, Table, func, select
from sqlalchemy.exc import DBAPIError

from storage import job_checks, saliences, seals, talk_checks
from storage.checksums import checksum
from storage.schema import (
    anchor,
    checkpoint,
    document,
    embedding,
    layout,
    metadata,
    original,
    passage,
    salience,
    snapshot,
)
from storage.seals import Seal, StoredPassage

Kind = Literal[
    "file",
    "index",
    "orphan",
    "document",
    "seal",
    "passage",
    "count",
    "layout",
    "original",
    "progress",
    "checkpoint",
    "snapshot",
    "anchor",
    "embedding",
    "conversation",
    "turn",
    "backdrop",
    "salience",
    "job",
    "worker",
]


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is not as it was stored; place says which, in words.

    document_id and title are empty where it belongs to no document.
    """

    kind: Kind
    place: str
    document_id: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is to be found of one document: by its seal, or by its row where it has none."""

    number: int
    id: str
    title: str
    seal: Seal | None

    def damage(self, kind: Kind, place: str) -> Damage:
        return Damage(kind, place, self.id, self.title)


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
        ("passage", _passages),
        ("layout", _layout),
        ("original", _original),
        ("progress", _progress),
        ("checkpoint", _checkpoints),
        ("snapshot", _snapshots),
        ("anchor", _anchors),
        ("embedding", _embeddings),
        ("conversation", _conversations),
        ("backdrop", _backdrops),
        ("salience", _saliences),
    )
    for kind, check in checks:
        yield from guarded(partial(check, connection, each), each.damage(kind, "rows"))


def guarded(check: Callable[[], Iterable[Damage]], otherwise: Damage) -> list[Damage]:
    """What a check finds; the other damage where rows cannot even be read or understood."""
    try:
        return list(check())
    except (DBAPIError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return [otherwise]


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


def _passages(connection: Connection, each: Expected) -> Iterator[Damage]:
    parts = list(seals.stored_passages(connection, each.id))
    wrong = _wrong_passages(parts, each)
    yield from wrong
    if each.seal is not None and not wrong:
        whole = hashlib.sha256(b"".join(part.text for part in parts)).hexdigest()
        if whole != each.seal.text:
            yield each.damage("passage", "the text as a whole")
    yield from _miscounted(connection, each, parts)


def _wrong_passages(parts: list[StoredPassage], each: Expected) -> list[Damage]:
    if [part.id - parts[0].id for part in parts] != list(range(len(parts))):
        return [each.damage("passage", "the order of the passages")]
    indexes = {part.index: part for part in parts}
    due = len(parts) if each.seal is None else len(each.seal.marks) // seals.MARK_BYTES
    end = 0
    found = []
    for index in range(max(due, len(parts))):
        part = indexes.get(index)
        if part is None or not _fits(part, end, each.seal):
            found.append(each.damage("passage", f"passage {index + 1} of {due}"))
        if part is not None:
            end = int(part.start) + len(part.text.decode(errors="replace"))
    return found


def _fits(part: StoredPassage, end: int, seal: Seal | None) -> bool:
    if seal is not None:
        return part.mark == seal.mark(part.index)
    part.text.decode()
    return part.start == end


def _miscounted(
    connection: Connection, each: Expected, parts: list[StoredPassage]
) -> Iterator[Damage]:
    total = connection.scalar(select(document.c.tokens).where(document.c.number == each.number))
    token = 0
    for part in parts:
        if part.token_start != token or part.tokens < 0:
            yield each.damage("count", f"the count of tokens at passage {part.index + 1}")
            return
        token += part.tokens
    if total is not None and total != token:
        yield each.damage("count", "the number of tokens")


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
    yield from _states(connection, each, anchor, "anchor")
    due = connection.scalar(select(document.c.anchors).where(document.c.number == each.number))
    here = select(func.count()).select_from(anchor).where(anchor.c.document_id == each.id)
    there = connection.scalar(here)
    if due is not None and there != due:
        yield each.damage("anchor", f"{there} of {due} states for a later version are there")


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


def _saliences(connection: Connection, each: Expected) -> Iterator[Damage]:
    """Runs of sentences that are not what was written, or do not follow one another."""
    count = connection.scalar(
        select(func.count()).select_from(passage).where(passage.c.document_id == each.id)
    )
    rows = select(salience).where(salience.c.document_id == each.id)
    by = _weights_of(connection, each)
    end: dict[str, int] = {}
    for row in connection.execute(rows.order_by(salience.c.passage_index)):
        last = row.passage_index + row.passages
        whole = saliences.is_sound(row) and len(row.counts) + len(row.marks) == row.size
        follows = row.passage_index == end.get(row.weights_fingerprint, 0) and last <= (count or 0)
        if not (whole and follows and row.weights_fingerprint in by):
            yield each.damage("salience", f"the saliences from passage {row.passage_index + 1}")
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
