"""How fast this RetNet reads and writes beside torchscale, a Llama of transformers and llama.cpp.

All have the vocabulary, width, depth and number of parameters of one named size, with random
weights; each has a process of its own and all are asked in turns. What a peer needs is optional:

    pip install -e '.[bench]'                           # transformers; xllamacpp and gguf
    pip install --no-deps torchscale fairscale          # its other requirements are not used

xllamacpp carries llama.cpp ready made; a build of llama.cpp for this very processor may be faster.
What ours does is set beside what the machine does in the same run: the products with weights of
reading beside the median rate of a bfloat16 product of two 2048 by 2048 matrices, the bytes of
weights and state that a written token takes beside the median rate of fetching a large tensor.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from benchmarks.claims.records import Record, keep
from benchmarks.options import command, parsed
from benchmarks.rivals import authors, ggml, llama, ours
from benchmarks.rivals.comparing import Cell, Limits, Rate, present, reading, writing
from benchmarks.rivals.worker import Worker
from benchmarks.timing import machine, print_table
from retnet_core.sizes import PRESETS, layer_parameters, step_bytes

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
    title = "Share of the machine's bfloat16 rate that our reading reaches"
    _shares(records, title, "2048³ bfloat16, TFLOP/s", 1e12)


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
    title = "Share of the machine's rate of fetching memory that our writing reaches"
    _shares(records, title, "all of a large tensor, GB/s", 1e9)


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
    config, rate = PRESETS[options.size], Rate(ours.Product().rate)
    work = 2 * config.layers * layer_parameters(config)
    for context in sorted(options.contexts):
        for record in list(reading(_cells(workers), context, limits, rate.measure)):
            yield {**record, **_share(record, work * context, rate.median())}
        rate.forget()


def _written(options: argparse.Namespace, workers: Workers, limits: Limits) -> Iterator[Record]:
    config, rate = PRESETS[options.size], Rate(ours.Memory().rate)
    for context in sorted(options.contexts):
        for record in list(writing(_cells(workers), context, limits, rate.measure)):
            work = step_bytes(config, record["kind"]) if record["peer"] == OURS else 0
            yield {**record, **_share(record, work, rate.median())}
        rate.forget()


def _share(record: Record, work: float, rate: float) -> Record:
    """What ours does in a second, of what the machine does."""
    if record["peer"] != OURS or record["seconds"] is None:
        return {"share": None, "rate": rate}
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


def _shares(records: list[Record], title: str, unit: str, scale: float) -> None:
    rows = [
        [f"{r['context']:,}", r["kind"], f"{100 * r['share']:.0f} %", f"{r['rate'] / scale:.2f}"]
        for r in records
        if r.get("share") is not None
    ]
    if rows:
        print_table(title, ["context", "weights", "share", unit], rows)


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
