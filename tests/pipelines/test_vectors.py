"""The nearest embeddings are those of a literal search, whatever was added and deleted before."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from pipelines import vectors as vectors_module
from pipelines.vectors import Bytes, Vectors
from storage.checksums import checksum
from storage.library import Library
from storage.records import DocumentRecord, EmbeddingRecord
from storage.scopes import Scope
from tests.storage.making import WEIGHTS, add, checkpoint

WIDTH = 16


def keep(library: Library, chance: np.random.Generator, passages: int) -> DocumentRecord:
    """A document with random embeddings in two runs."""
    name = f"{chance.random()} "  # the same text would be the same document
    record = add(library, name, *[f"{number} " for number in range(1, passages)])
    first = max(1, passages // 3)
    for begin, end in ((0, first), (first, passages)):
        if begin < end:
            rows = chance.integers(-127, 128, (end - begin, WIDTH), dtype=np.int8).tobytes()
            new = EmbeddingRecord(begin, WIDTH, rows, checksum(rows), WEIGHTS)
            library.readings.save(record.id, checkpoint(10 * end), None, 0.0, new)
    return record


def literally(library: Library, scope: Scope, question: Bytes, most: int) -> list[tuple[int, int]]:
    """(−similarity, passage) of the best, from every embedding in the library."""
    runs = {run.id: run for run in library.embedding_runs("ann", WEIGHTS)}
    firsts = {d.id: int(n) for d, n in zip(scope.documents, scope.first, strict=True)}
    found = []
    for number, record in library.embeddings(list(runs)).items():
        if runs[number].document_id not in firsts:
            continue
        rows = np.frombuffer(record.vectors, np.int8).reshape(-1, WIDTH).astype(int)
        start = firsts[runs[number].document_id] + record.passage_index
        products = (rows @ question.astype(int)).tolist()
        found += [(-product, start + row) for row, product in enumerate(products)]
    return sorted(found)[:most]


def nearest(
    kept: Vectors, library: Library, scope: Scope, question: Bytes, most: int
) -> list[tuple[int, int]]:
    numbers, scores = kept.nearest(library, scope, WEIGHTS, question, most)
    return [(-round(score), number) for score, number in zip(scores.tolist(), numbers, strict=True)]


def asked(chance: np.random.Generator) -> Bytes:
    return chance.integers(-127, 128, WIDTH, dtype=np.int8)


def scopes(library: Library, documents: Sequence[DocumentRecord]) -> list[Scope]:
    whole = library.scope("ann")
    return [
        whole,
        whole.only([number % 2 == 0 for number in range(len(whole.documents))]),
        library.scope("ann", [documents[-1].id]),
    ]


@pytest.mark.parametrize("rows", [3, 2_048])
def test_every_question_finds_what_a_literal_search_finds(
    library: Library, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(vectors_module, "_ROWS", rows)
    chance, kept = np.random.default_rng(3), Vectors()
    documents: list[DocumentRecord] = []
    for turn in range(6):
        documents += [keep(library, chance, int(n)) for n in chance.integers(1, 9, 3)]
        if turn % 2:
            for _ in range(4):
                library.delete("ann", documents.pop(int(chance.integers(len(documents)))).id)
        for scope in scopes(library, documents):
            question = asked(chance)
            for most in (1, 7, 1_000):
                expected = literally(library, scope, question, most)
                found = nearest(kept, library, scope, question, most)
                assert [score for score, _ in found] == [score for score, _ in expected]
                assert found == expected or most < 1_000  # ties may be cut elsewhere


def test_an_end_of_a_reading_is_noticed(library: Library) -> None:
    chance, kept = np.random.default_rng(4), Vectors()
    record = keep(library, chance, 8)
    question = asked(chance)
    before = nearest(kept, library, library.scope("ann"), question, 8)
    library.readings.finish(record.id, "final")
    assert nearest(kept, library, library.scope("ann"), question, 8) == before


def test_memory_of_deleted_documents_is_given_back(library: Library) -> None:
    chance, kept = np.random.default_rng(5), Vectors()
    records = [keep(library, chance, 8) for _ in range(10)]
    nearest(kept, library, library.scope("ann"), asked(chance), 1)
    for record in records[1:]:
        library.delete("ann", record.id)
    nearest(kept, library, library.scope("ann"), asked(chance), 1)
    assert len(kept._kept.rows) < 16


def test_other_weights_and_other_owners_are_never_found(library: Library) -> None:
    chance, kept = np.random.default_rng(6), Vectors()
    keep(library, chance, 3)
    question = asked(chance)
    assert len(kept.nearest(library, library.scope("ann"), "others", question, 9)[0]) == 0
    assert len(kept.nearest(library, library.scope("bob"), WEIGHTS, question, 9)[0]) == 0
    assert len(kept.nearest(library, library.scope("ann"), WEIGHTS, question, 9)[0]) == 3


def test_a_damaged_run_hides_its_passages_only(library: Library, tmp_path: Path) -> None:
    chance, kept = np.random.default_rng(7), Vectors()
    sound, damaged = keep(library, chance, 4), keep(library, chance, 4)
    with closing(sqlite3.connect(tmp_path / "library.db")) as file, file:
        file.execute(
            "UPDATE embedding SET vectors = zeroblob(length(vectors)) WHERE document_id = ?",
            (damaged.id,),
        )
    numbers, _ = kept.nearest(library, library.scope("ann"), WEIGHTS, asked(chance), 9)
    assert sorted(numbers) == [passage.id for passage in library.passages(sound.id)]


def test_threads_may_ask_while_documents_come(library: Library) -> None:
    chance, kept = np.random.default_rng(8), Vectors()
    keep(library, chance, 5)
    questions = [asked(chance) for _ in range(40)]

    def ask(question: Bytes) -> bool:
        scope = library.scope("ann")
        numbers, scores = kept.nearest(library, scope, WEIGHTS, question, 3)
        texts = library.passages_numbered("ann", numbers.tolist())
        return len(texts) == 3 and bool((np.diff(scores) <= 0).all())

    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(ask, question) for question in questions]
        for _ in range(10):
            keep(library, chance, 5)
        assert all(answer.result() for answer in answers)
