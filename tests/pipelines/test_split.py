"""Passages: joined they are the text, none is too long, sentences stay whole."""

import time
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.document import Document, Heading
from pipelines.sentences import sentences
from pipelines.split import split


def count_words(text: str) -> int:
    return len(text.split())


def count_bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def count_growing(text: str) -> int:
    """Joined text has more tokens than its parts together, as with no real tokenizer."""
    return len(text) + len(text) ** 2 // 50


COUNTERS = [len, count_words, count_bytes, count_growing]
PIECES = [
    "Gulls cry.",
    "No 12.5 %",
    "a",
    "Longer sentences, too; they go on.",
    "\n\n",
    "\n",
    "字字。",
    "🙂",
]
TEXTS = st.one_of(
    st.text(min_size=1, max_size=300),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=80).map(" ".join),
    st.text(st.sampled_from("ab. \n,é🙂\u3000\x85"), min_size=1, max_size=600),
)


def document_of(text: str, *headings: int, page_starts: tuple[int, ...] = (0,)) -> Document:
    outline = tuple(Heading(1, f"at {start}", start) for start in headings)
    return Document("T", text, page_starts, outline, ())


@given(
    TEXTS, st.sampled_from(COUNTERS), st.integers(1, 60), st.lists(st.integers(0, 300), max_size=4)
)
@example("\n" * 5_000 + "a", len, 7, [])
@example("word " * 900, len, 1, [])
def test_passages_joined_are_the_text_and_none_is_too_long(
    text: str, count: Callable[[str], int], longest: int, headings: list[int]
) -> None:
    document = document_of(text, *sorted(start for start in headings if start < len(text)))
    passages = split(document, count, longest)
    assert "".join(passage.text for passage in passages) == text
    end = 0
    for passage in passages:
        assert passage.start == end
        end += len(passage.text)
        assert passage.tokens == count(passage.text)
        assert passage.tokens <= longest or len(passage.text) == 1


@given(TEXTS, st.integers(10, 60))
def test_a_sentence_is_broken_only_if_it_alone_is_too_long(text: str, longest: int) -> None:
    borders = {passage.start for passage in split(document_of(text), len, longest)} - {0}
    spans = sentences(text) or ((0, 0),)
    ends = [*(start for start, _ in spans[1:]), len(text)]
    for index, ((start, _), end) in enumerate(zip(spans, ends, strict=True)):
        begin = 0 if index == 0 else start
        if end - begin <= longest:
            assert not any(begin < border < end for border in borders)


def test_small_neighbours_are_merged_up_to_the_limit() -> None:
    text = "One gull. " * 100
    passages = split(document_of(text), count_words, 30)
    assert [passage.tokens for passage in passages[:-1]] == [30] * (len(passages) - 1)


def test_a_passage_ends_with_a_paragraph_if_one_ends_in_its_second_half() -> None:
    text = "One gull here. " * 7 + "\n\n" + "Two terns there. " * 20
    first = split(document_of(text), count_words, 30)[0]
    assert first.text == "One gull here. " * 7 + "\n\n"


def test_a_new_section_begins_a_new_passage_but_not_after_a_very_short_one() -> None:
    intro, fleet = "A few words. ", "Fleet\n\n" + "The ferry is old. " * 5
    crews = "Crews\n\n" + "They are well. " * 5
    text = intro + fleet + crews
    document = document_of(text, len(intro), len(intro) + len(fleet))
    passages = split(document, count_words, 90)
    assert [passage.text for passage in passages] == [intro + fleet, crews]
    assert [passage.section for passage in passages] == ["", f"at {len(intro) + len(fleet)}"]


def test_page_and_section_are_those_of_the_first_sign_that_is_not_space() -> None:
    text = "\n\n \nPage two begins. Page three begins."
    starts = (0, text.index("Page two"), text.index("Page three"))
    passages = split(document_of(text, starts[1], page_starts=starts), count_words, 3)
    assert [(passage.page, passage.section) for passage in passages] == [
        (2, f"at {starts[1]}"),
        (3, f"at {starts[1]}"),
    ]
    assert passages[0].start == 0


def test_an_empty_text_has_no_passage() -> None:
    assert split(document_of(""), len) == ()


@pytest.mark.parametrize("counter", [len, count_words], ids=["characters", "words"])
def test_two_megabytes_are_split_in_seconds(counter: Callable[[str], int]) -> None:
    text = "The ferry Gull left at 6.30, as Mr. Lind had said, and came back late.\n" * 28_000
    begun = time.perf_counter()
    passages = split(document_of(text), counter)
    assert time.perf_counter() - begun < 10
    assert len(passages) > 1_000


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a" * 100_000, id="no space"),
        pytest.param("字" * 100_000, id="no letter"),
        pytest.param("e\u0301\u0302\u200d" * 25_000, id="marks"),
        pytest.param("\n" * 100_000, id="line ends"),
        pytest.param("," * 100_000, id="commas"),
        pytest.param("Mr. " * 25_000, id="shortened words"),
        pytest.param("The ferry leaves at noon. " * 4_000, id="one sentence"),
    ],
)
def test_whatever_a_text_is_made_of_its_tokens_are_counted_a_few_times(text: str) -> None:
    counted: list[int] = []

    def count(piece: str) -> int:
        counted.append(len(piece))
        return len(piece.encode())

    split(document_of(text), count)
    assert sum(counted) < 8 * len(text)
    assert len(counted) < len(text) / 10
