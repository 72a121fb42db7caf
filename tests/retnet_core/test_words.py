import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retnet_core.words import stem, word_ids
from tests.tiny_tokenizer import tiny_tokenizer


def ids(text: str, offsets: list[int]) -> tuple[list[int], list[int]]:
    exact, stems = word_ids(text, offsets)
    return exact.tolist(), stems.tolist()


def test_all_pieces_of_a_word_have_its_number() -> None:
    exact, stems = ids("unfolding maps", [0, 2, 6, 9])
    assert exact[0] == exact[1] == exact[2] != exact[3]
    assert 0 not in exact + stems


def test_numbers_are_the_same_on_every_machine() -> None:
    exact, stems = ids("River", [0])
    assert (exact, stems) == ([650942739], [2097872273])


@pytest.mark.parametrize(
    ("one", "other"),
    [("Caf\u00e9", "CAFE"), ("Stra\u00dfe", "strasse"), ("cafe\u0301", "caf\u00e9")],
    ids=["case and accent", "sharp s", "combining accent"],
)
def test_case_and_accents_do_not_matter(one: str, other: str) -> None:
    assert ids(one, [0]) == ids(other, [0])


def test_spaces_and_marks_have_no_word() -> None:
    exact, stems = ids("Yes , (no) _", [0, 3, 5, 7, 9, 10])
    assert [number > 0 for number in exact] == [True, False, False, True, False, False]
    assert stems == [0] * 6


def test_a_piece_that_begins_with_a_space_has_the_word_behind_it() -> None:
    exact, _ = ids("old mill", [0, 3])
    assert exact[1] == ids("mill", [0])[0][0]


def test_function_words_have_a_number_but_no_stem() -> None:
    exact, stems = ids("the mill", [0, 3])
    assert exact[0] > 0
    assert stems[0] == 0
    assert stems[1] > 0


@pytest.mark.parametrize(
    "family",
    ["invent invents invented inventing", "run runs running runner", "study studies studied",
     "make makes making", "pass passes passed", "use uses used using", "happy happily"],
)  # fmt: skip
def test_forms_of_a_word_have_one_stem(family: str) -> None:
    assert len({stem(word) for word in family.split()}) == 1


@given(
    st.text(st.sampled_from("ab 1.\n\u00e9\u0301\u2581\U0001f600") | st.characters(codec="utf-8"))
)
@settings(max_examples=300, deadline=None)
def test_every_token_with_a_letter_has_a_word(text: str) -> None:
    _, starts = tiny_tokenizer().encode_with_offsets(text)
    exact, stems = word_ids(text, starts)
    assert exact.shape == stems.shape == starts.shape
    assert ((exact >= 0) & (exact < 2**31)).all()
    for start, end, number in zip(starts, np.append(starts, len(text))[1:], exact, strict=True):
        if end > start:
            assert (number > 0) == any(part.isalnum() for part in text[start:end]) or any(
                "\u0300" <= part <= "\u036f" for part in text[start:end]
            )


def test_no_text_has_no_words() -> None:
    exact, stems = word_ids("", [])
    assert exact.shape == stems.shape == (0,)
