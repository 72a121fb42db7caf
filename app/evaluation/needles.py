"""Long texts with hidden facts, read as a user's and asked for each of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from app.adding import extracted_now
from app.errors import BadQuestions
from app.evaluation.opening import added
from app.service import Service
from pipelines.document import Upload
from pipelines.sentences import Span
from storage.records import DocumentRecord

if TYPE_CHECKING:
    from pipelines.answer import Answer
    from pipelines.evaluation.needle import Hidden, Seek

_PIECE = 4_000  # characters whose tokens are counted at once


def text_of(service: Service, upload: Upload) -> str:
    """The text of a file of any kind that can be read."""
    settings = service.settings
    new, _ = extracted_now(
        settings.owner, upload, service.reader.tokenizer, settings.limits, settings.bounds
    )
    return new.text


def fillers(service: Service, text: str, lengths: Sequence[int]) -> dict[int, str]:
    """The beginning of a text for each length in tokens; a text that is too short is repeated."""
    pieces: list[str] = []
    counts: list[int] = []
    total = 0
    for piece in _pieces(text):
        if total >= max(lengths):
            break
        pieces.append(piece)
        counts.append(service.reader.tokenizer.count(piece))
        total += counts[-1]
    return {length: "".join(_as_long(pieces, counts, length)) for length in lengths}


def _pieces(text: str) -> Iterator[str]:
    """A text again and again, a piece at a time."""
    whole = text.rstrip() + "\n\n"
    while True:
        yield from (whole[first : first + _PIECE] for first in range(0, len(whole), _PIECE))


def _as_long(pieces: Sequence[str], counts: Sequence[int], length: int) -> Iterator[str]:
    """Whole pieces while they have no more tokens, and the part of the next that is left over."""
    left = length
    for piece, count in zip(pieces, counts, strict=True):
        if left <= 0:
            return
        yield piece if count <= left else piece[: round(len(piece) * left / count)]
        left -= count


def seeking(service: Service, hidden: Hidden) -> Seek:
    """Read a text and give how its facts are sought; raises BadQuestions where a fact is lost."""
    document = added(service, f"{hidden.tokens} tokens", hidden.text)
    stored = service.library.text(document.id)
    for fact, _, (start, end) in hidden.facts:
        if stored[start:end] != fact.sentence:
            raise BadQuestions("The filler is not kept as it is: give a plain text in UTF-8.")
    passages = service.library.passages(document.id)
    starts = [passage.start for passage in passages]

    def seek(question: str, span: Span) -> tuple[Answer, Mapping[str, bool]]:
        first, last = bisect_right(starts, span[0]) - 1, bisect_left(starts, span[1])
        golden = {passage.id for passage in passages[first:last]}
        retrieved = {
            name: bool(golden & set(numbers))
            for name, numbers in _rankings(service, document, question).items()
        }
        return service.ask(document, question), retrieved

    return seek


def _rankings(
    service: Service, document: DocumentRecord, question: str
) -> dict[str, Sequence[int]]:
    """The passages that would be read again, by number: by words, by meaning, and by both."""
    from pipelines.recall import CANDIDATES
    from pipelines.search import Meaning, search
    from retnet_core.impressions import embed_question

    library, reader = service.library, service.reader
    scope = library.scope(service.settings.owner, [document.id])
    vectors = service.sources(scope).vectors
    rankings: dict[str, Sequence[int]] = {}
    words = search(library, scope, question, None, CANDIDATES)
    rankings["words"] = [found.passage.id for found in words.found]
    asked = embed_question(reader, question)
    if asked is not None:
        weights = reader.weights_fingerprint
        nearest, _ = vectors.nearest(library, scope, weights, asked, CANDIDATES)
        rankings["meaning"] = nearest.tolist()
        both = search(library, scope, question, Meaning(asked, weights, vectors), CANDIDATES)
        rankings["fused"] = [found.passage.id for found in both.found]
    return rankings
