"""Does reading cost more a token at token 1,000,000 than at token 10,000, in time or memory?

All the tokens are truly read, in sittings, by the shipped reader's body and by random weights of
another named size; then sittings that follow both states are timed in turns within the same run.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.claims.models import build
from benchmarks.claims.records import Record, keep
from benchmarks.memory import forget_most, held, most_held
from benchmarks.options import command, parsed
from benchmarks.timing import in_turns, machine, print_table
from retnet_core.checkpoint import load_reader
from retnet_core.held import Kind
from retnet_core.holding import hold
from retnet_core.model import RetNet
from retnet_core.sizes import PRESETS
from retnet_core.state import RetNetState

SHIPPED = Path(__file__).parent.parent / "app" / "model"
KINDS: tuple[Kind, ...] = ("float32", "bfloat16", "int8")
SITTING = 2048  # tokens


@torch.inference_mode()
def main(arguments: list[str]) -> None:
    parser = command("flat", __doc__)
    parser.add_argument("--sizes", nargs="+", choices=PRESETS, default=["shipped", "55M"])
    parser.add_argument("--weights", choices=KINDS, default="bfloat16")
    parser.add_argument("--near", type=int, default=10_000)
    parser.add_argument("--far", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=15, help="of every timed sitting")
    options = parsed(parser, arguments)
    print(f"{machine()}; {options.weights} weights", flush=True)
    table(keep(_measured(options), "flat", options.out))


def measure(model: RetNet, near: int, far: int, rounds: int) -> Record:
    """Seconds of a token from both places; what was resident at the first, and grew until then."""
    state = read(model, RetNetState.empty(model.config), 0, near)
    early = read(model, state, near, near + 2 * SITTING)  # what torch takes comes before measuring
    forget_most()
    before = held()
    late = read(model, early, near + 2 * SITTING, far)
    grown = most_held() - before
    text = tokens_at(model, far, far + SITTING)
    work = {"near": partial(model, text, state), "far": partial(model, text, late)}
    seconds = {place: taken / SITTING for place, taken in in_turns(work, rounds).items()}
    return {"near": near, "far": far, "seconds": seconds, "resident": before, "grown": grown}


def read(model: RetNet, state: RetNetState, start: int, end: int) -> RetNetState:
    """The state after the tokens from start to end."""
    for place in range(start, end, SITTING):
        _, state = model(tokens_at(model, place, min(place + SITTING, end)), state)
    return state


def tokens_at(model: RetNet, start: int, end: int) -> Tensor:
    """The text [1, T], made from its positions: nothing of it has to be kept."""
    return ((torch.arange(start, end) * 2_654_435_761 >> 7) % model.config.vocabulary)[None]


def table(records: list[Record]) -> None:
    rows = []
    for record in records:
        near, far = record["seconds"]["near"], record["seconds"]["far"]
        speeds = (f"{1 / near:,.0f}", f"{1 / far:,.0f}", f"{far / near:.3f}")
        memory = (f"{record['resident'] / 1e6:,.0f} MB", f"{record['grown'] / 1e6:,.1f} MB")
        rows.append([record["size"], record["weights"], *speeds, *memory])
    places = (f"at {records[0][place]:,}" for place in ("near", "far"))
    head = ["size", "weights", *places, "time, ratio", "resident", "most it grew by"]
    print_table("Tokens read in a second, by how many were read before", head, rows)


def _measured(options: argparse.Namespace) -> Iterator[Record]:
    for size in options.sizes:
        shipped = size == "shipped"
        model = load_reader(SHIPPED).reader.body if shipped else build("retnet", PRESETS[size], 0)
        assert isinstance(model, RetNet)
        found = measure(hold(model, options.weights), options.near, options.far, options.rounds)
        yield {"size": size, "weights": options.weights, **found}
