"""What is timed and weighed when models serve: the right step, on the right context."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from benchmarks.claims import serving
from benchmarks.claims.models import build
from benchmarks.memory import REFERENCES
from benchmarks.transformer import Transformer
from retnet_core.model import RetNet
from retnet_core.sizes import cache_bytes, state_bytes
from retnet_core.state import RetNetState
from tests.benchmarks.shapes import SMALL


def test_a_filled_cache_is_full_but_for_one_token_and_has_no_hole() -> None:
    _, transformer = serving._pair(SMALL)
    cache = serving.filled(transformer.config, 2, 1300)
    assert cache.length == 1300
    assert cache.keys.shape[3] == 1301
    assert bool(cache.keys.isfinite().all() & cache.values.isfinite().all())
    assert float(cache.values.float().std()) == pytest.approx(1.0, rel=0.05)


def test_a_timed_step_is_a_token_of_every_row_with_its_scores() -> None:
    retnet, transformer = serving._pair(SMALL)
    cache = serving.filled(transformer.config, 3, 20)
    theirs = serving._transformer_step(transformer, cache)
    first = theirs()
    assert isinstance(first, torch.Tensor)
    assert first.shape == (3, 1, SMALL.vocabulary)
    assert_close(theirs(), first, rtol=0, atol=0)
    state = serving._read(retnet, 20).rows([0, 0, 0])
    scores = serving._retnet_step(retnet, state)()
    hidden, _ = retnet(serving._tokens(SMALL.vocabulary, 7, 1).expand(3, 1), state)
    assert_close(scores, retnet.logits(hidden)[:, 0], rtol=0.02, atol=0.02)


def test_a_held_transformer_is_the_same_transformer() -> None:
    plain, (_, held) = build("transformer", SMALL, 0), serving._pair(SMALL)
    assert isinstance(plain, Transformer)
    tokens = serving._tokens(SMALL.vocabulary, 0, 30)
    assert_close(held(tokens).float(), plain(tokens), rtol=0.05, atol=0.05)


def test_a_context_read_in_sittings_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    retnet = build("retnet", SMALL, 0)
    assert isinstance(retnet, RetNet)
    whole = retnet(serving._tokens(SMALL.vocabulary, 0, 50))[1]
    monkeypatch.setattr(serving, "SITTING", 17)
    assert isinstance(whole, RetNetState)
    assert_close(serving._read(retnet, 50).tensor, whole.tensor, rtol=1e-4, atol=1e-5)


def test_latency_is_told_for_both_at_each_context() -> None:
    records = list(serving.latency(SMALL, [8, 40], rounds=2))
    told = {(record["kind"], record["context"]) for record in records}
    assert told == {(kind, n) for kind in ("retnet", "transformer") for n in (8, 40)}
    assert all(record["seconds"] > 0 for record in records)


def test_a_batch_that_does_not_fit_has_no_rate() -> None:
    room = 3 * cache_bytes(SMALL, 64)
    records = list(serving.throughput(SMALL, 64, [2, 4], room, rounds=2))
    rates = {(record["kind"], record["batch"]): record["rate"] for record in records}
    assert rates["transformer", 4] is None
    assert all(rates[each] for each in (("transformer", 2), ("retnet", 2), ("retnet", 4)))
    held = {(record["kind"], record["batch"]): record["bytes"] for record in records}
    assert held["retnet", 4] == 4 * state_bytes(SMALL)
    assert held["transformer", 4] == 4 * cache_bytes(SMALL, 64)


@pytest.mark.slow
@pytest.mark.skipif(not REFERENCES.exists(), reason="this system does not forget the most")
def test_a_long_context_is_seen_in_the_memory_of_the_process() -> None:
    records = list(serving.memory(SMALL, [100_000], threads=1))
    ours, theirs = (record["grown"] for record in records)
    assert records[0]["tensors"] == state_bytes(SMALL)
    assert records[1]["tensors"] == cache_bytes(SMALL, 100_001)
    assert theirs == pytest.approx(cache_bytes(SMALL, 100_001), rel=0.35)
    assert ours < theirs
