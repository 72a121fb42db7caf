"""Decoding token by token: joined it is what decode gives, and nothing is ever taken back."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from retnet_core.decoding import Decoder
from tests.tiny_tokenizer import tiny_tokenizer

TOKENIZER = tiny_tokenizer()
# Any ids: most of the tiny vocabulary are single bytes, so most such sequences are not UTF-8.
anything = st.lists(st.integers(0, TOKENIZER.vocab_size - 1), max_size=30)
# Text with spaces, line ends and characters of many bytes, whose ids are cut off and mixed.
texts = st.text(st.sampled_from(" \n\u2581the r\u00e9\u6f22\U0001f600"), max_size=12).map(
    TOKENIZER.encode
)
ids_of = st.lists(st.one_of(anything, texts, texts.map(lambda ids: ids[1:])), max_size=4).map(
    lambda parts: [token for part in parts for token in part]
)
SMILE = TOKENIZER.encode("a\U0001f600")


@given(ids_of)
@settings(max_examples=500, deadline=None)
@example([])
@example([0, 1, 4, *TOKENIZER.encode("  two\n\n spaces"), 5])
@example(SMILE[:-2])
@example([*SMILE[:-1], *TOKENIZER.encode("\n \n")])
def test_joined_it_is_what_decode_gives(ids: list[int]) -> None:
    decoder = TOKENIZER.decoder()
    pieces = [decoder.feed(token) for token in ids]
    assert "".join(pieces) + decoder.close() == TOKENIZER.decode(ids)


@given(ids_of)
@settings(max_examples=300, deadline=None)
@example([TOKENIZER.encode("\ud7ff")[-3], TOKENIZER.encode("\u0ba0")[-1]])  # half a surrogate
def test_only_a_character_that_may_still_become_whole_is_held_back(ids: list[int]) -> None:
    decoder = TOKENIZER.decoder()
    given_so_far = ""
    for number, token in enumerate(ids, start=1):
        given_so_far += decoder.feed(token)
        now = TOKENIZER.decode(ids[:number])
        assert now.startswith(given_so_far)
        # Two where a surrogate may be coming: its first two bytes are no character either.
        assert now[len(given_so_far) :] in ("", "\ufffd", "\ufffd\ufffd")


def test_a_character_of_four_bytes_comes_with_its_last() -> None:
    decoder = TOKENIZER.decoder()
    pieces = [decoder.feed(token) for token in SMILE]
    assert pieces[-4:] == ["", "", "", "\U0001f600"]


def test_two_decoders_share_nothing() -> None:
    first, second = TOKENIZER.decoder(), TOKENIZER.decoder()
    for token in SMILE[:-1]:
        first.feed(token)
    assert second.close() == ""
    assert first.close() == "\ufffd"


def test_each_line_loses_one_space_wherever_the_pieces_are_cut() -> None:
    decoder = Decoder((b"  a", b"\n", b"   b\n  c", b" ", b"\n\n "))
    pieces = [decoder.feed(token) for token in (0, 1, 2, 3, 4, 3)]
    assert pieces == [" a", "\n", "  b\n c", " ", "\n\n", " "]
