"""From what a person calls a document to the document."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, literal, select, update

from storage.errors import AmbiguousName, NotFound
from storage.library import Library
from storage.schema import document, layout, passage
from tests.storage.making import add

pytestmark = pytest.mark.each_backend


def test_an_id_a_prefix_and_a_title_name_the_document(library: Library) -> None:
    record = add(library, "text", title="Große Reise")
    add(library, "other text", title="Another")
    for key in (record.id, record.id[:11], record.id.upper(), "Große Reise", "GROSSE REISE"):
        assert library.find("ann", key) == record


def test_the_exact_title_wins_over_the_same_letters_in_another_case(library: Library) -> None:
    lower, upper = add(library, "a", title="report"), add(library, "b", title="REPORT")
    assert library.find("ann", "report") == lower
    assert library.find("ann", "REPORT") == upper
    with pytest.raises(AmbiguousName, match="fits 2 documents"):
        library.find("ann", "Report")


def test_a_title_of_several_documents_lists_them(library: Library) -> None:
    ids = [add(library, f"text {number}", title="Twins").id for number in range(12)]
    with pytest.raises(AmbiguousName, match=r"fits 12 documents.*and 2 more") as caught:
        library.find("ann", "Twins")
    assert all(document_id in str(caught.value) for document_id in ids[2:])


def rename(library: Library, old: str, new: str) -> None:
    """Give a document a chosen id: random ones seldom share four characters."""
    with library._database.writing() as connection:
        same = [column for column in document.c if column.name not in ("number", "id", "owner")]
        copied = select(literal(new), literal("nobody"), *same).where(document.c.id == old)
        names = ["id", "owner", *(column.name for column in same)]
        connection.execute(insert(document).from_select(names, copied))
        for table in (layout, passage):
            moved = update(table).where(table.c.document_id == old).values(document_id=new)
            connection.execute(moved)
        owner = connection.scalar(select(document.c.owner).where(document.c.id == old))
        connection.execute(delete(document).where(document.c.id == old))
        connection.execute(update(document).where(document.c.id == new).values(owner=owner))


def test_a_prefix_of_several_ids_is_ambiguous(library: Library) -> None:
    first, second = add(library, "a", title="A"), add(library, "b", title="B")
    rename(library, first.id, "abcd00000001")
    rename(library, second.id, "abcd00000002")
    with pytest.raises(AmbiguousName, match=r"abcd00000002 \(B\), abcd00000001 \(A\)"):
        library.find("ann", "abcd")
    assert library.find("ann", "abcd00000002").title == "B"


@pytest.mark.parametrize(
    "key", ["", "abc", "%", "____", "no such title", "\udcff", "0000\x00", "'"]
)
def test_a_name_that_fits_nothing_is_not_found(library: Library, key: str) -> None:
    add(library, "text")
    with pytest.raises(NotFound, match="readonce list"):
        library.find("ann", key)


def test_three_characters_of_an_id_are_too_few(library: Library) -> None:
    record = add(library, "text")
    with pytest.raises(NotFound):
        library.find("ann", record.id[:3])
