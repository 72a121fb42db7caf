"""How often the passage that answers is among the first: words, embeddings, and both together.

Documents are split and read as readonce does it; every question is asked over the passages of its
own document, or of all documents together. Where there are no more passages than the largest cut
takes, nothing is asked.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines import lexical
from pipelines.bootstrap import interval
from pipelines.document import Document, Passage
from pipelines.read import GROUP_TOKENS
from pipelines.search import FEWEST_PASSAGES
from pipelines.split import split
from retnet_core.checkpoint import LoadedReader, load_reader
from retnet_core.held import quickest
from retnet_core.impressions import LENGTH, embed_question, read_passages
from retnet_core.state import RetNetState
from training.heads.pairs import Told, told
from training.sources import records
from training.teacher import Teacher

CUTS = (1, 5, 12)
SHARES = (0.25, 0.5, 1.0, 2.0)  # of the embedding beside words, in the weighted sum
CONSTANT = 60  # of reciprocal rank fusion (Cormack et al. 2009)

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """Passages that are searched together: texts [P], embeddings [P, E], and what is asked.

    asked: questions, each with the passages that answer it.
    """

    texts: tuple[str, ...]
    vectors: Scores
    asked: tuple[tuple[str, frozenset[int]], ...]


def evaluate_retrieval(
    model: Path, file: Path, teacher: Path | None = None, together: bool = False
) -> dict[str, Any]:
    """Recall of each way of ranking at each cut, with 95 % intervals of the bootstrap.

    together: all documents of the file are searched as one.
    """
    loaded = load_reader(model, held=quickest())
    taught = None if teacher is None else Teacher.of(teacher)
    shelves = [_shelf(document, loaded) for record in records(file) for document in told(record)]
    places: dict[str, list[int]] = {}
    for shelf in [_joined(shelves)] if together else shelves:
        if len(shelf.texts) > CUTS[-1]:
            for ranked in _ranked(shelf, loaded, taught):
                for name, found in ranked.items():
                    places.setdefault(name, []).append(found)
    return {
        "questions": len(places.get("words", ())),
        **{name: {f"recall@{n}": _share(found, n) for n in CUTS} for name, found in places.items()},
    }


def _shelf(document: Told, loaded: LoadedReader) -> Shelf:
    plain = Document("", document.text, (0,), (), ())
    passages = split(plain, loaded.tokenizer.count)
    starts = [passage.start for passage in passages]
    asked = tuple(
        (asking.text, frozenset(n for a, b in asking.spans for n in _touched(starts, a, b)))
        for asking in document.asked
    )
    texts = tuple(passage.text for passage in passages)
    return Shelf(texts, embeddings(loaded, passages), asked)


def _touched(starts: Sequence[int], first: int, end: int) -> range:
    """The passages, by their starts, that hold a character from first on and before end."""
    found = np.searchsorted(starts, [first, end - 1], side="right") - 1
    return range(int(found[0]), int(found[1]) + 1)


def _joined(shelves: Sequence[Shelf]) -> Shelf:
    """All shelves as one."""
    before = np.cumsum([0, *(len(shelf.texts) for shelf in shelves)]).tolist()
    asked = tuple(
        (text, frozenset(gold + first for gold in golds))
        for shelf, first in zip(shelves, before, strict=False)
        for text, golds in shelf.asked
    )
    texts = tuple(text for shelf in shelves for text in shelf.texts)
    return Shelf(texts, np.concatenate([shelf.vectors for shelf in shelves]), asked)


def _ranked(
    shelf: Shelf, loaded: LoadedReader, teacher: Teacher | None
) -> Iterator[dict[str, int]]:
    """For each question the place of its best gold passage in each ranking, from 0."""
    theirs = None if teacher is None else teacher.of_texts(shelf.texts).numpy()
    terms = [lexical.terms(text) for text in shelf.texts]
    rarity = lexical.rarity(lexical.document_counts(terms), max(len(terms), FEWEST_PASSAGES))
    for question, golds in shelf.asked:
        words = np.asarray(lexical.bm25(lexical.terms(question), terms, rarity))
        rankings = {"words": words}
        asked = embed_question(loaded, question)
        if asked is not None:
            cosine = shelf.vectors @ asked.astype(np.float64) / LENGTH**2
            rankings |= _beside(words, cosine, "")
        if teacher is not None and theirs is not None:
            cosine = (theirs @ teacher.of_texts([question]).numpy()[0]).astype(np.float64)
            rankings |= _beside(words, cosine, "teacher ")
        yield {name: place(scores, golds) for name, scores in rankings.items()}


def embeddings(loaded: LoadedReader, passages: Sequence[Passage]) -> Scores:
    """The embeddings of all passages of a document, read in the groups of pipelines.read."""
    state: RetNetState | None = None
    rows = []
    group: list[str] = []
    tokens = 0
    for number, passage in enumerate(passages):
        group.append(passage.text)
        tokens += passage.tokens
        if tokens >= GROUP_TOKENS or number + 1 == len(passages):
            state, kept = read_passages(loaded, group, [()] * len(group), state)
            rows += [each.embedding for each in kept]
            group, tokens = [], 0
    width = loaded.reader.config.embedding_width or 1
    return np.stack([np.zeros(width) if row is None else row.astype(np.float64) for row in rows])


def _beside(words: Scores, cosine: Scores, whose: str) -> dict[str, Scores]:
    return {
        f"{whose}embedding": cosine,
        f"{whose}ranks fused": reciprocal(words) + reciprocal(cosine),
        **{f"{whose}sum {share}": weighted(words, cosine, share) for share in SHARES},
    }


def weighted(words: Scores, cosine: Scores, share: float) -> Scores:
    """Both scores [P] divided by their best, the second times a share."""
    return words / max(float(words.max()), 1e-9) + share * cosine / max(float(cosine.max()), 1e-9)


def reciprocal(scores: Scores) -> Scores:
    """1 / (CONSTANT + place) of each passage [P], places counted from 1."""
    places = np.empty(len(scores))
    places[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return 1 / (CONSTANT + places)


def place(scores: Scores, golds: Collection[int]) -> int:
    """How many passages stand before the first gold one."""
    order: list[int] = np.argsort(-scores, kind="stable").tolist()
    return min(order.index(gold) for gold in golds)


def _share(places: Sequence[int], cut: int) -> list[float]:
    values = [float(found < cut) for found in places]
    low, high = interval(values)
    return [round(100 * value, 1) for value in (sum(values) / len(values), low, high)]
