"""Writing on from a state: the same as from the whole text, streamed, and repeatable by seed."""

from __future__ import annotations

import subprocess
import sys
from itertools import islice

import pytest
import torch

import retnet_core
from retnet_core.codec import decode_state, encode_state
from retnet_core.generate import Sampling, choose, write_on
from tests.retnet_core import tiny

MODEL = tiny.model(torch.float32)
TEXT = tiny.text(150)[0].tolist()
WARM = Sampling(temperature=1.5, top_k=12, top_p=0.9, seed=4)


@pytest.mark.parametrize("sampling", [Sampling(), WARM], ids=["greedy", "sampled"])
def test_from_a_stored_state_is_the_same_as_reading_all_again(sampling: Sampling) -> None:
    _, state = MODEL(torch.tensor([TEXT[:-3]]))
    stored = encode_state(state, "float32", "w", "t", len(TEXT) - 3)
    resumed, _ = decode_state(stored, tiny.CONFIG, "w", "t")
    whole = list(islice(write_on(MODEL, TEXT, None, sampling), 40))
    assert list(islice(write_on(MODEL, TEXT[-3:], resumed, sampling), 40)) == whole
    assert len(set(whole)) > 1


def test_greedy_writing_takes_the_likeliest_token() -> None:
    text = list(TEXT)
    for token in islice(write_on(MODEL, TEXT), 10):
        hidden, _ = MODEL(torch.tensor([text]))
        assert token == int(MODEL.logits(hidden[0, -1]).argmax())
        text.append(token)


def test_a_seed_repeats_and_another_differs() -> None:
    def drawn(seed: int) -> list[int]:
        sampling = Sampling(temperature=2.0, seed=seed)
        return list(islice(write_on(MODEL, TEXT, None, sampling), 30))

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_writing_leaves_state_and_modes_alone() -> None:
    _, state = MODEL(torch.tensor([TEXT]))
    copy = state.tensor.clone()
    stream = write_on(MODEL, [1], state)
    next(stream)
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
    assert torch.equal(state.tensor, copy)


def test_it_stops_before_a_stopping_token() -> None:
    free = list(islice(write_on(MODEL, TEXT, None, WARM), 30))
    stop = frozenset(free[-1:])
    assert list(write_on(MODEL, TEXT, None, WARM, stop)) == free[: free.index(free[-1])]


SCORES = torch.tensor([0.5, 0.25, 0.15, 0.1]).log()


@pytest.mark.parametrize(
    ("sampling", "possible"),
    [
        (Sampling(), {0}),
        (Sampling(1.0), {0, 1, 2, 3}),
        (Sampling(1.0, top_k=1), {0}),
        (Sampling(1.0, top_k=3), {0, 1, 2}),
        (Sampling(1.0, top_p=0.5), {0}),
        (Sampling(1.0, top_p=0.51), {0, 1}),
        (Sampling(1.0, top_p=1e-9), {0}),
        (Sampling(1e-9), {0}),
        (Sampling(1e9, top_k=2), {0, 1}),
    ],
    ids=str,
)
def test_only_what_the_sampling_allows_is_drawn(sampling: Sampling, possible: set[int]) -> None:
    chance = torch.Generator().manual_seed(1)
    assert {choose(SCORES, sampling, chance) for _ in range(300)} == possible


def test_tokens_are_drawn_as_often_as_they_are_likely() -> None:
    chance = torch.Generator().manual_seed(1)
    drawn = [choose(SCORES, Sampling(1.0), chance) for _ in range(4000)]
    for token, share in enumerate((0.5, 0.25, 0.15, 0.1)):
        assert drawn.count(token) / 4000 == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize(
    "wrong", [{"temperature": -1.0}, {"temperature": float("nan")}, {"top_k": -1}, {"top_p": 0.0}],
    ids=str,
)  # fmt: skip
def test_a_sampling_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Sampling(**wrong)  # type: ignore[arg-type]


def test_an_empty_prompt_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one token"):
        next(write_on(MODEL, []))


def test_the_errors_cost_no_import_of_torch() -> None:
    code = "import sys, retnet_core; retnet_core.StateDamaged; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_public_name_is_there() -> None:
    assert retnet_core.write_on is write_on
    for name in retnet_core.__all__:
        assert getattr(retnet_core, name).__name__ == name
    with pytest.raises(AttributeError, match="no 'colour'"):
        retnet_core.colour  # noqa: B018
