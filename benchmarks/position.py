"""Does a step cost more at position 10,000,000 than at position 10?

Ten million tokens are truly read, in sittings, by a small model; then single steps from both
states are timed in turns within the same run. What is read at the end is compared with a float64
model that has read the last 100,000 tokens only: the heads of this model have forgotten the rest.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import time

import torch
from torch import Tensor

from benchmarks.timing import machine, print_table
from retnet_core.config import RetNetConfig
from retnet_core.model import RetNet
from retnet_core.state import RetNetState

SITTING = 4_096
NEAR, FAR = 10, 10_000_000
REMEMBERED = 100_000  # tokens; of what is older the slowest head keeps 1e-21
CONFIG = RetNetConfig(
    vocabulary=64,
    width=32,
    layers=2,
    key_width=16,
    value_width=16,
    feedforward=64,
    decay_exponents=(5.0, 8.0, 11.0),
)


@torch.inference_mode()
def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks position", description=__doc__)
    parser.add_argument("--tokens", type=int, default=FAR, help="how far to read")
    parser.add_argument("--steps", type=int, default=4000, help="steps timed at each position")
    options = parser.parse_args(arguments)
    torch.manual_seed(0)
    model = RetNet(CONFIG).eval()
    _, near = model(tokens_at(0, NEAR))
    _read(model, near, NEAR, 25 * SITTING)  # what torch takes for itself is taken before measuring
    before, start = _peak(), time.perf_counter()
    far, last = _read(model, near, NEAR, options.tokens)
    seconds = time.perf_counter() - start
    grown = _peak() - before
    times = _steps(model, (near, far), options.steps)
    rows = [
        [f"{position:,}", f"{1e6 * median:.1f} µs", f"{state.tensor.nbytes:,} B"]
        for position, state, median in zip((NEAR, options.tokens), (near, far), times, strict=True)
    ]
    print(machine())
    print(f"read {options.tokens:,} tokens in {seconds:.0f} s ({options.tokens / seconds:,.0f}/s)")
    print_table("One step", ["position", "median time", "state"], rows)
    print(f"\nratio {times[1] / times[0]:.3f} (to be within 0.95 and 1.05)")
    print(f"peak memory grew by {grown / 1e6:.1f} MB while reading")
    print(f"largest error there, of the largest value: {_error(model, last, options.tokens):.1e}")


def tokens_at(start: int, end: int) -> Tensor:
    """The text, made from its positions: nothing of it has to be kept."""
    place = torch.arange(start, end)
    return ((place * 2_654_435_761 >> 7) % CONFIG.vocabulary)[None]


def _read(model: RetNet, state: RetNetState, start: int, end: int) -> tuple[RetNetState, Tensor]:
    hidden = torch.empty(0)
    for place in range(start, end, SITTING):
        hidden, state = model(tokens_at(place, min(place + SITTING, end)), state)
    return state, hidden[0, -1]


def _steps(model: RetNet, states: tuple[RetNetState, ...], steps: int) -> list[float]:
    """The median seconds of a step from each state, one from each in turn."""
    taken: list[list[float]] = [[] for _ in states]
    now = list(states)
    for number in range(steps + 200):
        token = tokens_at(number, number + 1)
        for which in (0, 1) if number % 2 else (1, 0):
            start = time.perf_counter()
            _, now[which] = model(token, now[which])
            if number >= 200:
                taken[which].append(time.perf_counter() - start)
    return [statistics.median(times) for times in taken]


def _error(model: RetNet, last: Tensor, end: int) -> float:
    exact = RetNet(CONFIG).double()
    exact.load_state_dict(model.state_dict())
    start = max(end - REMEMBERED, 0)
    empty = RetNetState.empty(CONFIG, dtype=torch.float64)
    _, expected = _read(exact, empty, start, end)
    return float((last - expected).abs().max() / expected.abs().max())


def _peak() -> float:
    """The most memory this process has held, in bytes (Linux counts in KiB, macOS in bytes)."""
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held * (1 if sys.platform == "darwin" else 1024)
