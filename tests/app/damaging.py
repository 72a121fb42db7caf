"""A read library of the app's own, and one flipped byte anywhere in it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.conversing import About
from app.service import Service, open_service
from app.settings import Settings
from pipelines.document import Upload
from storage import embeddings, saliences
from storage.checksums import checksum
from storage.records import COUNT, MARK, DocumentRecord, EmbeddingRecord, salience_record
from storage.schema import metadata
from storage.talk import Backdrop, NewConversation
from tests.app.making import long_text

TITLE = "The chronicle of Marden"
TABLES = [table.name for table in metadata.sorted_tables]


def prepared(settings: Settings) -> Path:
    """A library of two read documents, one with snapshots, an upload that waits, and a worker."""
    with open_service(settings) as service:
        for name, text in (("long.md", f"# {TITLE}\n\n{long_text(60)}"), ("short.txt", SHORT)):
            list(service.add(Upload(name, text.encode())))
        service.library.queue.enqueue(settings.owner, "waiting.txt", b"It waits to be read.")
        service.library.queue.beat("worker")
        (first,) = [each for each in service.list() if each.title == TITLE]
        service.library.shelf.tag(first.owner, first.id, ["mills"])
        service.library.shelf.share(first.owner, first.id, ["bo"])
        _plant_embeddings(service, first)
        _plant_talk(service, first)
        _plant_saliences(service, first)
        assert max(document.snapshots for document in service.list()) > 0
    return settings.home / "library.db"


def _plant_embeddings(service: Service, document: DocumentRecord) -> None:
    """Vectors as a reader with a head for them leaves; the tiny one has none."""
    vectors = bytes(range(200)) * 2
    record = EmbeddingRecord(0, 100, vectors, checksum(vectors), str(document.weights_fingerprint))
    with service.library._database.writing() as connection:
        embeddings.save(connection, document.id, record)


def _plant_talk(service: Service, document: DocumentRecord) -> None:
    """A conversation of one question, and the state of a model that writes."""
    talk = service.converse(About((document.id,)), "Who built the mill?").conversation
    turn = replace(service.talks.turns(talk)[0].turn, answer="Her brother", dropped=0.5)
    state = service.library.conversations.state_after(talk.owner, talk.id, 0)
    new = NewConversation(talk.owner, talk.title, talk.document_ids)
    service.library.conversations.delete(talk.owner, talk.id)
    service.library.conversations.begin(new, turn, state)
    payload = b"a state" * 10
    kept = Backdrop("weights", "tokenizer", 2, 100, payload, checksum(payload))
    service.library.conversations.keep_backdrop(document.id, kept)


def _plant_saliences(service: Service, document: DocumentRecord) -> None:
    """The first word of each passage as its only sentence."""
    passages = service.library.passages(document.id)
    marks = np.zeros(len(passages), MARK)
    marks["start"] = [passage.start for passage in passages]
    marks["length"], marks["salience"] = 4, np.arange(len(passages)) / 8
    counts = np.ones(len(passages), COUNT)
    weights = str(document.weights_fingerprint)
    record = salience_record(0, counts.tobytes(), marks.tobytes(), weights)
    with service.library._database.writing() as connection:
        saliences.save(connection, document.id, record)


SHORT = "The ferry leaves at noon. It takes an hour to the island."


def copied(library: Path, home: Path) -> Path:
    home.mkdir()
    return Path(shutil.copy(library, home / "library.db"))


def columns() -> Iterator[tuple[str, str]]:
    """Every column of the schema, so that a new one is damaged too."""
    for table in metadata.sorted_tables:
        yield from ((table.name, column.name) for column in table.c)


def flip(path: Path, table: str, column: str) -> None:
    """Change one bit of a value in the first row that has one, as a failing disk would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        row, kind, value = connection.execute(
            f'SELECT rowid, typeof("{column}"), CAST("{column}" AS BLOB) FROM "{table}"'
            f' WHERE "{column}" IS NOT NULL AND "{column}" != \'\' ORDER BY rowid LIMIT 1'
        ).fetchone()
        changed = bytearray(value)
        changed[len(changed) // 2] ^= 1
        target = {"text": "TEXT", "integer": "INTEGER", "real": "REAL"}.get(kind, "BLOB")
        connection.execute(
            f'UPDATE "{table}" SET "{column}" = CAST(? AS {target}) WHERE rowid = ?',
            (bytes(changed), row),
        )


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that the library holds, but for the numbers of rows and how long reading took."""
    kept = {}
    with closing(sqlite3.connect(path)) as connection:
        connection.text_factory = bytes
        for table in metadata.sorted_tables:
            if table.name in ("embedding", "salience"):
                continue  # read again, a document has none: the tiny reader makes none
            names = [c.name for c in table.c if (table.name, c.name) not in INCIDENTAL]
            listed = ", ".join(f'"{name}"' for name in names)
            kept[table.name] = sorted(
                connection.execute(f'SELECT {listed} FROM "{table.name}"'), key=repr
            )
    return kept


INCIDENTAL = {
    ("document", "read_seconds"),
    ("passage", "id"),
    ("snapshot", "id"),
    ("checkpoint", "id"),
    ("anchor", "id"),
    ("embedding", "id"),
    ("turn", "id"),
    ("conversation_document", "id"),
    ("backdrop", "id"),
    ("salience", "id"),
    ("worker", "last_beat"),
}
