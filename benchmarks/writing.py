"""What a written token's time goes into: its products, the rest, and what the memory alone allows.

The products are those of a step, in its order, so that each finds its weights no nearer than a step
does. The least is the bytes that a token fetches at the rate of a large tensor. All are taken in
turns, tokens in runs, as they are written.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from benchmarks.claims.models import build
from benchmarks.claims.records import Record, keep
from benchmarks.options import command, parsed
from benchmarks.rivals.ours import KINDS, Memory
from benchmarks.timing import in_turns, machine, print_table
from retnet_core.alone import Product
from retnet_core.held import Held, Kind
from retnet_core.holding import hold
from retnet_core.model import Block, RetNet
from retnet_core.sizes import PRESETS, step_bytes
from retnet_core.state import RetNetState
from retnet_core.writing.stepper import Stepper

RUN = 32  # tokens


@torch.inference_mode()
def main(arguments: list[str]) -> None:
    parser = command("writing", __doc__)
    parser.add_argument("--size", choices=PRESETS, default="55M")
    parser.add_argument("--weights", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--rounds", type=int, default=15, help=f"of {RUN} tokens")
    options = parsed(parser, arguments)
    print(f"{machine()}; {options.size}", flush=True)
    found = (measure(options.size, kind, options.rounds) for kind in options.weights)
    table(keep(found, "writing", options.out))


def measure(size: str, kind: Kind, rounds: int) -> Record:
    """Seconds of a whole token, of its products alone, and the bytes a second of the memory."""
    config, memory = PRESETS[size], Memory()
    model = build("retnet", config, 0)
    assert isinstance(model, RetNet)
    held = hold(model, kind)
    stepper, token = Stepper(held, RetNetState.empty(config)), torch.zeros(1, dtype=torch.int64)
    calls = list(_products(held))

    def write() -> None:
        for _ in range(RUN):
            held.logits(stepper.step(token)).argmax(-1)

    def multiply() -> None:
        for product, row, out in calls * RUN:
            product(row, out)

    seconds = in_turns({"token": write, "products": multiply, "fetch": memory.fetch}, rounds)
    each = {name: seconds[name] / RUN for name in ("token", "products")}
    fetched = {"bytes": step_bytes(config, kind), "rate": memory.size / seconds["fetch"]}
    return {"size": size, "weights": kind, **each, **fetched}


def table(records: list[Record]) -> None:
    rows = []
    for r in records:
        times = (r["token"], r["products"], r["token"] - r["products"], r["bytes"] / r["rate"])
        shown = [f"{1e3 * each:.2f} ms" for each in times]
        rate = f"{r['rate'] / 1e9:.0f} GB/s"
        rows.append([f"{r['size']} {r['weights']}", f"{1 / r['token']:.0f}", *shown, rate])
    head = ["size, weights", "tokens/s", "a token", "products", "the rest", "at least", "memory"]
    print_table("What a written token takes, batch 1", head, rows)


def _products(model: RetNet) -> Iterator[tuple[Product, Tensor, Tensor]]:
    """Every product of a step with a row for it, and a row for what comes out."""
    for layer in model.layers:
        assert isinstance(layer, Block)
        yield from map(_ready, (layer.attn.held, layer.attn.o_proj))
        yield from map(_ready, (layer.mlp.held, layer.mlp.down_proj))
    yield _ready(model.lm_head)


def _ready(product: object) -> tuple[Product, Tensor, Tensor]:
    assert isinstance(product, Held)
    return product.alone(), torch.randn(1, product.width), torch.empty(1, sum(product.sizes))
