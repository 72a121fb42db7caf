"""What the state brings to the second reading of the passage that answers, and nothing else.

    python -m benchmarks past MODEL FILE [FILE ...] [--limit N]

Only questions are asked that their passage does not settle alone (pipelines/evaluation/needing.py),
each over the passage with the marked answer: no search, no other candidates. Four pasts come
before it: all that was read ("whole"), only the 256 tokens before it ("cold"), another document's
state at the same depth and these tokens ("other"), and nothing ("alone"). Exact match and F1 of the
best span, 0 to 100, and paired differences, with 95 % intervals of the bootstrap.
`readonce evaluate qa --state` measures it on the whole path of a user, at twelve times the cost.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import metrics
from pipelines.document import Document, Passage
from pipelines.evaluation.needing import needs_past
from pipelines.evaluation.outcomes import Figures, mean
from pipelines.evaluation.questions import Item, Told, stored_spans, told
from pipelines.recall import GAP_TOKENS
from pipelines.split import split
from retnet_core.checkpoint import LoadedReader, load_reader
from retnet_core.held import quickest
from retnet_core.reading import read_again, read_on
from retnet_core.state import RetNetState
from training.sources import records

PASTS = ("whole", "cold", "other", "alone")

Scores = dict[str, dict[str, list[float]]]  # by past and measure


@dataclass(frozen=True, slots=True, eq=False)
class Depth:
    """The state before the tokens that are read again before a passage, and these tokens."""

    tokens: int
    state: RetNetState
    gap: list[int]


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks past", description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--limit", type=int, default=1_000, help="questions of all files")
    parser.add_argument("--every", type=int, default=100, help="print what is there so often")
    options = parser.parse_args(arguments)
    loaded = load_reader(options.model, held=quickest())
    documents = [told(record) for file in options.files for record in records(file)]
    scores: Scores = {past: {"exact_match": [], "f1": []} for past in PASTS}
    for item, passage, pasts in cases(loaded, documents):
        noted(scores, loaded, item, passage, pasts)
        count = len(scores["whole"]["f1"])
        if count % options.every == 0 or count == options.limit:
            print(json.dumps(report(scores)), flush=True)
        if count == options.limit:
            return
    print(json.dumps(report(scores)), flush=True)


def cases(
    loaded: LoadedReader, documents: Sequence[Told]
) -> Iterator[tuple[Item, Passage, tuple[Depth, ...]]]:
    """Each question that needs the past, the passage that answers, and what comes before it.

    Of the first document of all no question is asked: there is no other one before it.
    """
    before: list[Depth] = []
    for document in documents:
        passages = split(Document("", document.text, (0,), (), ()), loaded.tokenizer.count)
        spans = [(each.start, each.start + len(each.text)) for each in passages]
        depths = list(_depths(loaded, passages))
        for item in document.items if before else ():
            if needs_past(item, document.text, spans):
                number = _answering(item, document.text, passages)
                yield item, passages[number], _pasts(loaded, depths[number], before)
        before = depths


def _depths(loaded: LoadedReader, passages: Sequence[Passage]) -> Iterator[Depth]:
    """For each passage what a reading knows before it."""
    state = RetNetState.empty(loaded.reader.config.body)
    tokens: list[int] = []
    read = 0
    for passage in passages:
        first = max(0, len(tokens) - GAP_TOKENS)
        if first > read:
            state = read_on(loaded, tokens[read:first], state)
            read = first
        yield Depth(first, state, tokens[first:])
        tokens += loaded.tokenizer.encode(passage.text)


def _answering(item: Item, text: str, passages: Sequence[Passage]) -> int:
    start, _ = stored_spans(item, text, text)[0]
    return max(number for number, passage in enumerate(passages) if passage.start <= start)


def _pasts(loaded: LoadedReader, own: Depth, other: Sequence[Depth]) -> tuple[Depth, ...]:
    """In the order of PASTS."""
    empty = RetNetState.empty(loaded.reader.config.body)
    nearest = min(other, key=lambda depth: abs(depth.tokens - own.tokens))
    return (
        own,
        Depth(own.tokens, empty, own.gap),
        Depth(own.tokens, nearest.state, own.gap),
        Depth(0, empty, []),
    )


def noted(
    scores: Scores, loaded: LoadedReader, item: Item, passage: Passage, pasts: Sequence[Depth]
) -> None:
    """Answer from every past and add what the answers score."""
    answers = read_again(
        loaded,
        item.question,
        [passage.text] * len(pasts),
        [past.state for past in pasts],
        [past.gap for past in pasts],
    )
    for name, found in zip(PASTS, answers, strict=True):
        span = found.best_span(0, len(passage.text))
        text = passage.text[span[0] : span[1]] if span else ""
        scores[name]["exact_match"].append(metrics.exact_match(text, item.golds))
        scores[name]["f1"].append(metrics.f1(text, item.golds))


def report(scores: Scores) -> dict[str, Any]:
    """The mean of each past, and what "whole" gains over the others, on the same questions."""
    found: dict[str, Any] = {"questions": len(scores["whole"]["f1"])}
    for past in PASTS:
        found[past] = {}
        for name, values in scores[past].items():
            found[past] |= mean(name, values, 0)
    for past in PASTS[1:]:
        found[f"whole - {past}"] = _gains(scores["whole"], scores[past])
    return found


def _gains(ours: dict[str, list[float]], theirs: dict[str, list[float]]) -> Figures:
    gains: Figures = {}
    for name, values in ours.items():
        pairs = zip(values, theirs[name], strict=True)
        gains |= mean(name, [one - other for one, other in pairs], 0)
    return gains
