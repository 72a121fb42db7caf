"""Fit how the reader's odds and the shared words are weighed (pipelines.mixture.Mixture).

Questions of training documents are asked over whole documents; the weights are chosen by how
often the best sentence holds the answer and by the F1 of its span; slope and offset by logistic
regression of "the best sentence holds the answer" on its score, half of the questions being asked
of a document that does not answer them.
"""

import itertools
import json
import lzma
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any

import torch

from pipelines import metrics
from pipelines.cite import cited
from pipelines.document import Document
from pipelines.evidence import Evidence, gather
from pipelines.mixture import Mixture
from pipelines.read import read
from pipelines.split import split
from pipelines.vectors import Vectors
from retnet_core.checkpoint import LoadedReader, load_reader
from retnet_core.held import quickest
from storage.checksums import checksum
from storage.library import Library, open_library
from storage.records import DocumentRecord, NewDocument, NewPassage

READER_WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
SENTENCE_WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
PASSAGE_WEIGHTS = (0.0, 0.1, 0.25, 0.5)
KIND_WEIGHTS = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question's gold answers, and the evidence in its own and in another document."""

    golds: tuple[str, ...]
    own: tuple[Evidence, ...]
    other: tuple[Evidence, ...]


def fit(model: Path, files: Sequence[Path], questions: int, seed: int = 1) -> dict[str, Any]:
    """The mixture for a checkpoint, from so many questions of each file, with its figures."""
    asked = [
        case
        for file in files
        for case in _cases(load_reader(model, held=quickest()), file, questions, seed)
    ]
    chosen = max(_mixtures(), key=lambda mixture: _worth(mixture, asked))
    chosen = _calibrated(chosen, asked)
    words_only = replace(chosen, reader=0.0, sentence=1.0, passage=0.0, kind=0.0)
    return {
        "questions": len(asked),
        "mixture": {name: getattr(chosen, name) for name in Mixture.__dataclass_fields__},
        "hit": round(100 * _hits(chosen, asked), 2),
        "hit_words_only": round(100 * _hits(words_only, asked), 2),
    }


def _mixtures() -> Iterator[Mixture]:
    for weights in itertools.product(
        READER_WEIGHTS, SENTENCE_WEIGHTS, PASSAGE_WEIGHTS, KIND_WEIGHTS
    ):
        if any(weights[:3]):
            yield Mixture(*weights)


def _best(mixture: Mixture, evidence: Sequence[Evidence]) -> Evidence:
    return max(evidence, key=mixture.score)


def _worth(mixture: Mixture, asked: Sequence[Asked]) -> float:
    f1 = [metrics.f1(cited(_best(mixture, case.own)).text, case.golds) for case in asked]
    return _hits(mixture, asked) + fmean(f1)


def _hits(mixture: Mixture, asked: Sequence[Asked]) -> float:
    return fmean(_hit(_best(mixture, case.own), case.golds) for case in asked)


def _hit(evidence: Evidence, golds: Sequence[str]) -> float:
    return float(metrics.contains(cited(evidence).sentence, golds))


def _calibrated(mixture: Mixture, asked: Sequence[Asked]) -> Mixture:
    """Slope and offset by Newton's method, and the threshold with the best balanced accuracy."""
    own = [_best(mixture, case.own) for case in asked]
    right = [_hit(best, case.golds) for best, case in zip(own, asked, strict=True)]
    scores = [mixture.score(best) for best in own]
    scores += [mixture.score(_best(mixture, case.other)) for case in asked if case.other]
    right += [0.0] * (len(scores) - len(right))
    x = torch.tensor([[score, 1.0] for score in scores], dtype=torch.float64)
    y = torch.tensor(right, dtype=torch.float64)
    weights = torch.zeros(2, dtype=torch.float64)
    for _ in range(50):
        p = torch.sigmoid(x @ weights)
        curve = (x * (p * (1 - p))[:, None]).T @ x + 1e-6 * torch.eye(2, dtype=torch.float64)
        weights = weights - torch.linalg.solve(curve, x.T @ (p - y))
    fitted = replace(mixture, slope=round(float(weights[0]), 4), offset=round(float(weights[1]), 4))
    return replace(fitted, found=_threshold(fitted, scores, len(own)))


def _threshold(mixture: Mixture, scores: Sequence[float], own: int) -> float:
    """Below it nothing is claimed: the best balance of own documents and others."""
    sure = [mixture.confidence(score) for score in scores]

    def balance(limit: float) -> float:
        kept = fmean(float(s >= limit) for s in sure[:own])
        return kept + fmean(float(s < limit) for s in sure[own:] or [0.0])

    return max((step / 100 for step in range(1, 60)), key=balance)


def _cases(reader: LoadedReader, file: Path, questions: int, seed: int) -> Iterator[Asked]:
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    chance = random.Random(seed)
    chance.shuffle(records)
    each = max(1, questions // min(len(records), 30))
    with TemporaryDirectory() as folder, open_library(f"sqlite:///{folder}/library.db") as library:
        before: DocumentRecord | None = None
        for record in records[: questions // each]:
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
    return gather(library, scope, question, reader, Vectors()).evidence


def _added(library: Library, record: dict[str, Any], reader: LoadedReader) -> DocumentRecord:
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
        library.save_reading(stored.id, step.checkpoint, step.snapshot, step.seconds)
    return library.find("training", stored.id)
