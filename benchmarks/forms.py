"""The three forms of retention side by side, alone and without the layers around them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from benchmarks.timing import in_turns, machine, print_table
from retnet_core import retention
from retnet_core.retention import Pace

HEADS, KEYS, VALUES = 4, 64, 128  # of one layer of the shipped reader
CHUNKS = (32, 64, 128, 256, 512)
PACE = Pace.of((5.0, 7.0, 9.0, 12.0), KEYS)


@torch.inference_mode()
def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks forms", description=__doc__)
    parser.add_argument("--lengths", type=int, nargs="+", default=[512, 2048, 4096])
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args(arguments)
    print(machine())
    for dtype in (torch.float32, torch.bfloat16):
        columns = [_measured(length, dtype, options.rounds) for length in options.lengths]
        rows = [[form, *(f"{column[form]:,.0f}" for column in columns)] for form in columns[0]]
        head = ["tokens/s of one layer", *(f"T={length}" for length in options.lengths)]
        kind = str(dtype).removeprefix("torch.")
        print_table(f"{HEADS} heads, {KEYS} × {VALUES}, {kind}, float32 state", head, rows)


def _measured(length: int, dtype: torch.dtype, rounds: int) -> dict[str, float]:
    """Tokens a second of each form."""
    widths = (KEYS, KEYS, VALUES)
    q, k, v = (torch.randn(1, HEADS, length, width).to(dtype) for width in widths)
    state = torch.zeros(1, HEADS, KEYS, VALUES)
    forms: dict[str, Callable[[], object]] = {
        "parallel": partial(retention.parallel, q, k, v, PACE)
    }
    for chunk in CHUNKS:
        forms[f"chunkwise, {chunk}"] = partial(retention.chunkwise, q, k, v, state, PACE, chunk)
    forms["recurrent"] = partial(_step_by_step, q, k, v, state)
    return {name: length / seconds for name, seconds in in_turns(forms, rounds).items()}


def _step_by_step(q: Tensor, k: Tensor, v: Tensor, state: Tensor) -> Tensor:
    for n in range(q.shape[2]):
        _, state = retention.recurrent(q[:, :, n], k[:, :, n], v[:, :, n], state, PACE)
    return state
