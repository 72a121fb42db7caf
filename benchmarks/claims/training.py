"""The claims about training: as fast as a Transformer or faster, in less memory, at any length.

Each figure comes from a process of its own, which also tells the most memory that it held: on a
CPU all that it grew by since before the model was made, on CUDA what torch had allocated. Both
kinds of model take bfloat16 autocast, AdamW and a loss made in slices (training/sparing.py), so
that scores of next tokens, alike in both, do not hide what the layers hold.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.optim import AdamW

from benchmarks.claims.models import KINDS, Kind, build, hidden
from benchmarks.claims.records import Record
from benchmarks.memory import apart, forget_most, held, most_held
from benchmarks.timing import print_table
from benchmarks.transformer import Transformer
from retnet_core.config import RetNetConfig
from retnet_core.model import RetNet
from retnet_core.sizes import parameters
from retnet_core.state import RetNetState
from training.losses import language_loss
from training.sparing import sliced_loss

WAYS = ("whole", "sparing")
TINY = RetNetConfig(
    vocabulary=64,
    width=64,
    layers=1,
    key_width=32,
    value_width=64,
    feedforward=96,
    decay_exponents=(5.0, 6.0),
)


@dataclass(frozen=True, slots=True)
class Work:
    """What a process is asked to do: steps of rows · length tokens.

    way: whole keeps all activations, sparing makes those of each layer again. sitting: tokens of a
    row after which the gradient is taken and the state carried on, detached; 0 for all at once.
    """

    kind: Kind
    config: RetNetConfig
    rows: int
    length: int
    steps: int
    way: str = "whole"
    sitting: int = 0
    device: str = "cpu"


def against(
    config: RetNetConfig, lengths: Sequence[int], tokens: int, steps: int, threads: int, device: str
) -> Iterator[Record]:
    """Both kinds at each length, with as many rows as make up the tokens of a step."""
    for length in lengths:
        for kind in KINDS:
            rows = max(1, tokens // length)
            yield _record(Work(kind, config, rows, length, steps, device=device), threads)


def spared(
    config: RetNetConfig, lengths: Sequence[int], threads: int, device: str
) -> Iterator[Record]:
    """One row of each length, all activations kept and each layer's made again."""
    for length in lengths:
        for way in WAYS:
            yield _record(Work("retnet", config, 1, length, 1, way, device=device), threads)


def long(
    config: RetNetConfig, lengths: Sequence[int], sitting: int, threads: int, device: str
) -> Iterator[Record]:
    """One row of each length, in sittings with a carried state."""
    for length in lengths:
        work = Work("retnet", config, 1, length, 1, sitting=sitting, device=device)
        yield _record(work, threads)


def run(work: Work) -> tuple[float, int]:
    """The median seconds of a step after one to warm up, and the most bytes held.

    A tiny model is trained first: what torch loads for itself is no part of the figure.
    """
    _seconds(replace(work, config=TINY, rows=1, length=32, sitting=0))
    forget_most()
    before = held()
    seconds = _seconds(work)
    most = torch.cuda.max_memory_allocated() if work.device == "cuda" else most_held() - before
    return statistics.median(seconds[1:]), most


def against_table(records: list[Record]) -> None:
    found = {(r["kind"], r["length"]): r for r in records if r["bytes"]}
    rows = []
    for length in sorted({record["length"] for record in records}):
        pair = [found.get((kind, length)) for kind in KINDS]
        rows.append([f"{length:,}", *_pair_cells(*pair)])
    head = ["length", "tokens/s", "Transformer", "ratio", "memory", "Transformer", "ratio"]
    tokens = records[0]["rows"] * records[0]["length"]
    print_table(f"A step of training on {tokens:,} tokens, RetNet first", head, rows)


def sparing_table(records: list[Record]) -> None:
    _one_table(records, "Training a RetNet: activations of layers kept whole, or made again")


def sittings_table(records: list[Record]) -> None:
    _one_table(records, "Training a RetNet in sittings, the state carried on and detached")


def _one_table(records: list[Record], title: str) -> None:
    rows = [
        [
            f"{record['length']:,}",
            record["way"] if not record["sitting"] else f"sittings of {record['sitting']:,}",
            f"{record['rate']:,.0f}" if record["bytes"] else "",
            f"{record['bytes'] / 1e6:,.0f} MB" if record["bytes"] else "did not fit",
            f"{_activations(record) / 1e6:,.0f} MB" if record["bytes"] else "",
        ]
        for record in records
    ]
    head = ["tokens of a row", "kept", "tokens/s", "memory", "beside 16 B a weight"]
    print_table(f"{title}; {records[0]['parameters']:,} parameters", head, rows)


def _pair_cells(ours: Record | None, theirs: Record | None) -> list[str]:
    if ours is None or theirs is None:
        return ["did not fit"] * 6
    return [
        f"{ours['rate']:,.0f}",
        f"{theirs['rate']:,.0f}",
        f"{ours['rate'] / theirs['rate']:.2f}",
        f"{ours['bytes'] / 1e6:,.0f} MB",
        f"{theirs['bytes'] / 1e6:,.0f} MB",
        f"{ours['bytes'] / theirs['bytes']:.2f}",
    ]


def _activations(record: Record) -> int:
    """What is held beside weights, gradients and two moments: 16 bytes a parameter."""
    return int(record["bytes"]) - 16 * int(record["parameters"])


def _record(work: Work, threads: int) -> Record:
    facts = {
        "kind": work.kind,
        "length": work.length,
        "rows": work.rows,
        "way": work.way,
        "sitting": work.sitting,
        "device": work.device,
        "parameters": parameters(work.config),
    }
    try:
        seconds, most = apart(threads, run, work)
    except (BrokenProcessPool, torch.cuda.OutOfMemoryError):
        return {**facts, "rate": None, "bytes": None}
    return {**facts, "rate": work.rows * work.length / seconds, "bytes": most}


def _seconds(work: Work) -> list[float]:
    """Of each step."""
    model = build(work.kind, work.config, 0).to(work.device)
    optimizer = AdamW(model.parameters(), lr=1e-4)
    tokens = _tokens(work)
    seconds = []
    for _ in range(work.steps + 1):
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        _gradients(model, tokens, work)
        optimizer.step()
        if work.device == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return seconds


def _gradients(model: RetNet | Transformer, tokens: Tensor, work: Work) -> None:
    """Gradients of one step, summed over sittings."""
    with torch.autocast(work.device, torch.bfloat16):
        if isinstance(model, RetNet) and (work.sitting or work.way == "sparing"):
            _in_sittings(model, tokens, work)
        else:
            read = hidden(model, tokens[:, :-1])
            sliced_loss(model.logits, read, tokens[:, 1:]).backward()


def _in_sittings(model: RetNet, tokens: Tensor, work: Work) -> None:
    sitting = work.sitting or work.length
    state: RetNetState | None = None
    for start in range(0, work.length, sitting):
        row = tokens[:, start : start + sitting + 1]
        loss, state = language_loss(model, row, state, sparing=work.way == "sparing")
        (loss * (row.shape[1] - 1) / work.length).backward()


def _tokens(work: Work) -> Tensor:
    chance = torch.Generator().manual_seed(0)
    shape = (work.rows, work.length + 1)
    return torch.randint(0, work.config.vocabulary, shape, generator=chance).to(work.device)
