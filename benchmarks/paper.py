"""What the paper claims of RetNets, measured at a small scale beside a Transformer of equal size.

Parts: forms (three forms are one function), serving (a token at any context, memory, batches),
training (speed and memory). Perplexity is a command of its own: `python -m benchmarks perplexity`.
"""

from __future__ import annotations

import argparse

import psutil

from benchmarks.claims import forms, serving, training
from benchmarks.claims.records import keep
from benchmarks.options import command, parsed
from benchmarks.timing import machine
from retnet_core.config import RetNetConfig
from retnet_core.sizes import PRESETS, parameters

PARTS = ("forms", "serving", "training")


def main(arguments: list[str]) -> None:
    parser = command("paper", __doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="which to measure")
    parser.add_argument("--size", choices=PRESETS, default="55M", help="of serving and training")
    parser.add_argument("--long-size", choices=PRESETS, default="shipped", help="of long rows")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="of training")
    parser.add_argument("--contexts", type=int, nargs="+", default=[2**n for n in range(9, 17)])
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 2, 4, 8, 16, 32, 64])
    parser.add_argument("--batch-context", type=int, default=8192, help="of every row of a batch")
    parser.add_argument("--rounds", type=int, default=15, help="of every timed step")
    parser.add_argument("--lengths", type=int, nargs="+", default=[512, 2048, 8192])
    parser.add_argument("--tokens", type=int, default=8192, help="of a step of training")
    parser.add_argument("--steps", type=int, default=2, help="of training, after the first")
    parser.add_argument("--long", type=int, nargs="+", default=[2048, 8192, 32_768, 65_536])
    options = parsed(parser, arguments)
    config = PRESETS[options.size]
    print(f"{machine()}; {options.size}: {parameters(config):,} parameters", flush=True)
    for part in options.parts:
        {"forms": _forms, "serving": _serving, "training": _training}[part](options, config)


def _forms(options: argparse.Namespace, config: RetNetConfig) -> None:
    forms.table(keep(forms.measure(config, 512), "forms", options.out))


def _serving(options: argparse.Namespace, config: RetNetConfig) -> None:
    contexts, out = options.contexts, options.out
    found = serving.latency(config, contexts, options.rounds)
    serving.latency_table(keep(found, "latency", out))
    grown = serving.memory(config, sorted({*contexts[::2], contexts[-1]}), options.threads)
    serving.memory_table(keep(grown, "memory", out))
    room = 0.6 * psutil.virtual_memory().available
    context, batches, rounds = options.batch_context, options.batches, max(2, options.rounds // 3)
    together = serving.throughput(config, context, batches, room, rounds)
    serving.throughput_table(keep(together, "throughput", out))


def _training(options: argparse.Namespace, config: RetNetConfig) -> None:
    threads, device, out = options.threads, options.device, options.out
    pairs = training.against(
        config, options.lengths, options.tokens, options.steps, threads, device
    )
    training.against_table(keep(pairs, "training", out))
    print("\nThe paper says: faster, in 25 to 50 % less memory.")
    small = PRESETS[options.long_size]
    long = options.long
    spared = training.spared(small, long[: (len(long) + 1) // 2], threads, device)
    training.sparing_table(keep(spared, "sparing", out))
    carried = training.long(small, long, min(2048, *long), threads, device)
    training.sittings_table(keep(carried, "sittings", out))
