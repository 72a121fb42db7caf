"""Text in pieces: joined exactly what decode gives, up to the first stop string."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from retnet_core.writing.sampling import GREEDY, Sampling
from retnet_core.writing.streaming import Gate, WritingText, write_text
from retnet_core.writing.write import NOTHING, Context, Ending
from tests.tiny_reader import tiny_reader
from tests.tiny_tokenizer import tiny_tokenizer

MODEL = tiny_reader().body.double().requires_grad_(False)
TOKENIZER = tiny_tokenizer()
PROMPT = "The river rises\n"


def warm(seed: int) -> Sampling:
    """Flat enough that bytes, line ends and control symbols all occur."""
    return Sampling(temperature=3.0, seed=seed)


def writing(seed: int, most: int, stops: Sequence[str] = (), prompt: str = PROMPT) -> WritingText:
    return write_text(
        MODEL, TOKENIZER, prompt, sampling=warm(seed), ending=Ending(most), stops=stops
    )


def decoded_after(before: Sequence[int], tokens: Sequence[int]) -> str:
    """What decode adds for the tokens to the text before them."""
    return TOKENIZER.decode([*before, *tokens])[len(TOKENIZER.decode([*before])) :]


@given(
    st.integers(0, 2**32), st.sampled_from(["The river", PROMPT, "The river \n", "\n", "\u00e9"])
)
@settings(max_examples=25, deadline=None)
def test_the_pieces_joined_are_what_decode_gives(seed: int, prompt: str) -> None:
    text = writing(seed, 40, prompt=prompt)
    pieces = list(text)
    assert "".join(pieces) == decoded_after(TOKENIZER.encode(prompt), text.tokens)
    assert all(pieces)
    assert (text.end, len(text.tokens)) == ("length", 40)


def certain(tokens: Sequence[int]) -> str:
    """The text after the prompt, without a character that may still become whole."""
    decoder = TOKENIZER.decoder()
    for token in TOKENIZER.encode(PROMPT):
        decoder.feed(token)
    return "".join(decoder.feed(token) for token in tokens)


def defined(text: str, stops: Sequence[str]) -> tuple[str, str, bool]:
    """What is given once this much text is there, what is held back, and whether it stopped."""
    for end in range(len(text) + 1):
        if ended := [stop for stop in stops if text[:end].endswith(stop)]:
            return text[: end - max(map(len, ended))], "", True
    held = [n for n in range(1, len(text) + 1) for s in stops if s.startswith(text[-n:])]
    free = len(text) - max(held, default=0)
    return text[:free], text[free:], False


letters = st.text("ab\U0001f600", min_size=1, max_size=4)


@given(st.lists(letters, max_size=8), st.lists(letters, max_size=4))
@settings(max_examples=800, deadline=None)
@example(["aba", "ab", "ba"], ["abab", "ba\U0001f600"])
@example(["aabab"], ["ab", "aab"])
@example(["abab"], ["b", "abab"])
def test_a_gate_gives_and_holds_what_the_definition_says(
    pieces: list[str], stops: list[str]
) -> None:
    gate, given_so_far = Gate(stops), ""
    for number, piece in enumerate(pieces, start=1):
        given_so_far += gate.feed(piece)
        text, _, stopped = defined("".join(pieces[:number]), stops)
        assert (given_so_far, gate.stopped) == (text, stopped)
    assert gate.close() == defined("".join(pieces), stops)[1]
    assert gate.close() == ""


@given(st.integers(0, 2**32), st.data())
@settings(max_examples=25, deadline=None)
def test_text_ends_before_a_stop_string_wherever_its_tokens_are_cut(
    seed: int, data: st.DataObject
) -> None:
    free = "".join(writing(seed, 30))
    start = data.draw(st.integers(0, max(len(free) - 1, 0)))
    stop = free[start : start + data.draw(st.integers(1, 6))] or "x"
    text = writing(seed, 30, [stop, "never there"])
    expected, _, stopped = defined(free, [stop])
    assert "".join(text) == (expected if stopped else free)
    assert text.end == ("stop" if stopped else "length")
    if stopped:  # then no token was written after the one that completed the stop string
        assert stop in certain(text.tokens)
        assert stop not in certain(text.tokens[:-1])


def test_at_its_end_the_text_that_was_held_back_is_given() -> None:
    whole = "".join(writing(1, 30))
    text = writing(1, 30, [whole[-3:] + "and more"])
    pieces = list(text)
    assert "".join(pieces) == whole
    assert len(pieces[-1]) >= 3
    assert text.end == "length"


def test_a_token_can_end_the_text() -> None:
    free = writing(1, 30)
    list(free)
    last = free.tokens[-1]
    ending = Ending(40, frozenset({last}))
    text = write_text(MODEL, TOKENIZER, PROMPT, sampling=warm(1), ending=ending)
    assert "".join(text) == decoded_after(TOKENIZER.encode(PROMPT), text.tokens)
    assert (text.end, text.tokens) == ("end", free.tokens[: free.tokens.index(last)])


def test_why_it_ended_is_known_only_when_no_piece_can_follow() -> None:
    text = writing(2, 5)
    while text.end is None:
        piece = next(text, None)
        assert piece is None or text.end is None
    assert next(text, None) is None


@given(st.integers(0, 2**32), st.integers(1, 12))
@settings(max_examples=25, deadline=None)
def test_text_goes_on_within_its_line_and_its_character(seed: int, most: int) -> None:
    first = writing(seed, most)
    list(first)
    second = write_text(MODEL, TOKENIZER, "", first.context, sampling=warm(7), ending=Ending(12))
    pieces = "".join(second)
    before = [*TOKENIZER.encode(PROMPT), *first.tokens]
    whole = TOKENIZER.decode([*before, *second.tokens])
    known = TOKENIZER.decode(before)
    # A character that the first half left unfinished is decoded anew, and may be whole now.
    unfinished = len(known) - len(known.rstrip("\ufffd"))
    assert whole in [known[: len(known) - n] + pieces for n in range(min(unfinished, 2) + 1)]


def test_the_next_turn_of_a_conversation_is_read_after_all_that_was_written() -> None:
    first = write_text(MODEL, TOKENIZER, PROMPT, sampling=GREEDY, ending=Ending(9))
    list(first)
    turn = "\nAnna opened"
    second = write_text(MODEL, TOKENIZER, turn, first.context, ending=Ending(9))
    list(second)
    tokens = [*TOKENIZER.encode(PROMPT), *first.tokens, *TOKENIZER.encode(turn)]
    whole = write_text(MODEL, TOKENIZER, "", Context(tokens), ending=Ending(9))
    list(whole)
    assert second.tokens == whole.tokens


def test_without_any_token_to_read_it_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one unread token"):
        write_text(MODEL, TOKENIZER, "", NOTHING)


@pytest.mark.parametrize("stops", [[""], ["a", ""], "ab"], ids=repr)
def test_stop_strings_that_cannot_be_are_refused(stops: Sequence[str]) -> None:
    with pytest.raises(ValueError, match="each with at least one character"):
        write_text(MODEL, TOKENIZER, PROMPT, stops=stops)
