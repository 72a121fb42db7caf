"""Fit how the reader's odds and the shared words are weighed (pipelines.mixture.Mixture).

Questions are asked over whole documents that were never trained on: on those that it knows a reader
is right more often, and would be weighed too heavily. The weights of the evidence are fitted by
ranking.py, what a score says of the chance to be right by confidence.py, for which each question is
asked of another document too.
"""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any

from pipelines.document import Document
from pipelines.evidence import Evidence, gather
from pipelines.mixture import SHIPPED, Mixture
from pipelines.read import read
from pipelines.sources import Sources
from pipelines.split import split
from retnet_core.checkpoint import LoadedReader, load_reader
from retnet_core.held import quickest
from storage.checksums import checksum
from storage.library import Library, open_library
from storage.records import DocumentRecord, NewDocument, NewPassage
from training.evaluation.confidence import (
    UNANSWERABLE,
    Asked,
    best_of,
    calibrated,
    error_of_fitting,
    expected_error,
    holds,
)
from training.evaluation.ranking import WEIGHTS, ranked
from training.sources import Record, records


def fit(
    model: Path,
    files: Sequence[Path],
    questions: int,
    seed: int = 1,
    unanswerable: float = UNANSWERABLE,
) -> dict[str, Any]:
    """The mixture for a checkpoint, from so many questions of each file, with its figures.

    Of each file the second half of its documents is asked; the first is left for measuring.
    unanswerable: the share of questions that the confidence expects to have no answer. ece is that
    of questions left out of the fit; hit_before and ece_before are those of the shipped mixture.
    """
    reader = load_reader(model, held=quickest())
    asked = [case for file in files for case in _cases(reader, _half(file), questions, seed)]
    chosen = calibrated(ranked(asked), asked, unanswerable)
    weights = dict.fromkeys(WEIGHTS, 0.0)
    words_only = replace(chosen, **{**weights, "sentence": 1.0})
    return {
        "questions": len(asked),
        "mixture": {name: getattr(chosen, name) for name in Mixture.__dataclass_fields__},
        "hit": round(100 * _hits(chosen, asked), 2),
        "hit_before": round(100 * _hits(SHIPPED, asked), 2),
        "hit_words_only": round(100 * _hits(words_only, asked), 2),
        "unanswerable": unanswerable,
        "ece": round(100 * error_of_fitting(chosen, asked, unanswerable), 2),
        "ece_before": round(100 * expected_error(SHIPPED, asked, unanswerable), 2),
    }


def _hits(mixture: Mixture, asked: Sequence[Asked]) -> float:
    return fmean(holds(best_of(mixture, case.own), case.golds) for case in asked)


def _half(file: Path) -> list[Record]:
    """The second half of the records of a file."""
    all_of_them = list(records(file))
    return all_of_them[len(all_of_them) // 2 :]


def _cases(reader: LoadedReader, told: list[Record], questions: int, seed: int) -> Iterator[Asked]:
    chance = random.Random(seed)
    chance.shuffle(told)
    each = max(1, questions // min(len(told), 30))
    with TemporaryDirectory() as folder, open_library(f"sqlite:///{folder}/library.db") as library:
        before: DocumentRecord | None = None
        for record in told[: questions // each]:
            document = _added(library, record, reader)
            answerable = [q for q in record["questions"] if q["answers"] and not q["unanswerable"]]
            for item in chance.sample(answerable, min(each, len(answerable))):
                own = _gathered(library, document, item["question"], reader)
                other = _gathered(library, before, item["question"], reader) if before else ()
                if own:
                    yield Asked(tuple(item["answers"]), own, other)
            before = document


def _gathered(
    library: Library, document: DocumentRecord, question: str, reader: LoadedReader
) -> tuple[Evidence, ...]:
    scope = library.scope(document.owner, [document.id])
    return gather(Sources(library, scope, reader), question).evidence


def _added(library: Library, record: Record, reader: LoadedReader) -> DocumentRecord:
    """A document of plain text, read to its end."""
    text, content = record["document"], record["document"].encode()
    passages = split(Document(record["id"], text, (0,), (), ()), reader.tokenizer.count)
    starts = itertools.accumulate((passage.tokens for passage in passages), initial=0)
    new = NewDocument(
        "training", record["id"], "text.txt", checksum(content), content, "text/plain", text, (0,),
        (), (), reader.tokenizer_fingerprint,
    )  # fmt: skip
    stored, known = library.add(
        new,
        [NewPassage(p.text, p.start, 1, "", first, p.tokens)
         for p, first in zip(passages, starts, strict=False)],
    )  # fmt: skip
    if known:  # the same text under two ids
        return stored
    for step in read(library.passages(stored.id), reader, None):
        library.readings.save(
            stored.id, step.checkpoint, step.snapshot, step.seconds, step.embeddings
        )
    return library.find("training", stored.id)
