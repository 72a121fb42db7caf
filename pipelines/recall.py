"""Which passages may answer, and what was remembered when each of them began."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines import lexical
from pipelines.rephrase import wordings
from pipelines.search import Found, Meaning, search
from pipelines.sources import Sources
from retnet_core import errors
from retnet_core.checkpoint import LoadedReader
from retnet_core.codec import decode_state
from retnet_core.impressions import embed_question
from retnet_core.state import RetNetState
from storage.errors import NotFound, StateDamaged
from storage.library import Library
from storage.records import DocumentRecord, PassageRecord

CANDIDATES = 12
GAP_TOKENS = 256  # read again between the stored state and the passage: see docs/decisions.md
GAP_PASSAGES = 8  # no gap reaches back further than this


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A passage, how well its words and its meaning match, the stored state before it, the gap.

    asked: the wording of the question that fits it best.
    """

    document: DocumentRecord
    passage: PassageRecord
    score: float
    likeness: float
    past: RetNetState
    gap: list[int]
    asked: str


@dataclass(frozen=True, slots=True, eq=False)
class Recalled:
    """The candidates, how texts were cut into terms to find them, and what could not be used.

    damaged: the documents whose stored state could not be resumed.
    """

    candidates: tuple[Candidate, ...]
    cut: lexical.Cut
    damaged: tuple[DocumentRecord, ...]


def recall(sources: Sources, question: str, also: Sequence[int] = ()) -> Recalled:
    """The passages to read again, the likeliest first; those of also in any case.

    Of a document that other weights read no state is resumed: only the gap is read before the
    passage. For a single document, raises StateMismatch or StateDamaged (retnet_core, storage)
    where its stored state does not fit; of several, the others are asked.
    """
    library, scope, reader = sources.library, sources.scope, sources.reader
    asked = embed_question(reader, wordings(question)[0])
    meaning = None if asked is None else Meaning(asked, reader.weights_fingerprint, sources.vectors)
    ranking = search(library, scope, question, meaning, CANDIDATES, also)
    ids = list(dict.fromkeys(found.document_id for found in ranking.found))
    documents = {document.id: document for document in library.some(scope.owner, ids)}
    candidates = []
    damaged: dict[str, DocumentRecord] = {}
    for found in ranking.found:
        try:
            candidates.append(_candidate(library, documents[found.document_id], found, reader))
        except (KeyError, NotFound):
            continue  # deleted in the meantime
        except (StateDamaged, errors.StateDamaged, errors.StateMismatch):
            if len(scope.documents) == 1:
                raise
            damaged[found.document_id] = documents[found.document_id]
    return Recalled(tuple(candidates), ranking.cut, tuple(damaged.values()))


def _candidate(
    library: Library, document: DocumentRecord, found: Found, reader: LoadedReader
) -> Candidate:
    index = found.passage.index
    *before, passage = library.passages(document.id, max(0, index - GAP_PASSAGES), index + 1)
    gap = _gap(before, reader)
    stored = library.readings.snapshot_before(
        document.id,
        passage.token_start - len(gap),
        reader.weights_fingerprint,
        reader.tokenizer_fingerprint,
    )
    config = reader.reader.config.body
    worth = found.score, found.likeness
    if stored is None:
        return Candidate(document, passage, *worth, RetNetState.empty(config), gap, found.asked)
    state, _ = decode_state(
        stored.payload, config, reader.weights_fingerprint, reader.tokenizer_fingerprint
    )
    return Candidate(document, passage, *worth, state, gap, found.asked)


def _gap(before: Sequence[PassageRecord], reader: LoadedReader) -> list[int]:
    """The last GAP_TOKENS tokens before a passage."""
    tokens: list[int] = []
    for passage in reversed(before):
        if len(tokens) >= GAP_TOKENS:
            break
        tokens = reader.tokenizer.encode(passage.text) + tokens
    return tokens[-GAP_TOKENS:]
