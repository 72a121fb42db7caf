"""A ragged batch: every row as it would be alone, in as few calls as there are lengths."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from retnet_core.writing.batch import Written, read_ragged, write_batch
from retnet_core.writing.line import Line
from retnet_core.writing.sampling import GREEDY, Sampling
from retnet_core.writing.write import Context, Ending, write_on
from tests.retnet_core import tiny

MODEL = tiny.model()
WARM = Sampling(1.5, top_k=15, top_p=0.95, repetition_penalty=1.2, seed=4)


@dataclass(frozen=True)
class Row:
    """A text of which so many tokens are read before the batch, and so many in it."""

    read: int
    unread: int
    seed: int

    @property
    def context(self) -> Context:
        tokens = tiny.text(self.read + self.unread, seed=self.seed)[0].tolist()
        state = MODEL(torch.tensor([tokens[: self.read]]))[1] if self.read else None
        return Context(tokens[self.read :], state, tokens[: self.read])


rows_of = st.lists(
    st.builds(Row, read=st.integers(0, 30), unread=st.integers(1, 20), seed=st.integers(0, 99)),
    min_size=1,
    max_size=6,
)


@given(rows_of)
@settings(max_examples=25, deadline=None)
def test_each_row_is_read_as_it_is_alone(rows: list[Row]) -> None:
    contexts = [row.context for row in rows]
    hidden, line = read_ragged(MODEL, contexts)
    for place, context in enumerate(contexts):
        alone, after = MODEL(torch.tensor([context.unread]), context.state)
        torch.testing.assert_close(hidden[place], alone[0, -1], rtol=0, atol=1e-10)
        torch.testing.assert_close(
            line.rows([place]).state().tensor, after.tensor, rtol=0, atol=1e-10
        )


@given(rows_of, st.booleans(), st.frozensets(st.integers(0, 28), max_size=4))
@settings(max_examples=25, deadline=None)
def test_each_row_is_written_as_it_is_alone(
    rows: list[Row], warm: bool, stop: frozenset[int]
) -> None:
    contexts, ending = [row.context for row in rows], Ending(9, stop)
    samplings = [replace(WARM, seed=n % 2) if warm else GREEDY for n in range(len(rows))]
    written = write_batch(MODEL, contexts, samplings, ending)
    assert len(written) == len(rows)
    for found, context, sampling in zip(written, contexts, samplings, strict=True):
        alone = write_on(MODEL, context, sampling, ending)
        assert (list(found.tokens), found.end) == (list(alone), alone.end)
        assert_same(found.context, alone.context)


def assert_same(found: Context, expected: Context) -> None:
    assert (found.unread, found.recent) == (expected.unread, expected.recent)
    assert found.state is not None
    assert expected.state is not None
    torch.testing.assert_close(found.state.tensor, expected.state.tensor, rtol=0, atol=1e-10)


def calls_of(
    contexts: list[Context], ending: Ending
) -> tuple[list[tuple[int, ...]], list[Written]]:
    """The shapes [B, T] that the model was called with, and what was written."""
    calls: list[tuple[int, ...]] = []
    hook = MODEL.norm.register_forward_pre_hook(lambda _, x: calls.append(tuple(x[0].shape[:2])))
    try:
        return calls, write_batch(MODEL, contexts, [GREEDY] * len(contexts), ending)
    finally:
        hook.remove()


def test_no_token_is_read_twice_and_no_padding_at_all() -> None:
    lengths = [5, 3, 5, 12, 3, 3]
    contexts = [Row(0, length, n).context for n, length in enumerate(lengths)]
    calls, _ = calls_of(contexts, Ending(1))
    assert calls == [(6, 3), (3, 2), (1, 7)]


def test_a_row_that_ended_leaves_the_batch() -> None:
    contexts = [Row(9, 4, seed).context for seed in range(5)]
    free = [list(write_on(MODEL, context, GREEDY, Ending(6))) for context in contexts]
    stop = free[0][2]
    lengths = [row.index(stop) if stop in row else 6 for row in free]
    assert len(set(lengths)) > 1
    calls, written = calls_of(contexts, Ending(6, frozenset({stop})))
    assert [len(row.tokens) for row in written] == lengths
    reads = [min(1 + length, 6) for length in lengths]  # the sixth token is not read any more
    rows = [sum(each > call for each in reads) for call in range(max(reads))]
    assert calls == [(rows[0], 4), *((number, 1) for number in rows[1:])]


def test_equal_seeds_write_equally_and_different_ones_do_not() -> None:
    context = Row(5, 7, 0).context
    samplings = [replace(WARM, seed=seed) for seed in (1, 2, 1)]
    first, other, again = write_batch(MODEL, [context] * 3, samplings, Ending(20))
    assert first.tokens == again.tokens != other.tokens


def test_states_of_the_given_contexts_are_left_as_they_were() -> None:
    context = Row(5, 7, 0).context
    assert context.state is not None
    before = context.state.tensor.clone()
    write_batch(MODEL, [context, context], [WARM, GREEDY], Ending(4))
    assert torch.equal(context.state.tensor, before)


def test_an_empty_row_has_the_state_that_the_model_itself_begins_with() -> None:
    for dtype in (torch.float64, torch.float32, torch.bfloat16):
        model = tiny.model(dtype)
        _, expected = model(torch.tensor([[1]]))
        assert Line(model, None).state().tensor.dtype == expected.tensor.dtype


def test_no_rows_write_nothing() -> None:
    assert write_batch(MODEL, [], [], Ending(3)) == []


def test_a_batch_that_might_never_end_is_refused() -> None:
    with pytest.raises(ValueError, match="may never end"):
        write_batch(MODEL, [Context([1])], [GREEDY], Ending())


def test_a_row_with_nothing_unread_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one unread token"):
        write_batch(MODEL, [Context([1]), Context()], [GREEDY, GREEDY], Ending(3))


@pytest.mark.gpu
@pytest.mark.parametrize("warm", [False, True], ids=["greedy", "sampled"])
def test_a_gpu_writes_the_same_from_states_that_lie_elsewhere(warm: bool) -> None:
    contexts = [Row(9, 4, 1).context, Row(0, 7, 2).context]
    samplings = [WARM if warm else GREEDY] * 2
    away = tiny.model().cuda()
    found = write_batch(away, contexts, samplings, Ending(9))
    expected = write_batch(MODEL, contexts, samplings, Ending(9))
    assert [row.tokens for row in found] == [row.tokens for row in expected]
    for row, context, sampling in zip(found, contexts, samplings, strict=True):
        assert row.tokens == tuple(write_on(away, context, sampling, Ending(9)))
