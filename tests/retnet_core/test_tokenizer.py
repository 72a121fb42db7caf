import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from retnet_core.tokenizer import (
    BOS,
    CONTROL_SYMBOLS,
    EOS,
    MASK,
    PAD,
    PASSAGE,
    QUESTION,
    Tokenizer,
)
from tests.tiny_tokenizer import tiny_tokenizer

# Letters that the tiny model knows are mixed with every other character, so that pieces, bytes,
# spaces and line ends meet in all orders.
texts = st.text(
    st.sampled_from(" \n\t\u2581\x00the river1873\u00e9\U0001f600") | st.characters(codec="utf-8")
)


@given(texts)
@settings(max_examples=400, deadline=None)
@example("")
@example("\n\n two  \n\n\t three\n")
@example("\u2581 \u2581\u2581a\n\u2581")
@example("a\x00b <bos><question> \r\n")
@example("family \U0001f468\u200d\U0001f469\u200d\U0001f467, e\u0301, \u6f22\u5b57")
def test_decoding_what_was_encoded_gives_the_text_back(text: str) -> None:
    tokenizer = tiny_tokenizer()
    assert tokenizer.decode(tokenizer.encode(text)) == text


@given(texts)
@settings(max_examples=400, deadline=None)
@example("  two\n\n\u2581 \n x\u00e9\U0001f600y")
def test_offsets_cut_the_text_into_the_pieces(text: str) -> None:
    tokenizer = tiny_tokenizer()
    ids, starts = tokenizer.encode_with_offsets(text)
    assert ids == tokenizer.encode(text)
    assert len(starts) == len(ids)
    ends = np.append(starts, len(text))[1:]
    assert (ends >= starts[: len(ends)]).all()
    for piece, start, end in zip(ids, starts, ends, strict=True):
        written = tokenizer._bytes[piece].decode("utf-8", errors="ignore")
        if written:
            assert text[start:end] in (written, written.removeprefix(" "))


@pytest.mark.parametrize(("text", "pieces"), [("", 0), ("\n", 1), ("\n\n", 2), ("\n\n\n", 3)])
def test_an_empty_line_costs_no_space(text: str, pieces: int) -> None:
    assert tiny_tokenizer().count(text) == pieces


def test_bytes_of_one_character_share_its_offset() -> None:
    ids, starts = tiny_tokenizer().encode_with_offsets("the \U0001f600 sea")
    assert len(ids) > 6
    assert starts.tolist().count(4) == 4


def test_a_word_is_the_same_piece_at_the_start_of_a_line_and_within_it() -> None:
    tokenizer = tiny_tokenizer()
    alone = tokenizer.encode("river")
    assert tokenizer.encode("the river")[-len(alone) :] == alone
    assert tokenizer.encode("the\nriver")[-len(alone) :] == alone


@pytest.mark.parametrize("symbol", ["<pad>", "<bos>", "<eos>", "<unk>", *CONTROL_SYMBOLS])
def test_text_never_becomes_a_control_symbol(symbol: str) -> None:
    ids = tiny_tokenizer().encode(f"the {symbol}{symbol} mill")
    assert min(ids) >= 4 + len(CONTROL_SYMBOLS)


def test_control_symbols_have_their_numbers_and_no_text() -> None:
    numbers = [PAD, BOS, EOS, QUESTION, PASSAGE, MASK]
    assert numbers == [0, 1, 2, 4, 5, 6]
    assert tiny_tokenizer().decode(numbers) == ""


def test_a_tokenizer_from_the_same_bytes_has_the_same_fingerprint() -> None:
    tokenizer = tiny_tokenizer()
    again = Tokenizer.from_bytes(tokenizer.model)
    assert again.fingerprint == tokenizer.fingerprint
    assert len(again.fingerprint) == 64
    assert again.vocab_size == 360


def test_counting_is_the_number_of_pieces() -> None:
    tokenizer = tiny_tokenizer()
    assert tokenizer.count("the river rises") == len(tokenizer.encode("the river rises"))
