"""What a question reads a second time, and whether the likelier passages alone answer the same."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.commands.evaluate.lines import made_of
from app.evaluation.opening import added, apart
from app.service import Service
from app.settings import SHIPPED_MODEL, Settings
from benchmarks.timing import machine, print_table
from pipelines.answer import Answer
from pipelines.ask import ENOUGH, concluded, shortened
from pipelines.evaluation.questions import Item, Told, first_items, told
from pipelines.evaluation.questions import joined as all_as_one
from pipelines.evidence import gathering
from pipelines.metrics import contains
from pipelines.recall import recall
from storage.records import DocumentRecord


@dataclass(frozen=True, slots=True)
class Read:
    """One question: tokens before and in its passages, processor seconds, and its two answers.

    likelier: by the passages read first; every: by all; golds: what it should be.
    """

    before: int
    within: int
    likelier_seconds: float
    every_seconds: float
    likelier: Answer
    every: Answer
    golds: tuple[str, ...]

    @property
    def stops(self) -> bool:
        return self.likelier.found and self.likelier.confidence >= ENOUGH

    @property
    def same(self) -> bool:
        return _place(self.likelier) == _place(self.every)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks rereading", description=__doc__)
    parser.add_argument("file", type=Path, help="questions as `readonce evaluate qa` takes them")
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--joined", action="store_true", help="all documents as one")
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL)
    options = parser.parse_args(arguments)
    print(machine())
    with apart(Settings(model=options.model)) as service:
        found = list(_reads(service, options.file, options.limit, joined=options.joined))
    print_table(f"{len(found)} questions, medians", ["measure", "value"], list(_told(found)))


def _reads(service: Service, file: Path, limit: int, *, joined: bool) -> Iterator[Read]:
    documents = first_items([each for each in _documents(file, limit) if each.items], limit)
    for each in [all_as_one(documents)] if joined else documents:
        document = added(service, each.title, each.text)
        for item in each.items:
            yield _read(service, document, item)


def _documents(file: Path, limit: int) -> Iterator[Told]:
    """The documents of a file, with the questions that they answer, until these are enough."""
    for document in made_of(file, told, "qa"):
        items = tuple(each for each in document.items if each.golds and not each.unanswerable)
        limit -= len(items)
        yield replace(document, items=items)
        if limit <= 0:
            return


def _read(service: Service, document: DocumentRecord, item: Item) -> Read:
    question = shortened(item.question)
    sources = service.sources(service.library.scope(document.owner, [document.id]))
    began, seconds, answers = time.process_time(), [], []
    for gathered in gathering(sources, question):
        if gathered.read:
            answers.append(concluded(service.library, gathered, question, 0.0))
            seconds.append(time.process_time() - began)
    candidates = recall(sources, question).candidates
    return Read(
        sum(len(each.gap) for each in candidates),
        sum(each.passage.tokens for each in candidates),
        seconds[0],
        seconds[-1],
        answers[0],
        answers[-1],
        item.golds,
    )


def _place(answer: Answer) -> tuple[str, int] | None:
    first = answer.citations[0] if answer.citations else None
    return None if first is None else (first.document.id, first.sentence_start)


def _told(found: Sequence[Read]) -> Iterator[list[str]]:
    sure = [each for each in found if each.stops]
    ended = [each.likelier if each.stops else each.every for each in found]
    seconds = [each.likelier_seconds if each.stops else each.every_seconds for each in found]
    yield ["tokens before the passages", f"{statistics.median(e.before for e in found):,.0f}"]
    yield ["tokens of the passages", f"{statistics.median(e.within for e in found):,.0f}"]
    every = statistics.median(each.every_seconds for each in found)
    yield ["processor seconds, all passages", f"{every:.2f}"]
    yield ["processor seconds, as it is asked", f"{statistics.median(seconds):.2f}"]
    yield ["likelier passages give the same first citation", _share(e.same for e in found)]
    yield [f"surer than {ENOUGH:.0%} by them", _share(each.stops for each in found)]
    yield ["of these the same first citation", _share(each.same for each in sure)]
    yield ["cited sentence right, all passages", _share(_right(e.every, e.golds) for e in found)]
    right = (_right(answer, each.golds) for answer, each in zip(ended, found, strict=True))
    yield ["cited sentence right, as it is asked", _share(right)]


def _right(answer: Answer, golds: Sequence[str]) -> bool:
    return bool(answer.citations) and contains(answer.citations[0].sentence, golds)


def _share(flags: Iterator[bool]) -> str:
    """How many of how many."""
    listed = list(flags)
    return f"{sum(listed)} of {len(listed)}"
