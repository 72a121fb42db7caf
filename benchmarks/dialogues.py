"""What is gained by understanding a question through the conversation, on dialogues of a file.

The texts of many dialogues are joined into long documents, so that a question alone seldom says
which text it is about. Each question is asked alone; after a history of right answers, which says
how well questions are understood; and after the program's own answers, right or wrong. In the
middle of every conversation stands a question about another text that can stand alone.

A line of FILE: {"text", "turns": [{"question", "answer", "rationale", "start"}]}.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any

from app.conversing import About
from app.service import Service, open_service
from app.settings import SHIPPED_MODEL, Settings
from benchmarks.timing import machine, print_table
from pipelines import metrics
from pipelines.answer import Answer
from pipelines.bootstrap import interval
from pipelines.converse import converse
from pipelines.document import Upload
from pipelines.followup import Heard, Place, leans
from storage.records import DocumentRecord

HEAD = ["questions", "", "alone", "in the conversation", "gained"]
KINDS = ("right history", "own history", "another matter")
_GAP = "\n\n\n"


@dataclass(frozen=True, slots=True)
class Scored:
    """One question: how its answers alone and in the conversation agree with the gold one.

    kind: one of KINDS; f1 is None where the gold answer is no quote.
    """

    kind: str
    f1: tuple[float, float] | None
    cited: tuple[float, float]


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks dialogues", description=__doc__)
    parser.add_argument("file", type=Path, help="dialogues, .jsonl.xz or .jsonl")
    parser.add_argument("--dialogues", type=int, default=60, help="take no more than so many")
    parser.add_argument("--joined", type=int, default=30, help="texts in one document")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL)
    options = parser.parse_args(arguments)
    print(machine())
    records = _records(options.file, options.dialogues, options.seed)
    scored: list[Scored] = []
    with TemporaryDirectory() as home:
        settings = Settings(home=Path(home), model=options.model, database_url="")
        with open_service(settings) as service:
            for first in range(0, len(records), options.joined):
                scored += _document(service, records[first : first + options.joined])
    print_table(f"{len(records)} dialogues, {options.joined} texts a document", HEAD, rows(scored))


def _records(file: Path, most: int, seed: int) -> list[dict[str, Any]]:
    opened = lzma.open if file.suffix == ".xz" else open
    with opened(file, "rt", encoding="utf-8") as lines:
        found = {record["text"]: record for record in map(json.loads, lines)}
    records = [record for record in found.values() if len(record["turns"]) > 1]
    random.Random(seed).shuffle(records)
    return records[:most]


def _document(service: Service, records: Sequence[dict[str, Any]]) -> Iterator[Scored]:
    """The questions of several dialogues whose texts are one document."""
    text = _GAP.join(record["text"].strip() for record in records)
    *_, done = service.add(Upload("texts.txt", text.encode()))
    document = service.show(done.document.id) if done.document else None
    if document is None:
        raise ValueError("the texts were not added")
    stored = service.library.text(document.id)
    for number, record in enumerate(records):
        other = _standing_alone(records[(number + 1) % len(records)])
        yield from _dialogue(service, document, stored, record, other)


def _standing_alone(record: dict[str, Any]) -> tuple[dict[str, Any], str] | None:
    turns = [turn for turn in record["turns"] if not leans(turn["question"])]
    return (turns[0], record["text"]) if turns else None


def _dialogue(
    service: Service,
    document: DocumentRecord,
    stored: str,
    record: dict[str, Any],
    other: tuple[dict[str, Any], str] | None,
) -> Iterator[Scored]:
    about = service.converse(About((document.id,)), record["turns"][0]["question"]).conversation
    told = [_told(document, stored, record, record["turns"][0])]
    for number, turn in enumerate(record["turns"][1:]):
        alone = service.ask(document, turn["question"])
        if number == 1 and other is not None:
            asked, text = other
            both = (
                service.ask(document, asked["question"]),
                _after(service, document, told, asked),
            )
            yield from _score(both, asked, stored, text, "another matter")
        reply = service.converse(about, turn["question"])
        about = reply.conversation
        yield from _score((alone, reply.answer), turn, stored, record["text"], "own history")
        both = (alone, _after(service, document, told, turn))
        yield from _score(both, turn, stored, record["text"], "right history")
        told.append(_told(document, stored, record, turn))


def _told(
    document: DocumentRecord, stored: str, record: dict[str, Any], turn: dict[str, Any]
) -> Heard:
    """A turn as it would have been with the right answer, found at the right place."""
    gold = turn["rationale"].strip()
    start = stored.find(gold, max(0, stored.find(record["text"].strip()[:60])))
    place = Place(document.id, start, gold) if start >= 0 else None
    return Heard(turn["question"], turn["answer"], place)


def _after(
    service: Service, document: DocumentRecord, told: Sequence[Heard], turn: dict[str, Any]
) -> Answer:
    """The answer after a history of right answers."""
    scope = service.library.scope(document.owner, [document.id])
    return converse(service.sources(scope), told, turn["question"])[0]


def _score(
    both: tuple[Answer, Answer], turn: dict[str, Any], stored: str, text: str, kind: str
) -> Iterator[Scored]:
    """How right two answers are; nothing where the gold sentence is not found in the document."""
    gold = turn["rationale"].strip()
    start = stored.find(gold, max(0, stored.find(text.strip()[:60]))) if gold else -1
    if start < 0:
        return
    span = (start, start + len(gold))
    answer = turn["answer"].strip(" .")
    quoted = answer.casefold() in text.casefold()
    f1 = tuple(metrics.f1(_said(each), [answer]) for each in both) if quoted else None
    cited = tuple(_cites(each, span) for each in both)
    yield Scored(kind, f1, cited)  # type: ignore[arg-type]


def _said(answer: Answer) -> str:
    """The best span, claimed or not: a threshold is another question."""
    return answer.citations[0].text if answer.citations else ""


def _cites(answer: Answer, span: tuple[int, int]) -> float:
    if not answer.citations:
        return 0.0
    first = answer.citations[0]
    return float(first.sentence_start < span[1] and span[0] < first.sentence_end)


def rows(scored: Sequence[Scored]) -> list[list[str]]:
    """A table's rows: each kind of question by F1 and by its citation, with intervals."""
    table = []
    for kind in KINDS:
        some = [each for each in scored if each.kind == kind]
        quoted = [each.f1 for each in some if each.f1 is not None]
        for name, pairs in (("F1", quoted), ("cited", [each.cited for each in some])):
            if pairs:
                table.append([f"{kind}, {len(pairs)}", name, *_compared(pairs)])
    return table


def _compared(pairs: Sequence[tuple[float, float]]) -> list[str]:
    gained = [after - before for before, after in pairs]
    low, high = interval(gained)
    means = [100 * fmean(column) for column in (*zip(*pairs, strict=True), gained)]
    alone, within, more = means
    return [f"{alone:.1f}", f"{within:.1f}", f"{more:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"]
