"""How fast a reader reads, its weights held in each way, and what its state takes to keep."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import torch

from benchmarks.claims.records import Record, keep
from benchmarks.timing import in_turns, machine, print_table
from retnet_core.checkpoint import load_reader
from retnet_core.codec import decode_state, encode_state
from retnet_core.encodings import Encoding
from retnet_core.held import Kind
from retnet_core.model import RetNet
from retnet_core.sizes import layer_parameters
from retnet_core.state import RetNetState

SHIPPED = Path(__file__).parent.parent / "app" / "model"
ENCODINGS: tuple[Encoding, ...] = ("float32", "bfloat16", "int8")
HELD: tuple[Kind, ...] = ("bfloat16", "int8")
AUTOCAST = "as trained, autocast"
SIDE = 2048  # of the matrices whose product is the machine's rate
SITTINGS = (128, 512, 2048, 8192)


@torch.inference_mode()
def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks reading", description=__doc__)
    parser.add_argument("--model", type=Path, default=SHIPPED, help="the folder of a reader")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, help="append the speeds to this file, as JSON lines")
    options = parser.parse_args(arguments)
    ways: dict[str, RetNet] = {
        "float32": load_reader(options.model).reader.body,
        AUTOCAST: load_reader(options.model).reader.body,
        **{f"held {kind}": load_reader(options.model, held=kind).reader.body for kind in HELD},
    }
    model = ways["float32"]
    print(f"{machine()}; {sum(w.numel() for w in model.parameters()):,} parameters")
    table(keep(speeds(ways, options.rounds), "reading", options.out))
    _sizes(model, options.rounds)


def speeds(ways: Mapping[str, RetNet], rounds: int) -> Iterator[Record]:
    """Seconds of a sitting in each way, in turns with the machine's own bfloat16 product."""
    a, b = (torch.randn(SIDE, SIDE).bfloat16() for _ in range(2))
    config = next(iter(ways.values())).config
    _, state = ways["float32"](_text(ways["float32"], 300))
    for length in SITTINGS:
        work: dict[str, Callable[[], object]] = {
            way: partial(_read, model, _text(model, length), state, way == AUTOCAST)
            for way, model in ways.items()
        }
        seconds = in_turns({**work, "product": partial(torch.mm, a, b)}, rounds)
        rate = 2 * SIDE**3 / seconds.pop("product")
        products = 2 * config.layers * layer_parameters(config) * length
        for way, taken in seconds.items():
            share = products / taken / rate
            yield {"way": way, "tokens": length, "seconds": taken, "share": share, "rate": rate}


def table(records: list[Record]) -> None:
    """Tokens a second, and products with weights as a share of the machine's bfloat16 rate."""
    ways = list(dict.fromkeys(record["way"] for record in records))
    found = {(r["tokens"], r["way"]): r for r in records}
    rows = []
    for length in sorted({length for length, _ in found}):
        cells = (found[length, way] for way in ways)
        speeds = (f"{length / r['seconds']:,.0f} ({100 * r['share']:.0f} %)" for r in cells)
        rows.append([f"{length:,}", *speeds])
    title = f"Tokens read in a second (share of a {SIDE}³ bfloat16 product's rate)"
    print_table(title, ["tokens in a sitting", *ways], rows)


def _read(model: RetNet, text: torch.Tensor, state: RetNetState, quick: bool) -> object:
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=quick):
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
