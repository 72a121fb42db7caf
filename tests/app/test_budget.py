"""What is kept of a document with the shipped model: at most 64 MB for a million tokens."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from app.service import Service, open_service
from app.settings import SHIPPED_MODEL, Settings
from pipelines.document import Upload
from pipelines.read import GROUP_TOKENS, snapshots_due
from retnet_core.codec import encode_state
from retnet_core.state import RetNetState
from storage.checksums import checksum
from storage.records import (
    COUNT,
    MARK,
    CheckpointRecord,
    DocumentRecord,
    EmbeddingRecord,
    NewDocument,
    NewPassage,
    SalienceRecord,
    SnapshotRecord,
    salience_record,
)
from storage.spacing import spaced

BUDGET = 64_000_000
MILLION = 1_000_000
TOKENS, SENTENCES = 190, 11  # of a passage of English prose, and a short sentence at that
ANCHORS = 1 + len(spaced(range(GROUP_TOKENS, MILLION, GROUP_TOKENS), MILLION))


@pytest.fixture
def shipped(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", model=SHIPPED_MODEL, database_url="")


def prose(words: int, seed: int) -> str:
    """Sentences of made-up words, as different as those of a real text."""
    chance = random.Random(seed)
    syllables = [a + b for a in "bdfgklmnprst" for b in ("a", "e", "i", "o", "u", "er", "in")]
    known = ["".join(chance.choices(syllables, k=chance.randint(1, 4))) for _ in range(20_000)]
    weights = [1 / (rank + 3) for rank in range(len(known))]
    drawn = chance.choices(known, weights, k=words)
    ends = (". " if place % 13 == 12 else " " for place in range(words))
    return "".join(word + end for word, end in zip(drawn, ends, strict=True))


def at_a_million(document: DocumentRecord) -> float:
    """Bytes kept of a document that is a million tokens long: exact states do not grow with it."""
    stored = document.stored
    grows = stored.total - stored.checkpoint - stored.anchors
    return grows * MILLION / document.tokens + stored.checkpoint * (1 + ANCHORS)


def test_the_rows_of_a_million_tokens_stay_within_the_budget(shipped: Settings) -> None:
    with open_service(shipped) as service:
        document = stored(service, MILLION)
        assert document.finished
        assert document.stored.snapshots > 20_000_000, "not as many as a reading leaves"
        assert 0 < document.stored.anchors <= ANCHORS * document.stored.checkpoint
        assert document.stored_per_million <= at_a_million(document) <= BUDGET
    kept = os.path.getsize(shipped.home / "library.db") - document.original_bytes
    assert kept * MILLION / document.tokens <= BUDGET


def stored(service: Service, tokens: int) -> DocumentRecord:
    """A document with the rows that a reading by the shipped model leaves, without its reading."""
    passages = tokens // TOKENS + 1
    words = prose(passages * 130, seed=1)
    size = len(words) // passages
    texts = [words[place * size : (place + 1) * size] for place in range(passages)]
    library, reader = service.library, service.reader
    new = NewDocument(
        service.settings.owner, "Long", "long.txt", checksum("".join(texts).encode()), b"",
        "text/plain", "".join(texts), (0,), (), (), reader.tokenizer_fingerprint,
    )  # fmt: skip
    parts = [
        NewPassage(text, place * size, 1, "A section", place * TOKENS, TOKENS)
        for place, text in enumerate(texts)
    ]
    record, _ = library.add(new, parts)
    _save(service, record, snapshots_due(library.passages(record.id)))
    library.readings.finish(record.id, "final")
    return library.one(record.id)


def _save(service: Service, record: DocumentRecord, due: Iterable[int]) -> None:
    reader = service.reader
    marks = (reader.weights_fingerprint, reader.tokenizer_fingerprint)
    state = RetNetState.empty(reader.reader.config.body)
    groups = -(-GROUP_TOKENS // TOKENS)
    ends = [*range(groups, record.passages, groups), record.passages]
    anchored, begun = spaced((end * TOKENS for end in ends), record.tokens), 0
    snapshots = set(due)
    for end in ends:
        place = end * TOKENS
        if place not in snapshots | anchored | {record.tokens}:
            continue
        exact, rounded = (encode_state(state, kind, *marks, place) for kind in ("float32", "int8"))
        service.library.readings.save(
            record.id,
            CheckpointRecord(end, place, exact, checksum(exact), *marks),
            SnapshotRecord(end, place, rounded, checksum(rounded), *marks)
            if place in snapshots
            else None,
            0.0,
            _vectors(service, begun, end),
            _saliences(service, begun, end),
            began=begun * TOKENS,
            anchored=place in anchored,
        )
        begun = end


def _vectors(service: Service, first: int, last: int) -> EmbeddingRecord | None:
    width = service.reader.reader.config.embedding_width
    if width is None:
        return None
    vectors = os.urandom(width * (last - first))
    weights = service.reader.weights_fingerprint
    return EmbeddingRecord(first, width, vectors, checksum(vectors), weights)


def _saliences(service: Service, first: int, last: int) -> SalienceRecord | None:
    if service.reader.reader.config.salience_width is None:
        return None
    counts = COUNT.type(SENTENCES).tobytes() * (last - first)
    marks = bytes(MARK.itemsize) * SENTENCES * (last - first)
    return salience_record(first, counts, marks, service.reader.weights_fingerprint)


@pytest.mark.slow
def test_a_text_that_is_truly_read_stays_within_the_budget(shipped: Settings) -> None:
    with open_service(shipped) as service:
        upload = Upload("long.txt", prose(42_000, seed=2).encode())
        *_, last = service.add(upload)
        assert last.document is not None
        document = service.show(last.document.id)
        assert document.finished
        assert document.tokens > 50_000
        assert min(document.stored.embeddings, document.stored.saliences) > 0
        assert at_a_million(document) <= BUDGET
    kept = os.path.getsize(shipped.home / "library.db") - document.original_bytes
    exact = document.stored.checkpoint + document.stored.anchors
    grows = (kept - exact) * MILLION / document.tokens
    assert grows + document.stored.checkpoint * (1 + ANCHORS) <= BUDGET
