"""Pages and sections are found by offset."""

import pytest

from pipelines.document import Document, Heading

OUTLINE = (Heading(1, "Fleet", 4), Heading(2, "Hulls", 9))
DOCUMENT = Document("T", "abc\nFleet\nHulls\nend", (0, 4, 4, 10), OUTLINE, (2,))


@pytest.mark.parametrize(("offset", "page"), [(0, 1), (3, 1), (4, 3), (9, 3), (10, 4), (18, 4)])
def test_an_offset_belongs_to_the_last_page_that_begins_at_or_before_it(
    offset: int, page: int
) -> None:
    assert DOCUMENT.page_at(offset) == page


@pytest.mark.parametrize(
    ("offset", "section"),
    [(0, ""), (3, ""), (4, "Fleet"), (8, "Fleet"), (9, "Hulls"), (18, "Hulls")],
)
def test_an_offset_belongs_to_the_last_heading_at_or_before_it(offset: int, section: str) -> None:
    assert DOCUMENT.section_at(offset) == section


def test_a_text_without_outline_has_no_section() -> None:
    assert Document("T", "abc", (0,), (), ()).section_at(2) == ""
