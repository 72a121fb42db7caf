"""What each named size takes: weights, state, training and serving, computed and measured.

Computed for all (retnet_core/sizes.py). Measured are weights drawn at random in that shape: speed
and memory do not depend on what a model has learnt. Each model is measured in its own process.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool

import torch
from torch import Tensor

from benchmarks.claims.records import Record, keep
from benchmarks.memory import apart, forget_most, held, most_held
from benchmarks.options import command, parsed
from benchmarks.timing import machine, print_table
from retnet_core.config import RetNetConfig
from retnet_core.held import Kind
from retnet_core.holding import hold
from retnet_core.model import RetNet
from retnet_core.sizes import (
    PRESETS,
    cache_bytes,
    parameters,
    state_bytes,
    training_bytes,
    weight_bytes,
)
from retnet_core.writing.stepper import Stepper

WEIGHTS: tuple[Kind, ...] = ("float32", "bfloat16", "int8")
CONTEXT, STEP_TOKENS = 8192, 8192  # of the cache beside a state; of a step of training
BLOCK = 1 << 20  # random numbers that are drawn; larger matrices repeat them


def main(arguments: list[str]) -> None:
    parser = command("sizes", __doc__)
    parser.add_argument("--measure", nargs="*", choices=PRESETS, default=["shipped", "55M", "1.3B"])
    parser.add_argument("--weights", nargs="+", choices=WEIGHTS, default=["bfloat16", "int8"])
    parser.add_argument("--read", type=int, default=1024, help="tokens of a sitting")
    parser.add_argument("--rounds", type=int, default=3, help="of every timed sitting")
    options = parsed(parser, arguments)
    print(machine())
    computed_table(keep(computed(), "sizes", options.out))
    if options.measure:
        found = _measured(options)
        measured_table(keep(found, "sizes measured", options.out))


def computed() -> Iterator[Record]:
    """Bytes by formula, for each named size."""
    for name, config in PRESETS.items():
        yield {
            "size": name,
            "parameters": parameters(config),
            **{kind: weight_bytes(config, kind) for kind in WEIGHTS},
            "state": state_bytes(config),
            "cache": cache_bytes(config, CONTEXT),
            "training": training_bytes(config, STEP_TOKENS).total,
            "sparing": training_bytes(config, STEP_TOKENS, sparing=True).total,
        }


def computed_table(records: list[Record]) -> None:
    columns = (*WEIGHTS, "state", "cache", "training", "sparing")
    rows = [
        [record["size"], f"{record['parameters']:,}", *(_size(record[name]) for name in columns)]
        for record in records
    ]
    head = ["size", "parameters", *columns]
    title = f"Computed: weights; state; a Transformer's cache of {CONTEXT:,} tokens; training"
    print_table(f"{title} on {STEP_TOKENS:,} tokens a step", head, rows)


def measured_table(records: list[Record]) -> None:
    rows = [
        [
            record["size"],
            record["weights"],
            _size(record["computed"]),
            *(
                (
                    _size(record["grown"]),
                    _size(record["most"]),
                    f"{record['made']:.0f} s",
                    f"{record['reading']:,.0f}",
                    f"{1e3 * record['step']:.1f} ms",
                )
                if record["grown"]
                else [record["why"], "", "", "", ""]
            ),
        ]
        for record in records
    ]
    head = [
        "size",
        "weights",
        "computed",
        "resident",
        "at most",
        "made in",
        "read tokens/s",
        "a step",
    ]
    print_table("Measured: random weights of that shape", head, rows)


def random_model(config: RetNetConfig, dtype: torch.dtype) -> RetNet:
    """A model of this type whose numbers are drawn once and repeated: made once, in seconds."""
    with torch.device("meta"):
        model = RetNet(config)
    model = model.to(dtype).to_empty(device="cpu").requires_grad_(False).eval()
    model.tie_head()
    block = 0.02 * torch.randn(BLOCK, generator=torch.Generator().manual_seed(0))
    for weight in model.parameters():
        _fill(weight, block.to(dtype))
    return model


def prepared(config: RetNetConfig, weights: Kind) -> RetNet:
    """The model as it serves."""
    dtype = torch.float32 if weights == "float32" else torch.bfloat16
    return hold(random_model(config, dtype), weights)


@torch.inference_mode()
def run(name: str, weights: Kind, length: int, rounds: int) -> Record:
    """In a process of its own: memory taken by a model, how fast it reads and takes a step."""
    _use(prepared(PRESETS["shipped"], weights), 64, 1)  # what torch loads for itself comes before
    gc.collect()
    forget_most()
    before, start = held(), time.perf_counter()
    model = prepared(PRESETS[name], weights)
    made, grown = time.perf_counter() - start, held() - before
    reading, step = _use(model, length, rounds)
    most = most_held() - before
    return {"made": made, "grown": grown, "most": most, "reading": length / reading, "step": step}


def _measured(options: argparse.Namespace) -> Iterator[Record]:
    for name in options.measure:
        for weights in options.weights:
            expected = weight_bytes(PRESETS[name], weights)
            facts = {"size": name, "weights": weights, "computed": expected}
            try:
                found = apart(options.threads, run, name, weights, options.read, options.rounds)
            except BrokenProcessPool:
                found = {"grown": None, "why": "did not fit"}
            yield {**facts, **found}


def _use(model: RetNet, length: int, rounds: int) -> tuple[float, float]:
    """Median seconds of a sitting without its logits, and of a step with them."""
    tokens = torch.arange(length)[None] % model.config.vocabulary
    _, state = model(tokens)
    sittings, steps = [], []
    for _ in range(rounds):
        start = time.perf_counter()
        model(tokens, state)
        sittings.append(time.perf_counter() - start)
    stepper = Stepper(model, state)
    for _ in range(4 * rounds):
        start = time.perf_counter()
        model.logits(stepper.step(tokens[:, 0]))
        steps.append(time.perf_counter() - start)
    return statistics.median(sittings), statistics.median(steps[rounds:])


def _fill(weight: Tensor, block: Tensor) -> None:
    """Norms with ones, matrices with the block over and over."""
    if weight.dim() == 1:
        weight.fill_(1.0)
        return
    flat = weight.view(-1)
    whole = len(flat) - len(flat) % len(block)
    flat[:whole].view(-1, len(block)).copy_(block)
    flat[whole:] = block[: len(flat) - whole]


def _size(count: float) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"
