"""The Transformer to compare with: its cache, its causality, its size."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from benchmarks.transformer import Attention, Cache, Transformer, TransformerConfig, peer
from retnet_core.config import RetNetConfig
from retnet_core.sizes import PRESETS, cache_bytes, parameters

CONFIG = TransformerConfig(vocabulary=23, width=12, layers=2, heads=3, feedforward=10)


def model(config: TransformerConfig = CONFIG) -> Transformer:
    """Weights from sines, float64."""
    built = Transformer(config).double().requires_grad_(False)
    for number, weight in enumerate(built.parameters()):
        steps = torch.arange(weight.numel(), dtype=torch.float64)
        weight.copy_((torch.sin(steps * 1.7 + number) + (weight.dim() == 1)).view_as(weight))
    return built


def text(length: int, seed: int = 0) -> Tensor:
    chance = torch.Generator().manual_seed(seed)
    return torch.randint(0, CONFIG.vocabulary, (2, length), generator=chance)


@pytest.mark.parametrize(
    "cuts",
    [[1] * 9, [9], [4, 5], [1, 7, 1], [3, 1, 1, 4]],
    ids=lambda cuts: "+".join(map(str, cuts)),
)
def test_reading_in_parts_with_a_cache_equals_reading_at_once(cuts: list[int]) -> None:
    built, tokens = model(), text(9)
    cache = Cache.room(CONFIG, 2, 9, torch.float64)
    parts = [built(part, cache) for part in tokens.split(cuts, dim=1)]
    assert cache.length == 9
    assert_close(torch.cat(parts, dim=1), built(tokens), rtol=0, atol=1e-12)


def test_a_token_changes_nothing_before_it() -> None:
    built, tokens = model(), text(8)
    changed = tokens.clone()
    changed[:, 5] = (changed[:, 5] + 1) % CONFIG.vocabulary
    before, after = built(tokens), built(changed)
    assert_close(after[:, :5], before[:, :5], rtol=0, atol=0)
    assert not torch.equal(after[:, 5], before[:, 5])
    assert not torch.equal(after[:, 7], before[:, 7])


def test_attention_is_a_softmax_over_turned_keys() -> None:
    """The sum written out: each pair of a key a complex number, turned by its distance."""
    attn, x = Attention(CONFIG).double(), torch.randn(1, 6, 12, dtype=torch.float64)
    angles = 10_000.0 ** (-torch.arange(0, 4, 2, dtype=torch.float64) / 4)
    q, k, v = (x @ attn.qkv_proj.weight.T).view(6, 3, 3, 4).unbind(1)  # [T, H, K]
    rows = []
    for n in range(6):
        heads = []
        for h in range(3):
            pair = torch.complex(q[n, h, :2], q[n, h, 2:])
            scores = []
            for m in range(n + 1):
                key = torch.complex(k[m, h, :2], k[m, h, 2:])
                turn = torch.polar(torch.ones(2, dtype=torch.float64), (n - m) * angles)
                scores.append((pair * turn * key.conj()).real.sum() / 2)
            heads.append(torch.softmax(torch.stack(scores), 0) @ v[: n + 1, h])
        rows.append(torch.cat(heads))
    expected = torch.stack(rows) @ attn.o_proj.weight.T
    place = torch.arange(6, dtype=torch.float64)[:, None] * angles
    found = attn(x, (place.cos(), place.sin()), None, 0)
    assert_close(found[0], expected, rtol=0, atol=1e-12)


def test_a_full_cache_refuses_more() -> None:
    built, cache = model(), Cache.room(CONFIG, 2, 4, torch.float64)
    built(text(3), cache)
    with pytest.raises(ValueError, match="room for 4 tokens"):
        built(text(2), cache)


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
def test_the_head_is_the_embedding_where_it_is_tied(tied: bool) -> None:
    built = Transformer(replace(CONFIG, tied_head=tied))
    assert (built.lm_head.weight is built.embeddings.weight) is tied
    assert built.logits(torch.zeros(2, 12)).shape == (2, 23)


@pytest.mark.parametrize("name", PRESETS)
def test_the_peer_of_a_retnet_has_as_many_parameters(name: str) -> None:
    config = PRESETS[name]
    with torch.device("meta"):
        built = Transformer(peer(config))
    count = sum(weight.numel() for weight in built.parameters())
    assert count == pytest.approx(parameters(config), rel=0.005)


def test_the_cache_of_the_peer_takes_the_bytes_that_are_stated() -> None:
    config = PRESETS["shipped"]
    cache = Cache.room(peer(config), 1, 10, torch.bfloat16)
    assert cache.keys.nbytes + cache.values.nbytes == cache_bytes(config, 10)


SMALL = RetNetConfig(
    vocabulary=8, width=30, layers=1, key_width=2, value_width=2, feedforward=8,
    decay_exponents=(5.0, 6.0, 7.0),
)  # fmt: skip


def test_a_retnet_too_narrow_for_a_peer_is_refused() -> None:
    with pytest.raises(ValueError, match="too few parameters"):
        peer(SMALL)
    with pytest.raises(ValueError, match="4 attention heads"):
        peer(replace(SMALL, decay_exponents=(5.0, 6.0, 7.0, 8.0)))
