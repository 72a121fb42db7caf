"""How fast this RetNet reads and writes beside torchscale, a Llama of transformers and llama.cpp.

All have the vocabulary, width, depth and number of parameters of one named size, with random
weights; each has a process of its own and all are asked in turns. What a peer needs is optional:

    pip install -e '.[bench]'                           # transformers; xllamacpp and gguf
    pip install --no-deps torchscale fairscale          # its other requirements are not used

xllamacpp carries llama.cpp ready made; a build of llama.cpp for this very processor may be faster.
The share is that of the products with weights alone, of the median rate of a bfloat16 product of
two 2048 by 2048 matrices in the same run.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator

from benchmarks.claims.records import Record, keep
from benchmarks.options import command, parsed
from benchmarks.rivals import authors, ggml, llama, ours
from benchmarks.rivals.comparing import Cell, Limits, present, reading, writing
from benchmarks.rivals.worker import Worker
from benchmarks.timing import machine, print_table
from retnet_core.config import RetNetConfig
from retnet_core.sizes import PRESETS, layer_parameters

OURS = "readonce"
PEERS = {
    OURS: ("ours", ours.KINDS),
    "torchscale": ("authors", authors.KINDS),
    "Llama": ("llama", llama.KINDS),
    "llama.cpp": ("ggml", ggml.KINDS),
}
PARTS = ("reading", "writing")
Workers = dict[str, tuple[Worker, tuple[str, ...]]]


def main(arguments: list[str]) -> None:
    parser = command("peers", __doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=PEERS, help="which to ask")
    parser.add_argument("--size", choices=PRESETS, default="55M")
    parser.add_argument("--contexts", type=int, nargs="+", default=[512, 4096, 16_384, 65_536])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=60, help="that a cell may take in all")
    options = parsed(parser, arguments)
    print(f"{machine()}; {options.size}", flush=True)
    workers = _workers(options)
    try:
        _compare(options, workers)
    finally:
        for worker, _ in workers.values():
            worker.close()


def reading_table(records: list[Record]) -> None:
    """Tokens read in a second, and how many times as many ours reads in the same kind of run."""
    _speeds(records, "Tokens read in a second, from nothing to this length", "context")
    shares = [r for r in records if r.get("share") is not None]
    rows = [
        [f"{r['context']:,}", r["kind"], f"{100 * r['share']:.0f} %", f"{r['rate'] / 1e12:.2f}"]
        for r in shares
    ]
    head = ["context", "weights", "share", "2048³ bfloat16, TFLOP/s"]
    print_table("Share of the machine's bfloat16 rate that our reading reaches", head, rows)


def writing_table(records: list[Record]) -> None:
    """Tokens written in a second, and memory beside the weights."""
    _speeds(records, "Tokens written in a second, after this many", "one")
    contexts = sorted({record["context"] for record in records})
    rows = []
    for peer, kind in _columns(records):
        own = {r["context"]: r for r in records if (r["peer"], r["kind"]) == (peer, kind)}
        rows.append([f"{peer} {kind}", *(_memory(own.get(context)) for context in contexts)])
    head = ["state or cache / process grew by", *(f"{context:,}" for context in contexts)]
    print_table("Memory beside the weights while writing", head, rows)


def _compare(options: argparse.Namespace, workers: Workers) -> None:
    found = present(workers)
    for peer, said in found.items():
        words = [each if isinstance(each, str) else f"{peer}: {each:,} parameters" for each in said]
        print(words[0], flush=True)
        if isinstance(said[0], str):
            del workers[peer]
    limits = Limits(options.rounds, options.seconds)
    if "reading" in options.parts:
        reading_table(keep(_read(options, workers, limits), "peers reading", options.out))
    if "writing" in options.parts:
        writing_table(keep(_written(options, workers, limits), "peers writing", options.out))


def _read(options: argparse.Namespace, workers: Workers, limits: Limits) -> Iterator[Record]:
    machine_itself = ours.Machine()
    config = PRESETS[options.size]
    for context in sorted(options.contexts):
        rates = [machine_itself.rate()]

        def between(rates: list[float] = rates) -> None:
            rates.extend(machine_itself.rate() for _ in range(3))

        found = list(reading(_cells(workers), context, limits, between))
        rate = statistics.median(rates[1:])
        for record in found:
            yield {**record, **_share(record, config, rate)}


def _written(options: argparse.Namespace, workers: Workers, limits: Limits) -> Iterator[Record]:
    for context in sorted(options.contexts):
        yield from writing(_cells(workers), context, limits)


def _share(record: Record, config: RetNetConfig, rate: float) -> Record:
    """What our reading does in products with weights, of the machine's rate."""
    if record["peer"] != OURS or record["seconds"] is None:
        return {"share": None, "rate": rate}
    work = 2 * config.layers * layer_parameters(config) * record["context"]
    return {"share": work / record["seconds"] / rate, "rate": rate}


def _workers(options: argparse.Namespace) -> Workers:
    chosen = {peer: PEERS[peer] for peer in PEERS if peer in options.peers}
    config = PRESETS[options.size]
    return {
        peer: (Worker(module, config, options.threads), kinds)
        for peer, (module, kinds) in chosen.items()
    }


def _cells(workers: Workers) -> list[Cell]:
    return [Cell(worker, peer, kind) for peer, (worker, kinds) in workers.items() for kind in kinds]


def _speeds(records: list[Record], title: str, unit: str) -> None:
    """A row for each model, with the ratio to ours in bfloat16; unit: the tokens of a record."""
    contexts = sorted({record["context"] for record in records})
    found = {
        (r["peer"], r["kind"], r["context"]): (r["context"] if unit == "context" else 1)
        / r["seconds"]
        for r in records
        if r["seconds"]
    }
    whys = {(r["peer"], r["kind"], r["context"]): r["why"] for r in records}
    rows = []
    for peer, kind in _columns(records):
        row = [f"{peer} {kind}"]
        for context in contexts:
            key, base = (peer, kind, context), (OURS, "bfloat16", context)
            row.append(_speed(found.get(key), found.get(base), whys.get(key)))
        rows.append(row)
    head = [f"tokens/s (times {OURS} bfloat16)", *(f"{context:,}" for context in contexts)]
    print_table(title, head, rows)


def _columns(records: list[Record]) -> list[tuple[str, str]]:
    """Every peer and kind, each once, in the order of the records."""
    return list(dict.fromkeys((record["peer"], record["kind"]) for record in records))


def _speed(rate: float | None, base: float | None, why: str | None) -> str:
    if rate is None:
        return why or "not measured"
    return f"{rate:,.0f}" if base is None else f"{rate:,.0f} ({rate / base:.2f})"


def _memory(record: Record | None) -> str:
    if record is None or record["tensors"] is None:
        return (record or {}).get("why") or "not measured"
    return f"{record['tensors'] / 1e6:,.1f} / {record['grown'] / 1e6:,.1f} MB"
