"""How fast a model reads, in sittings of several lengths, and what its state takes to keep."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from benchmarks.timing import in_turns, machine, print_table
from retnet_core.checkpoint import load_reader
from retnet_core.codec import decode_state, encode_state
from retnet_core.encodings import Encoding
from retnet_core.model import RetNet
from retnet_core.state import RetNetState

SHIPPED = Path(__file__).parent.parent / "app" / "model"
ENCODINGS: tuple[Encoding, ...] = ("float32", "bfloat16", "int8")
SITTINGS = (128, 512, 2048, 8192)


@torch.inference_mode()
def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks reading", description=__doc__)
    parser.add_argument("--model", type=Path, default=SHIPPED, help="the folder of a reader")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    model = load_reader(options.model).reader.body
    print(f"{machine()}; {sum(w.numel() for w in model.parameters()):,} parameters")
    _speeds(model, options.rounds)
    _sizes(model, options.rounds)


def _speeds(model: RetNet, rounds: int) -> None:
    rows = []
    for length in SITTINGS:
        _, state = model(_text(model, 300))
        text = _text(model, length)
        seconds = in_turns(
            {
                "float32": partial(model, text, state),
                "bfloat16": partial(_in_bfloat16, model, text, state),
            },
            rounds,
        )
        rows.append([f"{length:,}", *(f"{length / s:,.0f}" for s in seconds.values())])
    head = ["tokens in a sitting", "float32", "bfloat16 products"]
    print_table("Tokens read in a second", head, rows)


def _in_bfloat16(model: RetNet, text: torch.Tensor, state: RetNetState) -> object:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return model(text, state)


def _sizes(model: RetNet, rounds: int) -> None:
    _, state = model(_text(model, 2048))
    rows = []
    for kind in ENCODINGS:
        payload = encode_state(state, kind, "weights", "tokenizer", 2048)
        again, _ = decode_state(payload, model.config, "weights", "tokenizer")
        error = float((again.tensor - state.tensor).norm() / state.tensor.norm())
        work: dict[str, Callable[[], object]] = {
            "write": partial(encode_state, state, kind, "weights", "tokenizer", 2048),
            "read": partial(decode_state, payload, model.config, "weights", "tokenizer"),
        }
        times = (f"{1e3 * s:.1f} ms" for s in in_turns(work, rounds).values())
        rows.append([kind, f"{len(payload):,} B", *times, f"{error:.1e}"])
    print_table("A stored state", ["encoding", "size", "to write", "to read", "error"], rows)


def _text(model: RetNet, length: int) -> torch.Tensor:
    """Random tokens: the time to read does not depend on what is read."""
    chance = torch.Generator().manual_seed(length)
    return torch.randint(0, model.config.vocabulary, (1, length), generator=chance)
