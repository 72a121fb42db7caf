"""Beam search against every continuation there is, and against its definition read literally."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from retnet_core.writing.beams import Beam, Search, search
from retnet_core.writing.write import Context, Ending, write_on
from tests.retnet_core import tiny

SMALL = tiny.model(config=replace(tiny.CONFIG, vocabulary=5))
MODEL = tiny.model()
PROMPT = [1, 4, 2, 2, 3]
STOP = frozenset({0, 3})


@dataclass(frozen=True)
class Found:
    """Tokens chosen, the one that ended it included, and the logarithm of their probability."""

    tokens: tuple[int, ...]
    log_probability: float

    def rank(self, power: float) -> float:
        return float(self.log_probability / len(self.tokens) ** power)


def probability(tokens: tuple[int, ...]) -> float:
    """log p(tokens | PROMPT) by the small model, everything read at once."""
    hidden, _ = SMALL(torch.tensor([[*PROMPT, *tokens]]))
    likely = SMALL.logits(hidden[0, len(PROMPT) - 1 : -1]).log_softmax(-1)
    return float(likely.gather(1, torch.tensor(tokens)[:, None]).sum())


def every_continuation(most: int) -> list[Found]:
    """All that end with a token of STOP or are as long as they may be."""
    found = []
    for length in range(1, most + 1):
        for tokens in product(range(5), repeat=length):
            ends = tokens[-1] in STOP or length == most
            if ends and STOP.isdisjoint(tokens[:-1]):
                found.append(Found(tokens, probability(tokens)))
    return found


@pytest.mark.parametrize("power", [0.0, 0.6, 1.0, 2.0])
def test_wide_enough_it_finds_the_best_of_all_continuations(power: float) -> None:
    ranked = sorted(every_continuation(4), key=lambda found: -found.rank(power))
    beams = search(SMALL, Context(PROMPT), Search(30, power), Ending(4, STOP))
    assert len(beams) == 30
    for beam, expected in zip(beams, ranked, strict=False):
        agree(beam, expected, power)


def agree(beam: Beam, expected: Found, power: float) -> None:
    ended = expected.tokens[-1] in STOP
    assert beam.tokens == (expected.tokens[:-1] if ended else expected.tokens)
    assert beam.end == ("end" if ended else "length")
    assert beam.log_probability == pytest.approx(expected.log_probability, abs=1e-9)
    assert beam.rank == pytest.approx(expected.rank(power), abs=1e-9)


def log_probabilities(tokens: tuple[int, ...]) -> list[float]:
    """log p of every token after the prompt and these, all read at once."""
    hidden, _ = MODEL(torch.tensor([[*PROMPT, *tokens]]))
    likely: list[float] = MODEL.logits(hidden[0, -1]).log_softmax(-1).tolist()
    return likely


def defined(width: int, power: float, most: int) -> list[Found]:
    """The search as its docstring says it, each path read from the prompt on, to its very end."""
    paths, found = [Found((), 0.0)], list[Found]()
    for length in range(1, most + 1):
        longer = [
            Found((*path.tokens, token), path.log_probability + more)
            for path in paths
            for token, more in enumerate(log_probabilities(path.tokens))
        ]
        going = [path for path in longer if path.tokens[-1] not in STOP]
        found += [path for path in longer if path.tokens[-1] in STOP]
        paths = sorted(going, key=lambda path: -path.log_probability)[:width]
        found += paths if length == most else []
    return sorted(found, key=lambda path: -path.rank(power))[:width]


@given(st.integers(1, 3), st.sampled_from([0.0, 0.6, 1.0, 2.0]), st.integers(1, 4))
@settings(max_examples=12, deadline=None)
def test_a_narrow_one_finds_what_its_definition_finds(width: int, power: float, most: int) -> None:
    beams = search(MODEL, Context(PROMPT), Search(width, power), Ending(most, STOP))
    expected = defined(width, power, most)
    assert len(beams) == len(expected)
    for beam, found in zip(beams, expected, strict=True):
        agree(beam, found, power)


def test_one_path_alone_is_greedy_writing() -> None:
    [beam] = search(MODEL, Context(PROMPT), Search(1), Ending(8))
    assert list(beam.tokens) == list(write_on(MODEL, Context(PROMPT), ending=Ending(8)))


def test_every_beam_can_be_written_on_from_a_state() -> None:
    _, state = MODEL(torch.tensor([PROMPT[:3]]))
    after, ending = Context(PROMPT[3:], state, PROMPT[:3]), Ending(5, STOP)
    beams = [
        beam for power in (0.0, 4.0) for beam in search(MODEL, after, Search(4, power), ending)
    ]
    assert {beam.end for beam in beams} == {"end", "length"}
    for beam in beams:
        said = [*PROMPT, *beam.tokens]
        assert [*beam.context.recent, *beam.context.unread] == said
        again = write_on(MODEL, Context([*said, 7]), ending=Ending(6))
        assert list(write_on(MODEL, beam.context.then([7]), ending=Ending(6))) == list(again)


def test_it_ends_early_where_nothing_better_can_follow() -> None:
    calls: list[int] = []
    hook = SMALL.norm.register_forward_pre_hook(lambda _, given: calls.append(given[0].shape[0]))
    try:
        search(SMALL, Context(PROMPT), Search(2, 0.0), Ending(500, STOP))
    finally:
        hook.remove()
    assert len(calls) < 50
    assert set(calls[1:]) == {2}  # all paths in one call


@pytest.mark.parametrize("end", [range(5), range(4)], ids=["every token", "all but one"])
def test_where_few_tokens_can_follow_it_follows_those(end: range) -> None:
    beams = search(SMALL, Context(PROMPT), Search(4), Ending(3, frozenset(end)))
    assert len(beams) == 4


@pytest.mark.parametrize(
    ("how", "sentence"),
    [({"width": 0}, "width must be"), ({"length_power": -1.0}, "length_power must be")],
    ids=str,
)
def test_a_search_that_cannot_be_is_refused(how: dict[str, int], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Search(**how)


@pytest.mark.parametrize(
    ("context", "ending"),
    [(Context(), Ending(3)), (Context([1]), Ending())],
    ids=["no token", "no end"],
)
def test_a_search_without_a_token_or_an_end_is_refused(context: Context, ending: Ending) -> None:
    with pytest.raises(ValueError, match="an ending with a number of tokens, and an unread token"):
        search(MODEL, context, Search(), ending)
