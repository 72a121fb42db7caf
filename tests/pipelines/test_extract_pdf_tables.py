"""Tables of PDFs: every figure on one line with its row and its year, and found on its page."""

import pytest

from pipelines import pages
from pipelines.document import Upload
from pipelines.extract import extract
from pipelines.extract.tables import row_lines
from pipelines.sentences import sentences
from tests.pipelines.pdfs import LEADING, LEFT, TOP, Page, PdfMaker

HEIGHT = 841.89
YEARS = ("", "2022", "2021", "2020")
INCOME = (
    YEARS,
    ("Net revenues", "$ 9,795", "$ 10,420", "$ 8,894"),
    ("Cost of net revenues", "(2,680)", "2,650", "—"),
    ("Operating expenses:", "", "", ""),
    ("  Marketing", "2,136", "2,170", "2,091"),
    ("Total operating expenses", "4,765", "4,847", "4,461"),
    ("% of net revenues", "27 %", "25 %", "(20)%"),
)


def lines_of(make_pdf: PdfMaker, *rows: tuple[str, ...], above: tuple[str, ...] = ()) -> list[str]:
    content = make_pdf((Page(above, rows=rows),))
    return extract(Upload("a.pdf", content)).text.split("\n")


def test_every_figure_of_a_statement_stands_on_a_line_with_its_row_and_its_year(
    make_pdf: PdfMaker,
) -> None:
    assert lines_of(make_pdf, *INCOME, above=("Consolidated statement of income",)) == [
        "Consolidated statement of income",
        "2022 2021 2020",
        "Net revenues: 2022 $9,795; 2021 $10,420; 2020 $8,894",
        "Cost of net revenues: 2022 (2,680); 2021 2,650; 2020 —",
        "Operating expenses:",
        "Operating expenses, Marketing: 2022 2,136; 2021 2,170; 2020 2,091",
        "Total operating expenses: 2022 4,765; 2021 4,847; 2020 4,461",
        "% of net revenues: 2022 27%; 2021 25%; 2020 (20)%",
    ]


def test_a_year_over_a_group_of_rows_is_said_in_each_of_them(make_pdf: PdfMaker) -> None:
    rows = (
        ("", "March 31", "June 30"),
        ("2021", "", ""),
        ("Net revenues", "$ 1,821", "$ 2,337"),
        ("2022", "", ""),
        ("Net revenues", "$ 2,638", "$ 2,668"),
    )
    lines = lines_of(make_pdf, *rows)
    assert "2021, Net revenues: March 31 $1,821; June 30 $2,337" in lines
    assert "2022, Net revenues: March 31 $2,638; June 30 $2,668" in lines


def test_heads_of_several_lines_are_read_from_top_to_bottom(make_pdf: PdfMaker) -> None:
    rows = (
        ("", "September 25,", "September 26,"),
        ("", "2022", "2021"),
        ("Cash", "12", "11"),
        ("Loans", "7", "8"),
    )
    assert "Cash: September 25, 2022 12; September 26, 2021 11" in lines_of(make_pdf, *rows)


def test_a_second_table_below_the_first_has_its_own_years(make_pdf: PdfMaker) -> None:
    rows = (*INCOME[:2], ("", "2019", "2018"), ("Ships", "5", "4"), ("Crews", "50", "40"))
    lines = lines_of(make_pdf, *rows)
    assert "Ships: 2019 5; 2018 4" in lines
    assert "Crews: 2019 50; 2018 40" in lines


def test_a_sign_of_money_begins_a_column_however_near_to_the_one_before(
    make_pdf: PdfMaker,
) -> None:
    rows = (YEARS, ("Cash", "(6) %", "$ 1,234,567,890", "$ 5"), ("Loans", "7 %", "8", "9"))
    assert "Cash: 2022 (6)%; 2021 $1,234,567,890; 2020 $5" in lines_of(make_pdf, *rows)


def test_a_sign_of_per_cent_belongs_to_its_figure_however_far_from_it(
    make_pdf: PdfMaker,
) -> None:
    rows = (("", "2022", "Change"), ("Cash", "12", "33         %"), ("Loans", "7", "(6)       %"))
    assert "Cash: 2022 12; Change 33%" in lines_of(make_pdf, *rows)


def test_a_label_over_two_lines_is_said_whole(make_pdf: PdfMaker) -> None:
    rows = (YEARS, ("Depreciation and", "", "", ""), ("amortization", "5", "4", "3"))
    lines = lines_of(make_pdf, *rows, ("Interest", "1", "2", "3"))
    assert "Depreciation and amortization: 2022 5; 2021 4; 2020 3" in lines


def test_a_table_without_heads_keeps_its_rows(make_pdf: PdfMaker) -> None:
    assert lines_of(make_pdf, ("Fuel", "286", "191"), ("Crew", "12", "14")) == [
        "Fuel 286 191",
        "Crew 12 14",
    ]


def test_a_paragraph_over_a_table_is_no_head_and_prose_with_figures_no_table(
    make_pdf: PdfMaker,
) -> None:
    said = (
        "Revenues were $9,795 million in 2022, $10,420 million in 2021 and 8,894 in 2020,",
        "of which 12 % came from 3 ships and 40 crews, as the table of 2 years shows:",
    )
    lines = lines_of(make_pdf, *INCOME[:2], ("Crews", "1", "2", "3"), above=said)
    assert lines[:2] == list(said)
    assert "Crews: 2022 1; 2021 2; 2020 3" in lines


def test_each_row_is_a_sentence_that_is_marked_where_it_stands(make_pdf: PdfMaker) -> None:
    content = make_pdf((Page(rows=INCOME),))
    text = extract(Upload("a.pdf", content)).text
    rows = [text[start:end] for start, end in sentences(text)]
    quote = "Operating expenses, Marketing: 2022 2,136; 2021 2,170; 2020 2,091"
    assert quote in rows
    for row in rows:
        assert pages.boxes(content, 1, row)
    ((left, top, right, bottom),) = pages.boxes(content, 1, quote)
    baseline = HEIGHT - (TOP - 4 * LEADING)
    assert baseline - 12 < top * HEIGHT < baseline < bottom * HEIGHT + 1 < baseline + 5
    assert left * 595.28 == pytest.approx(LEFT + 12, abs=2)
    assert right * 595.28 == pytest.approx(LEFT + 160 + 270, abs=4)


def test_a_row_too_long_for_one_sentence_is_cut_between_values_and_named_again() -> None:
    values = [(f"Quarter {number} of a year of great changes", "12,345") for number in range(12)]
    lines = ["".join(text for text, _ in pieces) for pieces in row_lines("Net sales", values)]
    assert len(lines) > 1
    assert all(line.startswith("Net sales: Quarter ") and len(line) < 300 for line in lines)
    assert sum(line.count("12,345") for line in lines) == 12


HEAD, FOOT = "Harbour report 2022", "Page {} of 6"


def story(number: int) -> Page:
    more = number * "more "
    lines = (HEAD, f"{number} {more}ferries left", f"with {more}sails, which", FOOT.format(number))
    return Page(lines)


def test_running_heads_and_feet_are_left_out_and_sentences_go_on_over_the_border(
    make_pdf: PdfMaker,
) -> None:
    book = [*map(story, range(1, 6)), Page((HEAD, "held until evening.", FOOT.format(6)))]
    document = extract(Upload("a.pdf", make_pdf(book)))
    assert "Harbour report" not in document.text
    assert "of 6" not in document.text
    assert "which\nheld until evening." in document.text
    for number in range(1, 6):
        assert document.page_at(document.text.index(f"{number} more ")) == number


def test_a_page_of_nothing_but_a_head_keeps_it_and_few_pages_keep_all(make_pdf: PdfMaker) -> None:
    book = [*(Page((HEAD, f"Story {number}.")) for number in range(5)), Page((HEAD,))]
    document = extract(Upload("a.pdf", make_pdf(book)))
    assert document.pages_without_text == ()
    assert document.text.endswith(HEAD)
    assert HEAD in extract(Upload("a.pdf", make_pdf(book[:3]))).text
