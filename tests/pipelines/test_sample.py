"""The sample document: built alike every time, its figures add up, its questions have answers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest

from app.sample.build import FOLDER, SOURCE, TARGET, build
from pipelines.document import Document, Upload
from pipelines.extract import extract
from pipelines.sentences import sentences


@dataclass(frozen=True)
class Question:
    question: str
    answer: str | None
    page: int | None


@dataclass(frozen=True)
class SourceTable:
    caption: str
    rows: tuple[tuple[str, ...], ...]


@pytest.fixture(scope="module")
def sample() -> Document:
    return extract(Upload(TARGET.name, TARGET.read_bytes()))


def source_tables() -> Iterator[SourceTable]:
    blocks = SOURCE.read_text(encoding="utf-8").split("\n\n")
    for before, block in pairwise(blocks):
        if block.startswith("|"):
            lines = [line.strip("|").split("|") for line in block.strip().split("\n")]
            rows = (tuple(cell.strip() for cell in line) for line in (lines[0], *lines[2:]))
            yield SourceTable(before.strip("* "), tuple(rows))


def questions() -> list[Question]:
    written = json.loads((FOLDER / "questions.json").read_text(encoding="utf-8"))
    return [Question(**entry) for entry in written]


TABLES = list(source_tables())


def test_the_committed_pdf_is_what_its_source_builds_byte_for_byte() -> None:
    source = SOURCE.read_text(encoding="utf-8")
    assert build(source) == build(source) == TARGET.read_bytes()


def test_it_has_about_twenty_pages_a_title_and_an_outline(sample: Document) -> None:
    assert 18 <= len(sample.page_starts) <= 24
    assert sample.title == "Halvern Sound Ferry Cooperative: Annual Report 2023"
    assert sample.pages_without_text == ()
    assert len([heading for heading in sample.outline if heading.level == 1]) > 15
    for heading in sample.outline:
        assert sample.text.startswith(heading.title, heading.start)


def test_every_row_of_a_table_is_one_line_and_with_two_figures_one_sentence(
    sample: Document,
) -> None:
    assert len(TABLES) == 23
    lines = set(sample.text.split("\n"))
    whole = {sample.text[start:end] for start, end in sentences(sample.text)}
    for table in TABLES:
        for row in table.rows:
            shown = written(table.rows[0], row)
            if shown:
                assert shown in lines
                assert shown in whole or len(list(filter(figure, row))) < 2


def written(heads: tuple[str, ...], row: tuple[str, ...]) -> str:
    """The line of a row: its label, and its values from the first figure on under their heads."""
    first = next((i for i, cell in enumerate(row) if i and figure(cell) is not None), len(row))
    label = " ".join(cell for cell in row[:first] if cell)
    pairs = zip(heads[first:], row[first:], strict=True)
    values = [f"{head} {cell}" for head, cell in pairs if cell]
    named = row != heads and any(heads[1:])
    figures = [cell for cell in row[first:] if figure(cell) is not None]
    years = all(len(cell) == 4 and cell.isdigit() for cell in figures)
    if not named or not values or years:
        return " ".join(cell for cell in row if cell).replace("'", "’")
    return f"{label}: {'; '.join(values)}".replace("'", "’")


def figure(cell: str) -> float | None:
    digits = cell.replace(",", "")
    return float(digits) if digits.replace(".", "", 1).isdigit() else None


@pytest.mark.parametrize(
    "table",
    [table for table in TABLES if table.rows[-1][0] == "Total"],
    ids=lambda t: t.caption[:9],
)
def test_totals_are_the_sums_of_their_columns(table: SourceTable) -> None:
    checked = 0
    for column in list(zip(*table.rows, strict=True))[1:]:
        *parts, total = [figure(cell) for cell in column[1:]]
        if total is not None:
            assert sum(part for part in parts if part is not None) == pytest.approx(total)
            checked += 1
    assert checked


def test_there_are_thirty_questions_five_of_them_without_an_answer() -> None:
    asked = questions()
    assert len({entry.question for entry in asked}) == 30
    assert [entry.answer is None for entry in asked].count(True) == 5


@pytest.mark.parametrize("entry", questions(), ids=lambda entry: entry.question[:40])
def test_an_answer_stands_on_its_page(sample: Document, entry: Question) -> None:
    if entry.answer is None or entry.page is None:
        assert (entry.answer, entry.page) == (None, None)
        return
    starts = (*sample.page_starts, len(sample.text))
    page = sample.text[starts[entry.page - 1] : starts[entry.page]]
    assert entry.answer in " ".join(page.split())
