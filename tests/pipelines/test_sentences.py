"""Sentences: where they end, that they cover the text, and that none is too long to cite."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.sentences import MOST_CHARACTERS, MOST_WORDS, sentences


def parts(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["Mr. Smith met Dr. Jones at 3 p.m. on Jan. 5.", "They talked."],
        ["St. Mary is an island.", "Lt. Dan lives there."],
        ["See Fig. 3 and No. 12 of the U.S. Treasury.", "It grew by 4.2% to $3.5 million."],
        ["J. R. R. Tolkien wrote it.", "A. A. Milne did not."],
        ['"I am done!" he said.', '"Go."', "She left."],
        ["“All aboard.”", "The bell rang (twice.)", "(It was late.)", "We left."],
        ["Then it fell...", "But why?", "Nobody knew!"],
        ["He lives in the U.S.", "He works there."],
        ["Several birds, e.g. gulls, came.", "Some left, i.e. the terns."],
        ["It was found [1].", "It was lost.[2][3]", "It came back."],
        ["Is it vol. 3?", "Yes!", "No.", "It is not."],
        ["The Nordvik Co. reported in Sec. 2.1, pp. 3-5.", "Next one."],
    ],
    ids=lambda expected: expected[0][:24],
)
def test_sentences_of_running_text(expected: list[str]) -> None:
    assert parts(" ".join(expected)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "今天天气很好。我们去公园吧！「好吗？」好。",
            ["今天天气很好。", "我们去公园吧！", "「好吗？」", "好。"],
        ),
        ("一つ。Two here. 三つ。", ["一つ。", "Two here.", "三つ。"]),
    ],
    ids=["chinese", "mixed"],
)
def test_wide_full_stops_end_a_sentence_without_a_space(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


PAGE = """Annual Report
Chapter 1. The Fleet
The cooperative ran four ferries in the year under review, which
is one more than in the year before, and it let one of them to the
islands of the north for a month. All four are sound.
Ferries and passengers
Name 2021 2022 2023
Gull 12,300 13,100 $ 14,250
Tern (1,200) — 4.5%
Total 11,100 13,100 18,750
Three things were decided:
1. to paint the Gull
2. to sell the old pier, which nobody had used since the storm took
its roof away
• to wait.

A new
paragraph begins here and it goes on to the end of this long line.
iPhone sales rose in the same year, which pleased the young people
of the islands."""


def test_line_ends_of_a_page_are_spaces_in_prose_and_ends_in_tables_lists_and_headings() -> None:
    assert parts(PAGE) == [
        "Annual Report",
        "Chapter 1. The Fleet",
        "The cooperative ran four ferries in the year under review, which\nis one more than in "
        "the year before, and it let one of them to the\nislands of the north for a month.",
        "All four are sound.",
        "Ferries and passengers",
        "Name 2021 2022 2023",
        "Gull 12,300 13,100 $ 14,250",
        "Tern (1,200) — 4.5%",
        "Total 11,100 13,100 18,750",
        "Three things were decided:",
        "1. to paint the Gull",
        "2. to sell the old pier, which nobody had used since the storm took\nits roof away",
        "• to wait.",
        "A new\nparagraph begins here and it goes on to the end of this long line.",
        "iPhone sales rose in the same year, which pleased the young people\nof the islands.",
    ]


def test_rows_of_a_markdown_table_are_sentences() -> None:
    assert parts("# Fleet\n| a | b |\n|---|---|\n| one | two |\nThe end.") == [
        "# Fleet",
        "| a | b |",
        "|---|---|",
        "| one | two |",
        "The end.",
    ]


def test_rows_of_a_csv_file_are_sentences() -> None:
    text = "name;built;cars;miles\nGull;1994;28;6.4\nTern;2001;12;9.3"
    assert parts(text) == text.split("\n")


def test_thousands_in_prose_make_no_row() -> None:
    text = "It rose from 1,000 to 2,000 and then from 3,000 to 4,000 crowns in the\nsecond year."
    assert parts(text) == [text]


def test_entries_of_a_table_of_contents_are_sentences() -> None:
    text = "The year in brief 3\nLetter from the chair 3\nReport of the managing director 4"
    assert parts(text) == text.split("\n")


def test_a_heading_under_a_full_line_is_a_sentence() -> None:
    text = (
        "The Petrel is the reserve ship, and her papers are in Appendix B.\nFulmar\n"
        "The Fulmar serves the western islands and is old, but she is well."
    )
    assert parts(text) == text.split("\n")


def test_a_sentence_too_long_is_cut_at_a_clause_near_its_middle() -> None:
    clause = "the gulls went round and round above the pier in the wind"
    found = parts(", ".join([clause] * 10) + ".")
    assert len(found) == 2
    assert found[0].endswith("wind,")
    assert abs(len(found[0]) - len(found[1])) < 130


@pytest.mark.parametrize("sign", ["a", "字", ".", "。", "1 "], ids=ascii)
def test_a_text_without_any_place_to_cut_is_cut_anyway(sign: str) -> None:
    text = sign * 5_000
    check(text)


NASTY = st.one_of(
    st.text(max_size=400),
    st.text(st.sampled_from("aB1. \n\t,;:!?\"')(“”。—-•$%\u3000\x1c\x85\u2028é🙂"), max_size=900),
    st.lists(
        st.sampled_from(
            [
                "Mr.",
                "Ferry",
                "12",
                "3.5",
                "U.S.",
                "ends.",
                "\n",
                "\n\n",
                "•",
                "[1]",
                "and",
                "。",
                "No.",
            ]
        ),
        max_size=300,
    ).map(" ".join),
)


@given(NASTY)
@example("")
@example(" \n ")
@example("a.[1] b")
@example("x.[1][2]\n")
def test_sentences_are_in_order_cover_all_that_is_not_space_and_are_short(text: str) -> None:
    check(text)


def check(text: str) -> None:
    last = 0
    for start, end in sentences(text):
        assert last <= start < end
        assert not text[last:start].strip()
        piece = text[start:end]
        assert piece == piece.strip()
        assert len(piece) <= MOST_CHARACTERS
        assert len(piece.split()) <= MOST_WORDS
        last = end
    assert not text[last:].strip()
