"""Reading a stored document to its end, whatever stopped an earlier attempt."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.progress import Progress
from app.versions import take_over
from retnet_core import errors
from storage.errors import NotFound, StaleReading, StateDamaged
from storage.library import Library
from storage.records import CheckpointRecord, DocumentRecord

if TYPE_CHECKING:  # torch takes a second to import, and a list of documents needs none of it
    from retnet_core.checkpoint import LoadedReader

UNUSABLE = (StateDamaged, errors.StateDamaged, errors.StateMismatch)
"""The errors of a kept state that is damaged or belongs to other weights."""

READ_AGAIN = "What was kept of an earlier reading cannot be used any more: reading it again."
_POLL = 1.0
_SILENCE = 20.0
"""Seconds without progress after which another process no longer counts as reading."""
_MOST_ATTEMPTS = 5


@dataclass(slots=True)
class _Sitting:
    """What was read since this process began with the document."""

    tokens: int = 0
    seconds: float = 0.0


def is_begun(document: DocumentRecord, reader: LoadedReader) -> bool:
    """Whether the reading that was saved last is by these weights and this tokenizer."""
    return (document.weights_fingerprint, document.tokenizer_fingerprint) == (
        reader.weights_fingerprint,
        reader.tokenizer_fingerprint,
    )


def require_ours(library: Library, document: DocumentRecord, reader: LoadedReader) -> None:
    """Raise StateMismatch where another model has read a document."""
    begun = document.weights_fingerprint is not None
    if begun and not is_begun(document, reader) and not has_read(library, document, reader):
        raise errors.StateMismatch(
            f"{document.title!r} was read by another model, so this one cannot go on from "
            "there. Run `readonce add` with its file, or ask with --read-again, to have this "
            "one read it."
        )


def is_read(document: DocumentRecord, reader: LoadedReader) -> bool:
    """Whether this reader has read the document to its end."""
    return document.finished and is_begun(document, reader)


def has_read(library: Library, document: DocumentRecord, reader: LoadedReader) -> bool:
    """Whether all that this reader kept of the whole document is there.

    It is until another reader has read the document to its end, too.
    """
    if is_begun(document, reader):
        return document.finished
    kept = _checkpoint(library, document, reader)
    return kept is not None and kept.tokens_read == document.tokens


def _check(library: Library, document: DocumentRecord, reader: LoadedReader) -> None:
    """Look through all that was kept of a reading; raises StateDamaged."""
    _checkpoint(library, document, reader)
    marks = (reader.weights_fingerprint, reader.tokenizer_fingerprint)
    token = document.tokens_read
    while (snapshot := library.readings.snapshot_before(document.id, token, *marks)) is not None:
        token = snapshot.tokens_read - 1
    library.readings.require_sound_embeddings(document.id, reader.weights_fingerprint)
    library.readings.require_sound_saliences(document.id, reader.weights_fingerprint)


def finish(library: Library, document: DocumentRecord, reader: LoadedReader) -> Iterator[Progress]:
    """Read a document to its end and store each step; of one that was read, check what was kept.

    Where another process is further, its progress is reported, and taken up should it fall silent.
    """
    sitting = _Sitting()
    for attempt in range(_MOST_ATTEMPTS):
        try:
            yield from _continued(library, document, reader, sitting)
        except StaleReading:
            if attempt + 1 == _MOST_ATTEMPTS:
                raise
            yield from _followed(library, document)
        except NotFound:
            if latest(library, document).id == document.id:
                raise
            # Another process has finished it, and it took the place of an earlier version.
        document = latest(library, document)
        if is_read(document, reader):
            break


def latest(library: Library, document: DocumentRecord) -> DocumentRecord:
    """The document as it is now: a new version takes another id when it has been read."""
    found = library.by_content(document.owner, document.content_hash)
    if found is None:
        raise NotFound(f"{document.title!r} is not in the library (any more): add its file again.")
    return found


def _continued(
    library: Library, document: DocumentRecord, reader: LoadedReader, sitting: _Sitting
) -> Iterator[Progress]:
    """Read on from the checkpoint, or from the first passage where there is none that fits."""
    try:
        if is_read(document, reader):
            _check(library, document, reader)
            return
        document = _counted(library, document, reader)
        take_over(library, document, reader)
        document = latest(library, document)
        start = _checkpoint(library, document, reader)
        yield from _read_from(library, document, reader, start, sitting)
    except UNUSABLE:
        library.readings.forget(document.id)
        yield Progress("reading", latest(library, document), note=READ_AGAIN)
        yield from _read_from(library, document, reader, None, sitting)


def _counted(library: Library, document: DocumentRecord, reader: LoadedReader) -> DocumentRecord:
    """The document, counted in the tokens of this reader."""
    if document.tokenizer_fingerprint == reader.tokenizer_fingerprint:
        return document
    tokens = [reader.tokenizer.count(passage.text) for passage in library.passages(document.id)]
    library.readings.recount(document.id, reader.tokenizer_fingerprint, tokens)
    return latest(library, document)


def _checkpoint(
    library: Library, document: DocumentRecord, reader: LoadedReader
) -> CheckpointRecord | None:
    return library.readings.checkpoint(
        document.id, reader.weights_fingerprint, reader.tokenizer_fingerprint
    )


def _read_from(
    library: Library,
    document: DocumentRecord,
    reader: LoadedReader,
    start: CheckpointRecord | None,
    sitting: _Sitting,
) -> Iterator[Progress]:
    from pipelines.read import read

    passages = library.passages(document.id)
    before = start.tokens_read if start else 0
    current = replace(document, tokens_read=before)
    for reading in read(passages, reader, start):
        library.readings.save(
            document.id,
            reading.checkpoint,
            reading.snapshot,
            reading.seconds,
            reading.embeddings,
            reading.saliences,
            began=reading.began,
            anchored=reading.anchored,
        )
        if reading.state_checksum is not None:
            library.readings.finish(document.id, reading.state_checksum)
        sitting.tokens += reading.tokens_read - current.tokens_read
        sitting.seconds += reading.seconds
        current = replace(current, tokens_read=reading.tokens_read)
        page = passages[reading.passage_index - 1].page if reading.passage_index else 0
        yield Progress("reading", current, page, sitting.tokens, sitting.seconds)


def _followed(library: Library, document: DocumentRecord) -> Iterator[Progress]:
    """The progress of another process, until it has finished or is silent for long."""
    current, heard = latest(library, document), time.monotonic()
    while not current.finished and time.monotonic() - heard < _SILENCE:
        page = round(current.read * current.pages)
        yield Progress("waiting", current, page, note="Another process is reading this document.")
        time.sleep(_POLL)
        now = latest(library, document)
        if now.tokens_read != current.tokens_read:
            heard = time.monotonic()
        current = now
