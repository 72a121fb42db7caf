"""Delete means delete: no byte of a text stays behind in the library's files."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from storage import documents
from storage.library import Library
from storage.schema import metadata
from tests.storage.deleting import as_large, rare_word
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
