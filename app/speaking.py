"""The model that speaks: the reader, which quotes, or an imported one, which writes its answers."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from app.errors import CannotWrite
from app.models import find, load
from app.progress import Progress
from app.settings import Settings
from storage.checksums import checksum
from storage.library import Library
from storage.records import DocumentRecord, PassageRecord
from storage.talk import Backdrop

if TYPE_CHECKING:
    from retnet_core.voice import Past, Voice

GROUP_TOKENS = 2_048  # read and kept at once: the work that a crash can lose


def writing_voice_of(settings: Settings) -> Voice:
    """The imported model that the settings name; NoSuchModel, InvalidCheckpoint or CannotWrite."""
    from retnet_core.devices import device_for, kind_for
    from retnet_core.holding import hold
    from retnet_core.voice import writing_voice

    loaded = load(find(settings, settings.writer))
    if loaded.tokenizer is None:
        raise CannotWrite(
            f"{settings.writer} has no tokenizer.model, so it takes no text and cannot answer: "
            "name another model in READONCE_WRITER, or none to have answers quoted."
        )
    device = device_for(settings.device)
    held = kind_for(device, settings.weights)
    return writing_voice(loaded, hold(loaded.model.to(device), held))


def is_prepared(library: Library, document: DocumentRecord, voice: Voice) -> bool:
    """Whether a model that writes has read a document to its end."""
    kept = _kept(library, document, voice)
    return kept is not None and kept.passage_index >= document.passages


def prepared(library: Library, document: DocumentRecord, voice: Voice) -> Iterator[Progress]:
    """Let a model that writes read a document, from where it stopped; each step is kept."""
    kept = _kept(library, document, voice)
    past, index = voice.nothing(), 0
    if kept is not None:
        past, index = voice.resumed(kept.payload), kept.passage_index
    began = time.perf_counter()
    for group in _groups(library.passages(document.id, index), voice):
        past = voice.go_on(past, [token for tokens in group for token in tokens])
        index += len(group)
        payload = voice.kept(past, exact=True)
        marks = (voice.weights_fingerprint, voice.tokenizer_fingerprint)
        kept = Backdrop(*marks, index, past.tokens, payload, checksum(payload))
        library.conversations.keep_backdrop(document.id, kept)
        seconds = time.perf_counter() - began
        page = round(document.pages * index / max(1, document.passages))
        yield Progress("reading", document, page, past.tokens, seconds)


def _kept(library: Library, document: DocumentRecord, voice: Voice) -> Backdrop | None:
    marks = (voice.weights_fingerprint, voice.tokenizer_fingerprint)
    return library.conversations.backdrop(document.id, *marks)


def _groups(passages: Sequence[PassageRecord], voice: Voice) -> Iterator[list[list[int]]]:
    """The tokens of neighbouring passages, as soon as there are GROUP_TOKENS."""
    group: list[list[int]] = []
    for passage in passages:
        group.append(voice.encode(passage.text))
        if sum(map(len, group)) >= GROUP_TOKENS:
            yield group
            group = []
    if group:
        yield group


def past_of(library: Library, document_ids: Sequence[str], voice: Voice) -> tuple[Past, str]:
    """The state of documents as this model has read them, and what says which that was.

    One that it has not read to its end is left out; several are joined as if read in this order.
    """
    from pipelines import memory

    pasts, checksums = [], []
    for record in (library.one(each) for each in document_ids):
        payload = _final(library, record, voice)
        if payload is not None:
            pasts.append(voice.resumed(payload))
            checksums.append(checksum(payload))
    return voice.joined(pasts), memory.base_of(voice, checksums)


def _final(library: Library, record: DocumentRecord, voice: Voice) -> bytes | None:
    marks = (voice.weights_fingerprint, voice.tokenizer_fingerprint)
    if voice.write is not None:
        kept = library.conversations.backdrop(record.id, *marks)
        return kept.payload if kept and kept.passage_index >= record.passages else None
    newest = library.readings.checkpoint(record.id, *marks) if record.finished else None
    return None if newest is None else newest.payload
