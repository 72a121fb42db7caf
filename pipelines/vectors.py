"""Which passages point where a question points: every embedding of a scope is looked at.

What was looked at once is kept in memory, one byte for each number of an embedding, and what the
library says is gone is no longer used.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from storage.library import Library
from storage.records import EmbeddingRun
from storage.scopes import Numbers, Scope

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.int8]

_ROWS = 2_048  # multiplied at once: 2 MB of float32 at 256 numbers stay in the cache
_RUNS = 1_000  # fetched from the library at once
_NAMED = 500  # documents that the library is asked for by name


@dataclass(slots=True, eq=False)
class _Kept:
    """Embeddings by one model's weights, one after another; starts: the first row of each run."""

    weights: str = ""
    rows: Bytes = field(default_factory=lambda: np.zeros((0, 0), np.int8))
    used: int = 0
    starts: dict[int, int] = field(default_factory=dict)


class Vectors:
    """The embeddings that this process has looked at, for any number of threads."""

    def __init__(self) -> None:
        self._kept = _Kept()
        self._lock = threading.Lock()

    def nearest(
        self, library: Library, scope: Scope, weights: str, question: Bytes, most: int
    ) -> tuple[Numbers, Floats]:
        """The passages of a scope most like a question [E], best first, and how like they are.

        Passages without an embedding by these weights are not found. Similarities are scalar
        products of int8 numbers.
        """
        order = {document.id: place for place, document in enumerate(scope.documents)}
        ids = list(order) if len(order) <= _NAMED and not scope.whole else None
        runs = library.embedding_runs(scope.owner, weights, ids)
        runs = tuple(run for run in runs if run.document_id in order)
        with self._lock:
            kept = self._filled(library, runs, weights, len(question), drop=scope.whole)
            rows, starts = kept.rows, kept.starts
            places = [(starts[run.id], order[run.document_id], *run[2:]) for run in runs]
        # By column from here on: start in the rows, document, first passage in it, passages.
        placed = np.array(places, np.int64).reshape(-1, 4)
        start, document, index, counts = placed[placed[:, 0].argsort()].T
        usable = start >= 0
        if not usable.any() or most < 1:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        firsts = (scope.first[document] + index)[usable]
        scores = _products(rows, start[usable], counts[usable], question)
        return _best(scores, firsts, counts[usable], most)

    def _filled(
        self,
        library: Library,
        runs: Sequence[EmbeddingRun],
        weights: str,
        width: int,
        *,
        drop: bool,
    ) -> _Kept:
        """What is kept, with these runs among it; others may be forgotten where they are many."""
        kept = self._kept
        if kept.weights != weights:
            kept = _Kept(weights, np.zeros((0, width), np.int8))
        live = sum(run.passages for run in runs if run.id in kept.starts)
        if drop and live * 2 < kept.used:
            kept = _packed(kept, {run.id: run.passages for run in runs})
        missing = [run for run in runs if run.id not in kept.starts]
        self._kept = _room(kept, sum(run.passages for run in missing))
        for first in range(0, len(missing), _RUNS):
            _fetch(library, self._kept, missing[first : first + _RUNS])
        return self._kept


def _packed(kept: _Kept, passages: dict[int, int]) -> _Kept:
    """Only the runs named, in new rows."""
    packed = _Kept(kept.weights, np.zeros_like(kept.rows, shape=(0, kept.rows.shape[1])))
    packed = _room(packed, sum(passages[run] for run in passages if run in kept.starts))
    for run, start in kept.starts.items():
        if run in passages and start >= 0:
            _put(packed, run, kept.rows[start : start + passages[run]])
    return packed


def _room(kept: _Kept, more: int) -> _Kept:
    """The same, with place for so many rows more; rows that others look at are never moved."""
    needed = kept.used + more
    if needed <= len(kept.rows):
        return kept
    rows = np.empty((needed + needed // 8, kept.rows.shape[1]), np.int8)
    rows[: kept.used] = kept.rows[: kept.used]
    return _Kept(kept.weights, rows, kept.used, kept.starts)


def _fetch(library: Library, kept: _Kept, runs: Sequence[EmbeddingRun]) -> None:
    found = library.embeddings([run.id for run in runs])
    for run in runs:
        record = found.get(run.id)
        width = kept.rows.shape[1]
        if record is None or record.width != width or record.passages != run.passages:
            kept.starts[run.id] = -1  # gone, damaged or of another shape
        else:
            _put(kept, run.id, np.frombuffer(record.vectors, np.int8).reshape(-1, width))


def _put(kept: _Kept, run: int, vectors: Bytes) -> None:
    kept.rows[kept.used : kept.used + len(vectors)] = vectors
    kept.starts[run] = kept.used
    kept.used += len(vectors)


def _best(scores: Floats, firsts: Numbers, counts: Numbers, most: int) -> tuple[Numbers, Floats]:
    """The highest scores and their passages, given each run's first passage and their number."""
    best = np.argpartition(-scores, min(most, len(scores)) - 1)[:most]
    best = best[np.lexsort((best, -scores[best]))]
    ends = np.cumsum(counts)
    at = np.searchsorted(ends, best, side="right")
    return firsts[at] + best - (ends - counts)[at], scores[best]


def _products(rows: Bytes, starts: Numbers, counts: Numbers, question: Bytes) -> Floats:
    """The scalar products of a question with the rows of these runs, one run after another."""
    asked = question.astype(np.float32)
    scores = np.empty(int(counts.sum()), np.float32)
    wide = np.empty((_ROWS, rows.shape[1]), np.float32)
    done = 0
    for start, end in _joined(starts, counts):
        for first in range(start, end, _ROWS):
            some = rows[first : min(first + _ROWS, end)]
            np.copyto(wide[: len(some)], some)
            np.dot(wide[: len(some)], asked, out=scores[done : done + len(some)])
            done += len(some)
    return scores


def _joined(starts: Numbers, counts: Numbers) -> list[tuple[int, int]]:
    """Neighbouring runs as one: first row and the row after the last."""
    ends = starts + counts
    breaks = np.flatnonzero(starts[1:] != ends[:-1])
    begin, stop = np.append(0, breaks + 1), np.append(breaks, len(starts) - 1)
    return [(int(starts[a]), int(ends[b])) for a, b in zip(begin, stop, strict=True)]
