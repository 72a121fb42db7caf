"""Damage anywhere in a library is found, named and mended, or declared lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.service import Service, open_service
from app.settings import Settings
from app.verifying import MEANING, find_damage, repair
from storage.schema import metadata
from tests.app.damaging import columns, copied, flip, prepared, rows

OF_A_TURN = (
    *("question", "asked", "answer", "found", "confidence", "seconds", "evidence", "created_at"),
    "checksum",
)
# What one flipped bit is told as, where it is not told by the name of its table.
TOLD_AS = {
    "document.tokens": "count",
    "document.anchors": "anchor",
    "document.tokens_read": "progress",
    "document.state_checksum": "progress",
    "document.weights_fingerprint": "progress",
    "document.tokenizer_fingerprint": "progress",
    "passage.tokens": "count",
    "passage.token_start": "count",
    "checkpoint.weights_fingerprint": "progress",
    "checkpoint.document_id": "progress",
    "seal.number": "document",
    "anchor.document_id": "orphan",
    "embedding.document_id": "orphan",
    "conversation.number": "orphan",
    "conversation_document.conversation": "orphan",
    "conversation_document.document_id": "orphan",
    "conversation_document.named": "conversation",
    "backdrop.document_id": "orphan",
    "turn.conversation": "orphan",
    **{f"turn.{name}": "conversation" for name in OF_A_TURN},
    "salience.document_id": "orphan",
    **{f"receipt.{column.name}": "job" for column in metadata.tables["receipt"].c},
}
NOTHING_HANGS_ON = {
    "document.read_seconds",
    "document.version",
    "document.reused_tokens",
    "anchor.id",
    "embedding.id",
    "turn.id",
    "conversation_document.id",
    "backdrop.id",
    "salience.id",
    "checkpoint.id",
    "snapshot.id",
    "worker.name",
    "worker.beats",
    "document.put_away_at",
    *(f"batch.{column.name}" for column in metadata.tables["batch"].c),
    *(f"job.{column.name}" for column in metadata.tables["job"].c),
} - {
    f"job.{name}"
    for name in ("id", "owner", "file_name", "status", "content", "content_hash", "created_at")
}
EMPTY = {"document.replaces", "conversation.parent"}
"""Columns without a value while a file waits."""

# What cannot come back: a file has no second copy, and a worker marks itself again.
LOST = {"original.content", "job.status", "job.content", "job.content_hash"}
LOST |= {"job.created_at", "worker.last_beat", "seal.number"}
LOST.add("job.id")  # it fails under its old id, and waits under the new one
OF_TALK = {
    *(f"turn.{name}" for name in ("conversation", *OF_A_TURN)),
    *(f"conversation.{column.name}" for column in metadata.tables["conversation"].c),
    *(f"conversation_document.{name}" for name in ("conversation", "document_id", "named")),
}
"""What was said has no second copy: what is left of it stays, and is told."""
MADE_AGAIN = {
    *(f"turn.{name}" for name in ("payload", "size", "base", "tokens_read", "state_checksum")),
    *(f"turn.{name}" for name in ("weights_fingerprint", "tokenizer_fingerprint")),
    *(f"backdrop.{column.name}" for column in metadata.tables["backdrop"].c),
}
"""States that are dropped, and made again when they are needed."""
LOST |= OF_TALK | MADE_AGAIN
ONE_OF_EACH_TABLE = {
    "original.content_hash",
    "document.id",
    "document.title",
    "layout.page_starts",
    "passage.text",
    "passage.tokens",
    "checkpoint.payload",
    "snapshot.payload",
    "anchor.payload",
    "embedding.vectors",
    "salience.marks",
    "seal.facts",
    "conversation.title",
    "conversation_document.named",
    "turn.payload",
    "backdrop.payload",
    "job.content",
    "receipt.file_name",
    "worker.last_beat",
}
ONLY_LEFT = {"original.content": {"original"}}
DAMAGED = [
    f"{table}.{column}"
    for table, column in columns()
    if f"{table}.{column}" not in NOTHING_HANGS_ON | EMPTY | {"passage.index", "turn.index"}
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, reader_folder: Path) -> Path:
    home = tmp_path_factory.mktemp("prepared")
    return prepared(Settings(home=home, model=reader_folder))


@contextmanager
def opened(path: Path, reader_folder: Path) -> Iterator[Service]:
    with open_service(Settings(home=path.parent, model=reader_folder)) as service:
        yield service


def test_nothing_is_wrong_with_a_sound_library(library: Path, reader_folder: Path) -> None:
    with opened(library, reader_folder) as service:
        assert find_damage(service, None) == []


@pytest.mark.parametrize("place", DAMAGED)
def test_one_flipped_bit_in_any_column_is_found_and_named(
    tmp_path: Path, library: Path, reader_folder: Path, place: str
) -> None:
    path = copied(library, tmp_path / "home")
    table, column = place.split(".")
    flip(path, table, column)
    with opened(path, reader_folder) as service:
        found = find_damage(service, None)
    assert TOLD_AS.get(place, table) in {damage.kind for damage in found}
    assert all(MEANING[damage.kind] for damage in found)


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(place, marks=() if place in ONE_OF_EACH_TABLE else pytest.mark.slow)
        for place in DAMAGED
    ],
)
def test_what_is_found_is_mended_or_declared_lost(
    tmp_path: Path, library: Path, reader_folder: Path, place: str
) -> None:
    path = copied(library, tmp_path / "home")
    table, column = place.split(".")
    flip(path, table, column)
    with opened(path, reader_folder) as service:
        list(repair(service, find_damage(service, None), None))
        left = {damage.kind for damage in find_damage(service, None)}
    assert left <= ({"conversation"} if place in OF_TALK else ONLY_LEFT.get(place, set()))
    assert (rows(path) == rows(library)) is (place not in LOST)


def test_the_table_of_one_of_each_holds_every_table() -> None:
    tables = {table for table, _ in columns()} - {"batch"}  # on which nothing hangs
    assert {place.split(".")[0] for place in ONE_OF_EACH_TABLE} == tables
