"""Passages are ranked by words and by meaning, over one document, several or a library."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipelines import lexical
from pipelines import search as search_module
from pipelines.recall import CANDIDATES, recall
from pipelines.search import Meaning, search
from pipelines.sources import Sources
from pipelines.vectors import Vectors
from retnet_core.checkpoint import LoadedReader, load_reader
from retnet_core.impressions import embed_question
from storage.checksums import checksum
from storage.library import Library
from storage.records import DocumentRecord, EmbeddingRecord, Posting
from tests.pipelines.stored import kept, lines, read_to_its_end
from tests.storage.making import checkpoint
from tests.tiny_reader import WITH_HEADS, folder_of, tiny_reader

WIDTH = 8


@pytest.fixture(scope="session")
def headed(tmp_path_factory: pytest.TempPathFactory) -> LoadedReader:
    """A reader with embeddings."""
    folder = tmp_path_factory.mktemp("headed") / "model"
    return load_reader(folder_of(folder, tiny_reader(0, WITH_HEADS)))


def found(library: Library, question: str, meaning: Meaning | None = None) -> list[tuple[str, int]]:
    ranking = search(library, library.scope("ann"), question, meaning, CANDIDATES)
    return [(each.document_id, each.passage.index) for each in ranking.found]


def test_the_best_match_of_any_document_comes_first(library: Library, reader: LoadedReader) -> None:
    one = kept(library, reader, lines(30))
    two = kept(library, reader, [*lines(40), "The zeppelin landed.\n", "The zeppelin left.\n"])
    kept(library, reader, ["The zeppelin landed at bob's.\n"], owner="bob")
    assert found(library, "Where did the zeppelin land?")[:2] == [(two.id, 40), (two.id, 41)]
    scope = library.scope("ann", [one.id])
    only = search(library, scope, "Where did the zeppelin land?", None, CANDIDATES)
    assert {each.document_id for each in only.found} == {one.id}


def test_scores_are_bm25_with_the_counts_of_the_scope(
    library: Library, reader: LoadedReader
) -> None:
    record = kept(library, reader, [f"mill {n} river\n" for n in range(3)] + lines(40))
    before = search(library, library.scope("ann"), "mill river", None, 5)
    for n in range(60):
        kept(library, reader, [f"mill {n}\n", "mill mill"], owner="bob")
    after = search(library, library.scope("ann"), "mill river", None, 5)
    assert after == before
    texts = [passage.text for passage in library.passages(record.id)]
    holding = {term: sum(term in lexical.terms(text) for text in texts) for term in ("mill", "riv")}
    assert before.weights == pytest.approx(lexical.rarity(holding, len(texts)))


def point(
    library: Library, record: DocumentRecord, at: int, question: np.ndarray, width: int = WIDTH
) -> None:
    """Let one passage point where a question points, and all others away from it."""
    rows = np.tile(-question, (record.passages, 1)).astype(np.int8)
    rows[at] = question
    new = EmbeddingRecord(0, width, rows.tobytes(), checksum(rows.tobytes()), "by")
    state = checkpoint(record.tokens, weights="by", tokenizer=record.tokenizer_fingerprint)
    library.readings.save(record.id, state, None, 0.0, new)


def test_a_passage_without_a_word_of_the_question_is_found_by_its_meaning(
    library: Library, reader: LoadedReader
) -> None:
    texts = lines(60)
    texts[10] = "One airship.\n"
    record = kept(library, reader, texts)
    question = np.arange(1, WIDTH + 1, dtype=np.int8)
    point(library, record, 33, question)
    meaning = Meaning(question, "by", Vectors())
    assert (record.id, 33) not in found(library, "zeppelin?")
    assert found(library, "zeppelin?", meaning)[0] == (record.id, 33)
    assert found(library, "airship?", meaning)[:2] == [(record.id, 10), (record.id, 33)]


def test_a_passage_high_in_both_rankings_comes_before_the_first_of_either(
    library: Library, reader: LoadedReader
) -> None:
    texts = lines(60)
    texts[10], texts[20] = "zeppelin zeppelin zeppelin\n", "One zeppelin and a tale of boats.\n"
    record = kept(library, reader, texts)
    question = np.arange(1, WIDTH + 1, dtype=np.int8)
    point(library, record, 20, question)
    assert found(library, "zeppelin?")[0] == (record.id, 10)
    assert found(library, "zeppelin?", Meaning(question, "by", Vectors()))[0] == (record.id, 20)


def test_of_many_matches_the_rarest_words_decide_which_are_looked_at(
    library: Library, reader: LoadedReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_module, "POOL", 3)
    texts = [f"mill number {n} of the valley\n" for n in range(50)]
    texts[41] = "mill and zeppelin\n"
    record = kept(library, reader, texts)
    assert found(library, "mill zeppelin")[0] == (record.id, 41)


def test_weights_shrink_where_passages_are_very_many() -> None:
    rare = [Posting("quibbl", 1, np.array([1]))]
    few = search_module.term_weights(rare, 1_000)["quibbl"]
    many = search_module.term_weights(rare, 1_000_000)["quibbl"]
    assert many == pytest.approx(few, rel=0.1)
    assert few > search_module.term_weights(rare, 10)["quibbl"]


def test_words_of_one_stem_are_one_term(library: Library, reader: LoadedReader) -> None:
    texts = [*lines(30), "The grinding mill.\n", "It grinds.\n"]
    record = kept(library, reader, texts)
    ranking = search(library, library.scope("ann"), "grinding and grinds", None, 5)
    assert {each.passage.index for each in ranking.found[:2]} == {30, 31}
    assert list(ranking.weights) == [lexical.term("grinds")]
    assert record.passages == 32


def test_a_reader_with_embeddings_finds_by_them_what_it_has_read(
    library: Library, headed: LoadedReader
) -> None:
    record = kept(library, headed, lines(300))
    read_to_its_end(library, headed, record)
    runs = library.embedding_runs("ann", headed.weights_fingerprint)
    assert sum(run.passages for run in runs) == 300
    question = "xylophone"
    vector = embed_question(headed, question)
    assert vector is not None
    rows = np.concatenate(
        [
            np.frombuffer(each.vectors, np.int8).reshape(-1, len(vector)).astype(int)
            for each in sorted(
                library.embeddings([run.id for run in runs]).values(),
                key=lambda each: each.passage_index,
            )
        ]
    )
    expected = np.argsort(-(rows @ vector.astype(int)), kind="stable")[:CANDIDATES]
    recalled = recall(Sources(library, library.scope("ann"), headed), question)
    assert {c.passage.index for c in recalled.candidates} == set(expected.tolist())


def test_a_reading_that_was_stopped_leaves_the_embeddings_of_one_that_was_not(
    library: Library, headed: LoadedReader
) -> None:
    whole, stopped = (kept(library, headed, lines(300)), kept(library, headed, lines(301)[1:]))
    again = kept(library, headed, lines(300), owner="bob")
    read_to_its_end(library, headed, whole)
    for _ in range(40):
        if not read_to_its_end(library, headed, again, groups=1):
            break
    marks = headed.weights_fingerprint

    def rows(owner: str, document_id: str) -> bytes:
        runs = library.embedding_runs(owner, marks, [document_id])
        records = library.embeddings([run.id for run in runs]).values()
        return b"".join(r.vectors for r in sorted(records, key=lambda r: r.passage_index))

    assert stopped.id != whole.id
    assert rows("ann", whole.id) == rows("bob", again.id) != b""


def test_an_empty_library_has_nothing(library: Library, headed: LoadedReader) -> None:
    recalled = recall(Sources(library, library.scope("ann"), headed), "What?")
    assert (recalled.candidates, recalled.damaged) == ((), ())


def test_a_damaged_document_does_not_silence_the_others(
    library: Library, headed: LoadedReader, tmp_path: Path
) -> None:
    documents = [kept(library, headed, lines(n)) for n in (400, 401)]
    for record in documents:
        read_to_its_end(library, headed, record)
    with library._database.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE snapshot SET payload = zeroblob(length(payload)) WHERE document_id = ?",
            (documents[0].id,),
        )
    question = "Entry 390 Entry 391 Entry 392"
    recalled = recall(Sources(library, library.scope("ann"), headed), question)
    assert [record.id for record in recalled.damaged] == [documents[0].id]
    assert documents[1].id in {candidate.document.id for candidate in recalled.candidates}
