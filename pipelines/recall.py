"""Which passages may answer, and what was remembered when each of them began."""

from collections.abc import Sequence
from dataclasses import dataclass

from retnet_core.checkpoint import LoadedReader
from retnet_core.codec import decode_state
from retnet_core.state import RetNetState
from storage.library import Library
from storage.records import DocumentRecord, PassageRecord

CANDIDATES = 12
GAP_TOKENS = 256  # read again between the stored state and the passage: see docs/decisions.md
GAP_PASSAGES = 8  # no gap reaches back further than this


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A passage, how well its words match, the stored state before it, and the gap between."""

    passage: PassageRecord
    score: float
    past: RetNetState
    gap: list[int]


def recall(
    library: Library, document: DocumentRecord, question: str, reader: LoadedReader
) -> tuple[Candidate, ...]:
    """The passages to read again, those that share the rarest words first.

    A short document is taken whole. Raises StateMismatch or StateDamaged (retnet_core) for a
    stored state that does not fit.
    """
    scores = {
        hit.passage_index: hit.score
        for hit in library.search(document.id, question, limit=CANDIDATES)
    }
    for index in range(min(document.passages, CANDIDATES)):
        if len(scores) < CANDIDATES:
            scores.setdefault(index, 0.0)
    return tuple(
        _candidate(library, document, index, score, reader) for index, score in scores.items()
    )


def _candidate(
    library: Library, document: DocumentRecord, index: int, score: float, reader: LoadedReader
) -> Candidate:
    *before, passage = library.passages(document.id, max(0, index - GAP_PASSAGES), index + 1)
    gap = _gap(before, reader)
    stored = library.snapshot_before(
        document.id,
        passage.token_start - len(gap),
        reader.weights_fingerprint,
        reader.tokenizer_fingerprint,
    )
    config = reader.reader.config.body
    if stored is None:
        return Candidate(passage, score, RetNetState.empty(config), gap)
    state, _ = decode_state(
        stored.payload, config, reader.weights_fingerprint, reader.tokenizer_fingerprint
    )
    return Candidate(passage, score, state, gap)


def _gap(before: Sequence[PassageRecord], reader: LoadedReader) -> list[int]:
    """The last GAP_TOKENS tokens before a passage."""
    tokens: list[int] = []
    for passage in reversed(before):
        if len(tokens) >= GAP_TOKENS:
            break
        tokens = reader.tokenizer.encode(passage.text) + tokens
    return tokens[-GAP_TOKENS:]
