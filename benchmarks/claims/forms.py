"""The claim that parallel, recurrent and chunkwise retention are one function (eq. 5-7)."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from benchmarks.claims.models import build
from benchmarks.claims.records import Record
from benchmarks.timing import print_table
from retnet_core import retention
from retnet_core.config import RetNetConfig
from retnet_core.model import RetNet, pace_of
from retnet_core.state import RetNetState

STEPS = 160  # of a whole model: one chunk and a part of the next
CHUNKS = (128, 37)  # the length in use, and one that divides nothing


@torch.inference_mode()
def measure(config: RetNetConfig, length: int) -> Iterator[Record]:
    """The largest difference from the parallel form, as a share of the largest output.

    float64 and float32 round differently but compute the same; in bfloat16 the forms round their
    products at different places, and this is what that costs. A whole model with first weights,
    which are small, makes rounding larger at every norm.
    """
    for dtype in (torch.float64, torch.float32, torch.bfloat16):
        q, k, v = _random(config, length, dtype)
        pace = pace_of(config, q.device)
        wide = torch.promote_types(dtype, torch.float32)
        shape = (1, config.heads, config.key_width, config.value_width)
        empty = torch.zeros(shape, dtype=wide)
        expected = retention.parallel(q, k, v, pace)
        forms = {
            f"chunkwise, {chunk}": retention.chunkwise(q, k, v, empty, pace, chunk)[0]
            for chunk in CHUNKS
        }
        forms["recurrent"] = _steps(q, k, v, empty, pace)
        for form, found in forms.items():
            kind = str(dtype).removeprefix("torch.")
            yield {"form": form, "dtype": kind, "length": length, **_apart(found, expected)}
        if dtype != torch.bfloat16:
            form = "whole model, token by token"
            yield {"form": form, "dtype": kind, **_model(config, min(length, STEPS), dtype)}


def table(records: list[Record]) -> None:
    rows = [
        [record["form"], record["dtype"], f"{record['length']:,}", f"{record['difference']:.1e}"]
        for record in records
    ]
    head = ["form", "type", "tokens", "difference"]
    print_table("Three forms: largest difference from all tokens at once", head, rows)


def _random(config: RetNetConfig, length: int, dtype: torch.dtype) -> tuple[Tensor, ...]:
    """q, k [1, H, T, K] and v [1, H, T, V]: the same numbers for every type."""
    chance = torch.Generator().manual_seed(0)
    widths = (config.key_width, config.key_width, config.value_width)
    shapes = [(1, config.heads, length, width) for width in widths]
    q, k, v = (torch.randn(s, generator=chance, dtype=torch.float64).to(dtype) for s in shapes)
    return q * config.key_width**-0.5, k, v


def _steps(q: Tensor, k: Tensor, v: Tensor, state: Tensor, pace: retention.Pace) -> Tensor:
    rows = []
    for n in range(q.shape[2]):
        row, state = retention.recurrent(q[:, :, n], k[:, :, n], v[:, :, n], state, pace)
        rows.append(row)
    return torch.stack(rows, dim=2)


def _model(config: RetNetConfig, length: int, dtype: torch.dtype) -> Record:
    """Hidden vectors of a text read at once and read in steps of one token."""
    model = build("retnet", config, seed=0).to(dtype)
    if not isinstance(model, RetNet):
        raise TypeError("a retnet is built as a RetNet")
    tokens = torch.arange(length)[None] % config.vocabulary
    state = RetNetState.empty(config, dtype=dtype)
    rows = []
    for n in range(length):
        row, state = model(tokens[:, n : n + 1], state)
        rows.append(row)
    expected, _ = model(tokens)
    return {"length": length, **_apart(torch.cat(rows, dim=1), expected)}


def _apart(found: Tensor, expected: Tensor) -> Record:
    scale = expected.double().abs().max()
    return {"difference": float((found.double() - expected.double()).abs().max() / scale)}
