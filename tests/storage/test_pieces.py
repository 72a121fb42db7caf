"""Pieces of words are found anywhere in the texts of a scope, and in nobody else's."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage import postings as postings_module
from storage.fulltext import pieces
from storage.library import Library
from storage.records import Posting
from tests.storage.making import add, listed, open_at
from tests.storage.soundness import traces


def found(library: Library, asked: str, ids: list[str] | None = None) -> dict[str, Posting]:
    scope = library.scope("ann", ids)
    return {posting.word: posting for posting in library.postings_of_pieces(scope, asked)}


@pytest.mark.each_backend
def test_a_piece_is_found_inside_of_words_in_the_documents_of_the_scope(library: Library) -> None:
    one = add(library, "Der Leuchtturmwärter. ", "Ein Türm. ", title="one")
    two = add(library, "灯塔是一九二三年修建的。", title="two")
    add(library, "Leuchtturm and 灯塔 of bob", owner="bob")
    told = found(library, "TURM 灯塔 xyz")
    assert {piece: posting.count for piece, posting in told.items()} == {"turm": 2, "灯塔": 1}
    scope = library.scope("ann")
    places, indices = scope.places(listed(told["turm"]))
    titles = [scope.documents[place].id for place in places]
    assert (titles, indices.tolist()) == ([one.id, one.id], [0, 1])
    assert list(found(library, "turm 灯塔", [two.id])) == ["灯塔"]


@pytest.mark.each_backend
def test_the_rarest_piece_comes_first_and_an_empty_scope_holds_none(library: Library) -> None:
    add(library, "Mühle. ", "Mühle und Fluss. ", title="one")
    told = library.postings_of_pieces(library.scope("ann"), "mühl flus")
    assert [(posting.word, posting.count) for posting in told] == [("flus", 1), ("muhl", 2)]
    assert library.postings_of_pieces(library.scope("carl"), "mühl") == ()


@pytest.mark.each_backend
def test_in_english_passages_whole_words_and_names_with_accents_are_found(library: Library) -> None:
    add(
        library, "The keeper of the lighthouse was from Zürich, and it is said that 灯塔 is a word."
    )
    add(library, "Der Wärter des Leuchtturms kam aus Zürich.", title="two")
    assert {piece: each.count for piece, each in found(library, "Zürich?").items()} == {
        "zuri": 2,
        "uric": 2,
        "rich": 2,
    }
    assert found(library, "灯塔")["灯塔"].count == 1
    assert found(library, "keeper")["keep"].count == 1
    assert found(library, "keep") == {}  # a part of an English word


def test_what_is_indexed_of_a_passage_is_told_by_its_language() -> None:
    german = "Im Winter fuhr das Schiff auf dem Fluss, und die Leute standen an der Mühle."
    assert set(pieces.indexed(german).split()) == set(pieces.pieces(german))
    english = "In the winter the ship went down the river, and people stood at the mill of José."
    assert pieces.indexed(english) == "jose"
    assert pieces.indexed("They said that the tower was “high”.") == ""
    assert (pieces.indexed(""), pieces.indexed(None)) == ("", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Türme", ["turm", "urme"], id="accents"),
        pytest.param("Tu\u0308rme", ["turm", "urme"], id="combining accents"),
        pytest.param("an 7", ["an", "7"], id="short words"),
        pytest.param("灯塔", ["灯塔"], id="Chinese"),
        pytest.param("등대를", ["등대", "대를"], id="Korean syllables"),
        pytest.param("A灯", ["a", "灯"], id="both"),
        pytest.param("?! --", [], id="no word"),
    ],
)
def test_a_text_is_cut_into_pieces(text: str, expected: list[str]) -> None:
    assert pieces.pieces(text) == expected


@pytest.mark.each_backend
def test_too_common_a_piece_is_only_counted(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postings_module, "MOST_PASSAGES", 4)
    add(library, *(f"Mühle {number % 2 * 'Turm'} {number}. " for number in range(6)))
    told = found(library, "mühle turm")
    assert (told["turm"].count, told["turm"].numbers is None) == (3, False)
    assert (told["muhl"].count, told["muhl"].numbers) == (6, None)


@pytest.mark.each_backend
def test_a_deleted_document_is_found_no_more(library: Library) -> None:
    gone, kept = add(library, "Der Leuchtturm."), add(library, "Der Kirchturm.", title="two")
    library.delete("ann", gone.id)
    assert listed(found(library, "turm")["turm"]).tolist() == [
        passage.id for passage in library.passages(kept.id)
    ]


def test_a_deleted_document_leaves_no_piece_in_the_file(tmp_path: Path) -> None:
    words = [f"Quxvbyzk{letter}w" for letter in "abcdefg"]
    with open_at(tmp_path) as library:
        add(library, "Der Kirchturm am Fluss.", title="two")
        gone = add(library, *(f"Der {word} am Ufer. " for word in words))
        path = tmp_path / "library.db"
        assert traces(path, "uxvb")
        library.delete("ann", gone.id)
        assert not any(traces(path, piece) for piece in ("uxvb", "vbyz"))
        assert library.care.library_damage() == ()


def test_an_index_of_pieces_that_lacks_one_is_noticed_and_made_again(tmp_path: Path) -> None:
    with open_at(tmp_path) as library:
        add(library, "Der Leuchtturm. ", "Ein Schiff.")
        with library._database.writing() as connection:
            connection.exec_driver_sql(
                "INSERT INTO passage_pieces_0 (passage_pieces_0, rowid, text)"
                " SELECT 'delete', id, pieces_of(text) FROM passage LIMIT 1"
            )
        assert [damage.kind for damage in library.care.library_damage()] == ["index"]
        library.care.rebuild_index()
        assert library.care.library_damage() == ()
        assert found(library, "turm")["turm"].count == 1


def test_a_library_without_the_index_is_given_one(tmp_path: Path) -> None:
    with open_at(tmp_path) as library:
        add(library, "Der Leuchtturm.")
    with closing(sqlite3.connect(tmp_path / "library.db")) as connection, connection:
        connection.execute("DROP TABLE passage_pieces_0")
        connection.execute("DROP VIEW passage_pieces_0_text")
        for column in ("replaces", "put_away_at"):
            connection.execute(f"DROP INDEX document_{column}")
            connection.execute(f"CREATE INDEX ix_document_{column} ON document ({column})")
        connection.execute("UPDATE alembic_version SET version_num = '0011'")
    with open_at(tmp_path) as library:
        assert found(library, "turm")["turm"].count == 1
