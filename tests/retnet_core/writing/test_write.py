"""Writing on from a state: the same as from the whole text, resumable, and repeatable by seed."""

from __future__ import annotations

import subprocess
import sys
from itertools import islice, pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import retnet_core
from retnet_core.codec import decode_state, encode_state
from retnet_core.state import RetNetState
from retnet_core.writing.sampling import GREEDY, Sampling
from retnet_core.writing.write import Context, Ending, write_on
from tests.retnet_core import tiny

MODEL = tiny.model(torch.float32)
EXACT = tiny.model()
TEXT = tiny.text(150)[0].tolist()
WARM = Sampling(
    temperature=1.5, top_k=12, top_p=0.9, min_p=0.01, repetition_penalty=1.2, window=20, seed=4
)
BOTH = pytest.mark.parametrize("sampling", [GREEDY, WARM], ids=["greedy", "sampled"])


@BOTH
def test_from_a_stored_state_is_the_same_as_reading_all_again(sampling: Sampling) -> None:
    _, state = MODEL(torch.tensor([TEXT[:-3]]))
    stored = encode_state(state, "float32", "w", "t", len(TEXT) - 3)
    resumed, _ = decode_state(stored, tiny.CONFIG, "w", "t")
    whole = list(write_on(MODEL, Context(TEXT), sampling, Ending(40)))
    # The state does not know its tokens: the penalty, which asks for them, is told.
    after = Context(TEXT[-3:], resumed, TEXT[-20:-3])
    assert list(write_on(MODEL, after, sampling, Ending(40))) == whole
    assert len(set(whole)) > 1


@given(st.lists(st.integers(0, 30), max_size=5), st.booleans())
@settings(max_examples=25, deadline=None)
def test_any_cut_of_the_text_into_readings_is_written_on_equally(
    cuts: list[int], warm: bool
) -> None:
    sampling = WARM if warm else GREEDY
    state: RetNetState | None = None
    edges = sorted({0, *cuts})
    for start, end in pairwise(edges):
        _, state = EXACT(torch.tensor([TEXT[start:end]]), state)
    context = Context(TEXT[edges[-1] : 31], state, TEXT[: edges[-1]])
    expected = list(write_on(EXACT, Context(TEXT[:31]), sampling, Ending(12)))
    assert list(write_on(EXACT, context, sampling, Ending(12))) == expected


@given(st.integers(0, 12), st.booleans())
@settings(max_examples=20, deadline=None)
def test_the_context_holds_all_that_was_read_and_written_at_any_time(
    taken: int, ended: bool
) -> None:
    writing = write_on(EXACT, Context(TEXT[:9]), GREEDY, Ending(taken or None if ended else None))
    written = list(islice(writing, taken))
    context = writing.context
    assert list(writing.tokens) == written
    assert list(context.unread) == (written[-1:] if taken else TEXT[:9])
    if taken:
        _, state = EXACT(torch.tensor([[*TEXT[:9], *written[:-1]]]))
        assert context.state is not None
        torch.testing.assert_close(context.state.tensor, state.tensor, rtol=0, atol=1e-10)
        assert [*context.recent, *context.unread] == [*TEXT[:9], *written]


@BOTH
def test_a_conversation_goes_on_as_if_all_of_it_were_read_again(sampling: Sampling) -> None:
    first = write_on(EXACT, Context(TEXT[:40]), sampling, Ending(7))
    said = [*TEXT[:40], *first, 5, 6, 7]
    second = write_on(EXACT, first.context.then([5, 6, 7]), sampling, Ending(9))
    assert list(second) == list(write_on(EXACT, Context(said), sampling, Ending(9)))


def test_after_a_token_that_ends_it_all_is_read_and_that_token_is_not_there() -> None:
    free = list(write_on(EXACT, Context(TEXT), WARM, Ending(30)))
    stop = free[-1]
    writing = write_on(EXACT, Context(TEXT), WARM, Ending(30, frozenset({stop})))
    written = list(writing)
    assert written == free[: free.index(stop)]
    assert (writing.end, writing.context.unread) == ("end", ())
    _, state = EXACT(torch.tensor([[*TEXT, *written]]))
    assert writing.context.state is not None
    torch.testing.assert_close(writing.context.state.tensor, state.tensor, rtol=0, atol=1e-10)
    assert list(writing) == []


def test_it_is_as_long_as_it_may_be_and_reads_no_further() -> None:
    calls: list[int] = []
    hook = EXACT.norm.register_forward_pre_hook(lambda _, given: calls.append(given[0].shape[1]))
    try:
        writing = write_on(EXACT, Context(TEXT), WARM, Ending(5))
        assert writing.end is None
        assert len(list(writing)) == 5
    finally:
        hook.remove()
    assert writing.end == "length"
    assert calls == [150, 1, 1, 1, 1]  # the prompt, then all written tokens but the last
    assert list(writing) == []


def test_a_long_prompt_is_read_in_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = list(write_on(EXACT, Context(TEXT), WARM, Ending(9)))
    monkeypatch.setattr("retnet_core.writing.line.SEGMENT", 64)
    assert list(write_on(EXACT, Context(TEXT), WARM, Ending(9))) == whole


def test_greedy_writing_takes_the_likeliest_token() -> None:
    text = list(TEXT)
    for token in write_on(MODEL, Context(TEXT), ending=Ending(10)):
        hidden, _ = MODEL(torch.tensor([text]))
        assert token == int(MODEL.logits(hidden[0, -1]).argmax())
        text.append(token)


def test_the_penalty_sees_the_last_tokens_of_the_prompt_and_of_what_was_written() -> None:
    text = TEXT[:10]
    for token in write_on(
        EXACT, Context(text), Sampling(repetition_penalty=3.0, window=6), Ending(20)
    ):
        hidden, _ = EXACT(torch.tensor([text]))
        scores = EXACT.logits(hidden[0, -1]).tolist()
        for said in set(text[-6:]):
            scores[said] *= 3.0 if scores[said] < 0 else 1 / 3.0
        assert token == scores.index(max(scores))
        text = [*text, token]
    assert len(set(text[-6:])) > 3


def test_a_seed_repeats_and_another_differs() -> None:
    def drawn(seed: int) -> list[int]:
        return list(write_on(MODEL, Context(TEXT), Sampling(2.0, seed=seed), Ending(30)))

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_writing_leaves_state_and_modes_alone_and_its_states_serve_gradients() -> None:
    _, state = MODEL(torch.tensor([TEXT]))
    copy = state.tensor.clone()
    writing = write_on(MODEL, Context([1], state))
    next(writing)
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
    assert torch.equal(state.tensor, copy)
    kept = writing.context.state
    assert kept is not None
    before = kept.tensor.clone()
    next(writing)
    assert torch.equal(kept.tensor, before)
    weight = torch.ones((), requires_grad=True)
    (kept.tensor * weight).sum().backward()
    assert weight.grad is not None


def test_nothing_unread_is_refused() -> None:
    _, state = MODEL(torch.tensor([TEXT]))
    with pytest.raises(ValueError, match="at least one unread token"):
        write_on(MODEL, Context(state=state))


def test_a_state_of_several_rows_is_no_context() -> None:
    with pytest.raises(ValueError, match="one row, not of 2"):
        Context([1], RetNetState.empty(tiny.CONFIG, batch=2))


def test_an_ending_before_the_first_token_is_refused() -> None:
    with pytest.raises(ValueError, match="most must be at least 1"):
        Ending(0)


def test_the_errors_cost_no_import_of_torch() -> None:
    code = "import sys, retnet_core; retnet_core.StateDamaged; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_public_name_is_there() -> None:
    assert retnet_core.write_on is write_on
    for name in retnet_core.__all__:
        found = getattr(retnet_core, name)
        assert getattr(found, "__name__", name) == name
    with pytest.raises(AttributeError, match="no 'colour'"):
        retnet_core.colour  # noqa: B018
