"""Delete means delete: no byte of a text stays behind in the library's files."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import JSON, LargeBinary, String, Text

from storage import documents
from storage.checksums import checksum
from storage.database.sqlite import SqliteDatabase
from storage.library import Library
from storage.schema import Words, metadata
from storage.talk import Backdrop, NewConversation, NewTurn, Quote, TurnState
from storage.work import NewJob
from tests.storage.making import (
    add,
    checkpoint,
    holding,
    new_document,
    new_passages,
    open_at,
    snapshot,
)
from tests.storage.soundness import complaints, traces
from tests.storage.test_conversations import begun

# No letters on which the stemmer acts, so that an index would hold the word as it is.
LETTERS = "bcfhjkqvwxz"


def rare_word(seed: random.Random) -> str:
    return "".join(seed.choice(LETTERS) for _ in range(16))


def test_no_trace_of_a_deleted_document_is_left(library: Library, tmp_path: Path) -> None:
    path, word = tmp_path / "library.db", "bqvxzkjwfhcbqvxz"
    parts = [f"Of {word} and others. ", f"More {word}."]
    new = new_document(parts, title=f"About {word}", content=f"original {word}".encode())
    record, _ = library.add(new, new_passages(parts))
    upload = library.queue.enqueue("ann", f"{word}.pdf", new.content)
    library.queue.finish(upload.id, record.id)
    library.readings.save(record.id, checkpoint(20), snapshot(0, payload=word.encode()), 1.0)
    assert traces(path, word) != []
    library.delete("ann", record.id)
    # The index shares beginnings between neighbouring words: look for the rest of the word too.
    assert traces(path, word) == []
    assert traces(path, word[4:]) == []


# With these seeds secure_delete alone leaves traces in the unused parts of pages; with 105, even
# emptying the rows first does, and only writing the file anew helps.
@pytest.mark.parametrize(("size", "seed"), [("large", 103), ("large", 104), ("small", 105)])
def test_deleting_in_any_order_among_others_leaves_no_trace(
    tmp_path: Path, size: str, seed: int
) -> None:
    with open_at(tmp_path) as library:
        come_and_go(library if size == "small" else as_large(library), tmp_path, seed)
    assert complaints(tmp_path / "library.db") == []


def as_large(library: Library) -> Library:
    """The same library, treated like one that is too large to be written anew."""
    file = library._database
    assert isinstance(file, SqliteDatabase)
    return Library(replace(file, small=0), library._clock)


def come_and_go(library: Library, folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    living: dict[str, str] = {}
    for _ in range(100):
        if living and chance.random() < 0.5:
            document_id = chance.choice(list(living))
            word = living.pop(document_id)
            library.delete("ann", document_id)
            assert traces(folder / "library.db", word[4:]) == []
        else:
            word = rare_word(chance)
            parts = [
                f"{word} {word[:5]} filler text {chance.random()} " * chance.choice([1, 3, 10, 40])
                for _ in range(chance.randint(1, 40))
            ]
            living[add(library, *parts, title=word).id] = word
    assert all(holding(library, document_id, word) for document_id, word in living.items())


def test_what_a_delete_may_leave_in_a_large_file_is_known_until_that_is_written_anew(
    tmp_path: Path,
) -> None:
    with open_at(tmp_path) as opened:
        library, chance, left = as_large(opened), random.Random(105), list[str]()
        living: dict[str, str] = {}
        for _ in range(60):
            if living and chance.random() < 0.5:
                document_id = chance.choice(list(living))
                left.append(living.pop(document_id))
                library.delete("ann", document_id)
                assert library.holds_fragments()
            else:
                word = rare_word(chance)
                parts = [
                    f"{word} {word[:5]} filler text {chance.random()} "
                    * chance.choice([1, 3, 10, 40])
                    for _ in range(chance.randint(1, 40))
                ]
                living[add(library, *parts, title=word).id] = word
        library.compact()
        assert not library.holds_fragments()
    assert [word for word in left if traces(tmp_path / "library.db", word[4:])] == []


def test_a_small_file_holds_no_fragment_unless_the_program_died_after_a_delete(
    library: Library,
) -> None:
    first, second = add(library, "one"), add(library, "two")
    assert not library.holds_fragments()
    library.delete("ann", first.id)
    assert not library.holds_fragments()
    with library._database.writing() as connection:
        documents.remove(connection, "ann", second.id)  # and no tidying follows
    assert library.holds_fragments()


# In these, balancing leaves a copy of a title, a file name or an outline where nothing that is
# deleted later overwrites it; only writing the tables anew does.
@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 10))])
def test_no_name_of_a_document_is_left_in_a_large_library(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    living: dict[str, str] = {}
    with open_at(tmp_path) as opened:
        library = as_large(opened)
        for number in range(60):
            if len(living) > 15 and chance.random() < 0.5:
                document_id = chance.choice(list(living))
                word = living.pop(document_id)
                library.delete("ann", document_id)
                assert traces(tmp_path / "library.db", word[4:]) == []
            else:
                word = rare_word(chance)
                title = f"{word} {'x' * chance.choice([0, 50, 300, 700])}"
                parts = [f"p{number}"]
                outline = ((1, word, 0),) * chance.choice([1, 10, 40])
                new = replace(new_document(parts, title=title), outline=outline)
                living[library.add(new, new_passages(parts))[0].id] = word
    assert complaints(tmp_path / "library.db") == []


def test_small_tables_that_are_written_anew_hold_the_same_rows(tmp_path: Path) -> None:
    with open_at(tmp_path) as opened:
        library = as_large(opened)
        kept, gone = add(library, "kept ", "text"), add(library, "gone")
        library.add(new_document(("newer",)), new_passages(("newer",)), kept.id)
        library.queue.enqueue("ann", "waits.pdf", b"x")
        begun(library, kept)
        before = rows(library, gone.id)
        library.delete("ann", gone.id)
        assert rows(library, gone.id) == before
        assert library.care.library_damage() == library.care.document_damage("ann", None) == ()


def rows(library: Library, but: str) -> dict[str, list[object]]:
    """Every row of every table but those of a document; foreign keys are on."""
    with library._database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        return {
            table.name: [
                row
                for row in connection.execute(table.select()).all()
                if but not in repr(tuple(row))
            ]
            for table in metadata.sorted_tables
            if table.name != "original"
        }


def test_a_compacted_library_keeps_what_it_has(library: Library) -> None:
    record = add(library, "kept text")
    library.compact()
    assert library.text(record.id) == "kept text"
    assert holding(library, record.id, "kept") == [0]


@pytest.mark.parametrize("size", ["small", "large"])
def test_a_delete_gives_the_space_back_to_the_disk(
    library: Library, tmp_path: Path, size: str
) -> None:
    library = library if size == "small" else as_large(library)
    empty = (tmp_path / "library.db").stat().st_size
    record = add(library, "x" * 3_000_000)
    library.delete("ann", record.id)
    assert (tmp_path / "library.db").stat().st_size <= empty + 200_000
    assert (tmp_path / "library.db-wal").stat().st_size == 0


def test_a_log_kept_alive_by_a_reader_is_emptied_by_the_next_delete(
    library: Library, tmp_path: Path
) -> None:
    first, second = add(library, "bqvxzkjwfhcb one"), add(library, "two")
    with library._database.reading() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM document").all()
        library.delete("ann", first.id)
        assert traces(tmp_path / "library.db", "bqvxzkjwfhcb") != []
    library.delete("ann", second.id)
    assert traces(tmp_path / "library.db", "bqvxzkjwfhcb") == []


# Columns of words or bytes that hold nothing of a document's own.
WITHOUT_WORDS = {
    *("original.content_hash", "document.content_hash", "document.id", "document.owner"),
    *("document.media_type", "document.pages_without_text", "document.state_checksum"),
    *("document.weights_fingerprint", "document.tokenizer_fingerprint", "layout.document_id"),
    *("layout.page_starts", "passage.document_id", "seal.text", "seal.layout", "seal.passages"),
    *("seal.checksum", "worker.name", "job.id", "job.owner", "job.status"),
    *("document.replaces", "embedding.document_id", "embedding.weights_fingerprint"),
    *("embedding.checksum", "embedding.vectors", "salience.document_id", "salience.counts"),
    *("salience.weights_fingerprint", "salience.checksum", "salience.marks"),
    *("conversation.id", "conversation.owner", "conversation.parent", "conversation.checksum"),
    *("conversation_document.document_id", "turn.checksum", "turn.weights_fingerprint"),
    *("turn.tokenizer_fingerprint", "turn.base", "turn.state_checksum"),
    *("backdrop.document_id", "backdrop.weights_fingerprint", "backdrop.tokenizer_fingerprint"),
    *("backdrop.checksum", "receipt.id", "receipt.owner", "receipt.checksum"),
    *("job.document_id", "job.worker", "job.content_hash", "job.content"),
    *("job.batch_id", "job.kind", "job.result_hash", "job.fault", "job.mark"),
    # What a person asked of many documents belongs to none of them.
    *("batch.id", "batch.owner", "batch.kind", "batch.mark", "batch.out", "batch.task"),
    *(
        f"{table}.{name}"
        for table in ("checkpoint", "snapshot", "anchor")
        for name in ("document_id", "weights_fingerprint", "tokenizer_fingerprint", "checksum")
    ),
}


@pytest.mark.parametrize("size", ["small", "large"])
def test_no_trace_is_left_of_any_column_that_holds_words(tmp_path: Path, size: str) -> None:
    path, chance = tmp_path / "library.db", random.Random(7)
    with open_at(tmp_path) as opened:
        library = opened if size == "small" else as_large(opened)
        add(library, "another document stays ", "beside it")
        words = {name: rare_word(chance) for name in holding_words()}
        record_id = planted(library, words)
        missing = [name for name, word in words.items() if not traces(path, word[4:])]
        assert missing == [], "a column that holds words has none here: plant one"
        library.delete("ann", record_id)
        assert [name for name, word in words.items() if traces(path, word[4:])] == []
        library.compact()
        assert [name for name, word in words.items() if traces(path, word[4:])] == []


def holding_words() -> list[str]:
    """Every column of words or bytes in the schema, but those that hold nothing of a document."""
    return [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.c
        if isinstance(column.type, JSON | LargeBinary | Text | Words | String)
        and f"{table.name}.{column.name}" not in WITHOUT_WORDS
    ]


def planted(library: Library, words: dict[str, str]) -> str:
    """A document and an upload with a word of its own in each column; the document's id."""
    parts = [f"{words['passage.text']} and text. " * 20, "More."]
    title = f"{words['document.title']} {words['document.title_folded']} {words['seal.facts']}"
    new = replace(
        new_document(parts, title=title, content=words["original.content"].encode() * 500),
        file_name=f"{words['document.file_name']}.pdf",
        outline=((1, words["layout.outline"], 0),),
    )
    passages = [replace(part, section=words["passage.section"]) for part in new_passages(parts)]
    record, _ = library.add(new, passages)
    library.shelf.tag("ann", record.id, [words["document.tags"]])
    library.shelf.share("ann", record.id, [words["document.readers"]])
    batch = library.queue.open_batch("ann", "ask", "mark", "out.jsonl", "{}").id
    for number in range(2):
        job = library.queue.hand_in(
            NewJob(
                "ann",
                f"{words['job.file_name']} {words['receipt.file_name']}.pdf",
                new.content,
                batch_id=batch,
                item=f"{words['job.item']} {number}",
                task=f'["{words["job.task"]}"]',
            )
        )
        library.queue.fail(job.id, f"It failed at first: {words['job.message']}")
        library.queue.finish(job.id, record.id, f'["{words["job.result"]}"]')
    exact = checkpoint(20, payload=words["checkpoint.payload"].encode() * 300)
    rounded = snapshot(0, payload=words["snapshot.payload"].encode() * 300)
    held = checkpoint(10, payload=words["anchor.payload"].encode() * 300)
    library.readings.save(record.id, held, None, 1.0, anchored=True)
    library.readings.save(record.id, exact, rounded, 1.0, began=10)
    talked(library, record.id, words)
    return record.id


def talked(library: Library, document_id: str, words: dict[str, str]) -> None:
    """A conversation about the document and a state of a model that writes."""
    quote = Quote(document_id, "", 1, 1, "", words["turn.evidence"], 0, 1, 0, 1, "")
    said = NewTurn(
        words["turn.question"], words["turn.asked"], words["turn.answer"], True, 0.5, 1.0, (quote,)
    )
    payload = words["turn.payload"].encode() * 300
    state = TurnState("w", "t", "b", 1, payload, checksum(payload))
    new = NewConversation("ann", words["conversation.title"], (document_id,))
    library.conversations.begin(new, said, state)
    payload = words["backdrop.payload"].encode() * 300
    kept = Backdrop("w", "t", 1, 10, payload, checksum(payload))
    library.conversations.keep_backdrop(document_id, kept)
