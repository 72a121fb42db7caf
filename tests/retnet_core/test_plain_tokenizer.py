"""The tokenizer of published models is SentencePiece as it is, and no text of it is lost on us."""

from __future__ import annotations

import io
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentencepiece import SentencePieceProcessor, SentencePieceTrainer

from retnet_core.plain_tokenizer import PlainTokenizer
from tests.tiny_tokenizer import LINES


@cache
def pieces(begin: int = 1) -> bytes:
    """A model trained as those of Llama and Mistral are, as small as a test needs it."""
    model = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter([line.strip() for line in LINES] * 20), model_writer=model,
        vocab_size=400, model_type="bpe", byte_fallback=True, add_dummy_prefix=True,
        remove_extra_whitespaces=False, normalization_rule_name="identity", num_threads=1,
        bos_id=begin, minloglevel=2,
    )  # fmt: skip
    return model.getvalue()


TEXTS = ["The river rises.", "The mill 🌊 and Zwölf", "", "two  spaces\nand a line"]


@pytest.mark.parametrize("text", TEXTS)
def test_it_cuts_and_joins_as_sentencepiece_does(text: str) -> None:
    tokenizer, bare = PlainTokenizer(pieces()), SentencePieceProcessor(model_proto=pieces())
    assert tokenizer.encode(text) == bare.encode(text)
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_a_text_begins_with_a_token_only_where_the_model_has_one() -> None:
    assert (PlainTokenizer(pieces()).begin, PlainTokenizer(pieces()).end) == (1, 2)
    assert PlainTokenizer(pieces(), begins=False).begin is None
    assert PlainTokenizer(pieces(begin=-1)).begin is None
    assert 1 not in PlainTokenizer(pieces()).encode("The river")


def test_growing_lists_of_ids_give_growing_texts() -> None:
    tokenizer = PlainTokenizer(pieces())
    ids = tokenizer.encode("The mill 🌊 by the sea")
    grown = [tokenizer.decode(ids[:count]) for count in range(len(ids) + 1)]
    whole = [text for text in grown if not text.endswith("�")]
    assert len(whole) < len(grown)
    assert all(later.startswith(text) for text, later in pairwise(whole))


@given(st.lists(st.integers(0, 399), max_size=150), st.integers(0, 150))
def test_pieces_one_by_one_give_the_text_of_all(ids: list[int], cut: int) -> None:
    """Byte pieces among them: what is given is never half a character, and never taken back."""
    tokenizer = PlainTokenizer(pieces())
    decoder = tokenizer.decoder()
    told = [decoder.feed(piece) for piece in ids[:cut]]
    assert tokenizer.decode(ids[:cut]).startswith("".join(told))
    told += [decoder.feed(piece) for piece in ids[cut:]]
    assert "".join(told) + decoder.close() == tokenizer.decode(ids)


def test_control_symbols_and_ids_of_the_weights_alone_have_no_text() -> None:
    tokenizer = PlainTokenizer(pieces())
    ids = tokenizer.encode("The river")
    assert tokenizer.decode([1, *ids, 2, tokenizer.vocab_size, 10**6, -1]) == "The river"


def test_the_fingerprint_is_of_the_bytes() -> None:
    one, other = PlainTokenizer(pieces()), PlainTokenizer(pieces(begin=-1))
    assert len(one.fingerprint) == 64
    assert one.fingerprint != other.fingerprint


def test_other_bytes_are_refused() -> None:
    with pytest.raises(RuntimeError):
        PlainTokenizer(b"\x0a\xff\xff")
