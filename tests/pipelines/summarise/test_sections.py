"""Sections have summaries of their own, headings or not."""

from __future__ import annotations

import pytest

from pipelines.document import Document, Heading
from pipelines.summarise.length import Length
from pipelines.summarise.sections import LINE, headings_of, summarise_sections
from storage.library import Library
from tests.pipelines.summarise.conftest import Put, chronicle, document

TEXT = "".join(
    f"# Part of {name}\n\n{chronicle(8).replace('year', f'year of the {name}')}\n\n"
    for name in ("mills", "ferries", "lists")
)


def layout(levels: list[int], *, first: int = 0, pages: int = 1) -> Document:
    outline = tuple(Heading(level, f"H{n}", first + 100 * n) for n, level in enumerate(levels))
    return Document("Title", "", tuple(range(0, 10 * pages, 10)), outline, ())


def test_each_section_is_summarised_from_itself(library: Library, put: Put) -> None:
    record = put(document(f"{TEXT}# Figures\n\nNet sales: 2021 $12; 2020 $11\n", pages=3))
    found = summarise_sections(library, "ann", record, Length(sentences=2), 10)
    assert [section.title for section in found.sections] == [
        "Part of mills", "Part of ferries", "Part of lists", "Figures",
    ]  # fmt: skip
    assert [len(section.sentences) for section in found.sections] == [2, 2, 2, 0]
    for section in found.sections:
        assert {quote.section for quote in section.sentences} <= {section.title}
    assert found.sections[0].page == 1
    assert found.sections[2].page == 2 or found.sections[2].page == 3


def test_an_outline_has_one_line_for_each_heading(library: Library, put: Put) -> None:
    found = summarise_sections(library, "ann", put(document(TEXT)), LINE, 10)
    assert [len(section.sentences) for section in found.sections] == [1, 1, 1]
    assert found.ranking == "salience"


def test_the_text_in_front_of_the_first_heading_is_a_section(library: Library, put: Put) -> None:
    record = put(document(f"{chronicle(12)}\n\n{TEXT}"))
    found = summarise_sections(library, "ann", record, LINE, 10)
    assert [section.title for section in found.sections][:2] == ["Chronicle", "Part of mills"]
    assert found.sections[0].sentences[0].section == ""


@pytest.mark.parametrize(
    ("levels", "most", "expected"),
    [
        ([1, 2, 2, 1], 10, ["H0", "H1", "H2", "H3"]),
        ([1, 2, 2, 1], 3, ["H0", "H3"]),
        ([1, 3, 2, 1], 3, ["H0", "H2", "H3"]),
    ],
)
def test_headings_are_as_deep_as_there_is_room(
    levels: list[int], most: int, expected: list[str]
) -> None:
    assert [each.title for each in headings_of(layout(levels), 500, most)] == expected


@pytest.mark.parametrize(
    ("characters", "pages", "expected"),
    [
        (500, 1, ["Title"]),
        (25_000, 1, ["Part 1 of 2", "Part 2 of 2"]),
        (36_000, 7, ["Pages 1–2", "Pages 3–4", "Pages 5–7"]),
    ],
)
def test_a_text_without_headings_is_cut_into_equal_parts(
    characters: int, pages: int, expected: list[str]
) -> None:
    assert [each.title for each in headings_of(layout([], pages=pages), characters, 9)] == expected


def test_headings_that_are_too_many_give_way_to_parts() -> None:
    found = headings_of(layout([1] * 40), 25_000, 9)
    assert [each.title for each in found] == ["Part 1 of 2", "Part 2 of 2"]
