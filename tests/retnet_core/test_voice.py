"""The model that a conversation is carried by."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from retnet_core.checkpoint import load_reader
from retnet_core.errors import StateMismatch
from retnet_core.voice import Voice, reading_voice
from tests.tiny_reader import make_reader


@pytest.fixture
def voice(tmp_path: Path) -> Voice:
    return reading_voice(load_reader(make_reader(tmp_path / "model")))


def test_what_is_kept_exactly_is_gone_on_from_as_if_it_had_never_been_kept(voice: Voice) -> None:
    tokens = voice.encode("The river rises in the hills above Marden and reaches the sea.")
    past = voice.go_on(voice.nothing(), tokens[:9])
    again = voice.resumed(voice.kept(past, exact=True))
    assert again.tokens == 9
    torch.testing.assert_close(
        voice.go_on(again, tokens[9:]).state.tensor,
        voice.go_on(past, tokens[9:]).state.tensor,
        rtol=0,
        atol=0,
    )


def test_a_rounded_state_is_near_and_the_same_whenever_it_is_taken_up(voice: Voice) -> None:
    past = voice.go_on(voice.nothing(), voice.encode("Water drives the wheel."))
    payload = voice.kept(past, exact=False)
    one, other = voice.resumed(payload), voice.resumed(payload)
    torch.testing.assert_close(one.state.tensor, other.state.tensor, rtol=0, atol=0)
    scale = float(past.state.tensor.abs().max())
    torch.testing.assert_close(one.state.tensor, past.state.tensor, rtol=0, atol=scale / 100)
    assert len(payload) < len(voice.kept(past, exact=True))


def test_states_that_were_read_apart_are_joined_in_their_order(voice: Voice) -> None:
    first = voice.go_on(voice.nothing(), voice.encode("Anna opened the school."))
    second = voice.go_on(voice.nothing(), voice.encode("Her brother built the mill."))
    assert voice.joined([first]) is first
    assert voice.joined([]).tokens == 0
    both, turned = voice.joined([first, second]), voice.joined([second, first])
    assert both.tokens == turned.tokens == first.tokens + second.tokens
    assert not torch.equal(both.state.tensor, turned.state.tensor)


def test_the_state_of_another_model_is_refused(voice: Voice, tmp_path: Path) -> None:
    other = reading_voice(load_reader(make_reader(tmp_path / "other", seed=1)))
    with pytest.raises(StateMismatch):
        voice.resumed(other.kept(other.nothing(), exact=False))
