"""The claims about inference: one cost per token at any context, and more documents in memory.

A RetNet steps from a state, a Transformer from keys and values of all tokens before. The RetNet
truly reads its context; the cache is filled with random numbers, for what it holds does not change
what a step costs, and a Transformer needs many minutes to read 65,536 tokens here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch

from benchmarks.claims.models import KINDS, Kind, build
from benchmarks.claims.records import Record
from benchmarks.memory import apart, forget_most, held, most_held
from benchmarks.timing import in_turns, print_table
from benchmarks.transformer import Cache, Transformer, TransformerConfig, served
from retnet_core.config import RetNetConfig
from retnet_core.holding import hold
from retnet_core.model import RetNet
from retnet_core.sizes import cache_bytes, state_bytes
from retnet_core.state import RetNetState
from retnet_core.writing.stepper import Stepper

SITTING = 2048
BLOCK = 512  # tokens of random keys and values, repeated
Step = Callable[[], object]


@torch.inference_mode()
def latency(config: RetNetConfig, contexts: Sequence[int], rounds: int) -> Iterator[Record]:
    """The median seconds of a token, logits included, after each context; both held alike."""
    retnet, transformer = _pair(config)
    steps: dict[str, Step] = {}
    for context in contexts:
        steps[f"retnet {context}"] = _retnet_step(retnet, _read(retnet, context))
        cache = filled(transformer.config, 1, context)
        steps[f"transformer {context}"] = _transformer_step(transformer, cache)
    for name, seconds in in_turns(steps, rounds).items():
        kind, context_text = name.split()
        yield {"kind": kind, "context": int(context_text), "seconds": seconds}


def memory(config: RetNetConfig, contexts: Sequence[int], threads: int) -> Iterator[Record]:
    """What a document takes beside the weights: its tensors, and all that the process grew by."""
    for context in contexts:
        for kind in KINDS:
            tensors, grown = apart(threads, _grown, kind, config, context)
            yield {"kind": kind, "context": context, "tensors": tensors, "grown": grown}


@torch.inference_mode()
def throughput(
    config: RetNetConfig, context: int, batches: Sequence[int], room: float, rounds: int
) -> Iterator[Record]:
    """Tokens a second of all rows together, all with this context; none where they do not fit."""
    retnet, transformer = _pair(config)
    state = _read(retnet, context)
    each = {"retnet": state_bytes(config), "transformer": cache_bytes(config, context)}
    for batch in batches:
        steps: dict[str, Step] = {"retnet": _retnet_step(retnet, state.rows([0] * batch))}
        if batch * each["transformer"] <= room:
            cache = filled(transformer.config, batch, context)
            steps["transformer"] = _transformer_step(transformer, cache)
            del cache
        seconds = in_turns(steps, rounds)
        del steps
        for kind in KINDS:
            rate = batch / seconds[kind] if kind in seconds else None
            rows = {"kind": kind, "batch": batch, "context": context}
            yield {**rows, "rate": rate, "bytes": batch * each[kind]}


def latency_table(records: list[Record]) -> None:
    found = {(r["kind"], r["context"]): 1e3 * float(r["seconds"]) for r in records}
    rows = []
    for context in sorted({context for _, context in found}):
        ours, theirs = found["retnet", context], found["transformer", context]
        times = (f"{ours:.2f} ms", f"{theirs:.2f} ms", f"{theirs / ours:.2f}")
        rows.append([f"{context:,}", *times])
    head = ["context", "RetNet", "Transformer", "times as fast"]
    print_table("One more token, batch 1", head, rows)


def memory_table(records: list[Record]) -> None:
    rows = [
        [f"{record['context']:,}", record["kind"], *_sizes(record, "tensors", "grown", digits=1)]
        for record in records
    ]
    head = ["context", "model", "state or cache", "process grew by"]
    print_table("Memory of one document beside the weights", head, rows)


def throughput_table(records: list[Record]) -> None:
    rows = []
    for record in records:
        rate = f"{record['rate']:,.0f}" if record["rate"] else "does not fit"
        rows.append(
            [f"{record['batch']}", record["kind"], rate, *_sizes(record, "bytes", digits=0)]
        )
    context = records[0]["context"] if records else 0
    head = ["batch", "model", "tokens/s", "states or caches"]
    print_table(f"Tokens written in a second after {context:,} tokens", head, rows)


def _sizes(record: Record, *names: str, digits: int) -> list[str]:
    return [f"{record[name] / 1e6:,.{digits}f} MB" for name in names]


def filled(config: TransformerConfig, batch: int, context: int) -> Cache:
    """A cache with so many random tokens in it, and room for one more; bfloat16."""
    cache = Cache.room(config, batch, context + 1, torch.bfloat16)
    shape = (config.layers, 1, config.heads, BLOCK, config.head_width)
    block = torch.randn(shape).to(torch.bfloat16)
    for tensor in (cache.keys, cache.values):
        for start in range(0, context + 1, BLOCK):
            part = tensor[:, :, :, start : start + BLOCK]
            part.copy_(block[:, :, :, : part.shape[3]].expand_as(part))
    cache.length = context
    return cache


def _pair(config: RetNetConfig) -> tuple[RetNet, Transformer]:
    """Both models as they serve: bfloat16 weights in the order that is quickest, no gradients."""
    retnet, transformer = (build(kind, config, 0) for kind in KINDS)
    if not isinstance(retnet, RetNet) or not isinstance(transformer, Transformer):
        raise TypeError("the two kinds are a RetNet and a Transformer")
    return hold(retnet, "bfloat16"), served(transformer)


def _read(model: RetNet, context: int) -> RetNetState:
    """The state after so many tokens, read in sittings."""
    state = RetNetState.empty(model.config)
    for start in range(0, context, SITTING):
        length = min(SITTING, context - start)
        _, state = model(_tokens(model.config.vocabulary, start, length), state)
    return state


def _retnet_step(model: RetNet, state: RetNetState) -> Step:
    """One token more of every row; the state moves on, which changes no cost."""
    token = _tokens(model.config.vocabulary, 7, 1)[0].expand(state.batch)
    stepper = Stepper(model, state)

    def step() -> torch.Tensor:
        return model.logits(stepper.step(token))

    return step


def _transformer_step(model: Transformer, cache: Cache) -> Step:
    token = _tokens(model.config.vocabulary, 7, 1).expand(cache.keys.shape[1], 1)
    length = cache.length

    def step() -> torch.Tensor:
        cache.length = length  # the same step each time
        return model.logits(model(token, cache))

    return step


def _tokens(vocabulary: int, start: int, length: int) -> torch.Tensor:
    place = torch.arange(start, start + length)
    return ((place * 2_654_435_761 >> 7) % vocabulary)[None]


@torch.inference_mode()
def _grown(kind: Kind, config: RetNetConfig, context: int) -> tuple[int, int]:
    """In a process of its own: bytes of the state or cache, and growth since the first step."""
    retnet, transformer = _pair(config)
    if kind == "retnet":
        _retnet_step(retnet, _read(retnet, 16))()  # what torch takes for itself comes before
        before = _settled()
        state = _read(retnet, context)
        _retnet_step(retnet, state)()
        return state.tensor.nbytes, most_held() - before
    _transformer_step(transformer, filled(transformer.config, 1, 16))()
    before = _settled()
    cache = filled(transformer.config, 1, context)
    _transformer_step(transformer, cache)()
    return cache.keys.nbytes + cache.values.nbytes, most_held() - before


def _settled() -> int:
    """What the process holds now, its past forgotten."""
    forget_most()
    return held()
