"""Finding what is damaged in a library, saying what that means, and mending it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app import reading
from app.adding import extracted_now
from app.service import Service
from pipelines.document import Upload
from pipelines.errors import PipelineError
from retnet_core.errors import RetNetError
from storage.checksums import checksum
from storage.damage import Damage, Kind
from storage.errors import LibraryDamaged, StorageError
from storage.records import DocumentRecord

MEANING: dict[Kind, str] = {
    "file": "Pages of the library's file are damaged, so more may be wrong than is named here.",
    "index": "Searching may miss passages, so that answers come from worse places.",
    "orphan": "Rows of documents that are gone take up room and hold their text.",
    "document": "The list may show a wrong title, date or size, or leave the document out.",
    "seal": "Damage to this document could not be told from its text.",
    "passage": "Answers may quote text that the document does not hold.",
    "count": "Answers may be looked for at the wrong places.",
    "layout": "Citations may name a wrong page or section.",
    "original": "Pages cannot be shown, and a damaged text could not be taken from the file again.",
    "progress": "Reading may go on from the wrong place.",
    "checkpoint": "Reading cannot go on from where it stopped.",
    "snapshot": "Questions about the part behind it are refused until it is read again.",
    "anchor": "A later version of the document is read from further back than it need be.",
    "embedding": "Searching by meaning leaves passages out.",
    "conversation": "A conversation may show words that were not said: delete it, or go on in a "
    "branch of the questions before. Only its title can be put right, with `rename`.",
    "turn": "The state after a question is made again from the words when the talk goes on.",
    "backdrop": "A model that writes reads the document again before it answers.",
    "salience": "Summaries are made from words alone.",
    "job": "A piece of work that was handed in, or its result, cannot be used any more.",
    "worker": "The page may say wrongly whether somebody is reading.",
}
_STATES = frozenset({"progress", "checkpoint", "snapshot", "anchor", "embedding", "salience"})
_TEXT = frozenset({"passage", "layout"})
_OF_WORDS = _TEXT | {"index", "file"}

ADD_AGAIN = "Add the file again: `readonce add FILE` puts it back."
REMADE = (
    "Its text was taken from the original anew, and is not letter for letter what it was: "
    "it is read again, and earlier citations of it may have moved."
)
_SALVAGED = (
    "What could be read is in a sound file now. What waited and is not listed any more has to be "
    "handed in again; a conversation that is not listed any more could not be read. The damaged "
    "file is kept as {kept}: delete it when all is well."
)
_NO_ORIGINAL = (
    "Its original is not there to take the text from: delete it and add the file again, "
    "or restore a backup."
)


@dataclass(frozen=True, slots=True)
class Note:
    """What a repair did or could not do for one document, beside what verify finds afterwards."""

    document_id: str
    title: str
    sentence: str


def find_damage(service: Service, documents: Sequence[DocumentRecord] | None) -> list[Damage]:
    """Everything that is damaged in these documents, or without any in the whole library."""
    care = service.library.care
    found = [] if documents is not None else list(care.library_damage())
    ids = None if documents is None else [document.id for document in documents]
    try:
        found += care.document_damage(service.settings.owner, ids)
        if not any(damage.kind == "file" for damage in found):
            found += _unfit_states(service, documents, found)
    except LibraryDamaged:
        found.append(Damage("file", "pages that hold documents"))
    return found


def _unfit_states(
    service: Service, documents: Sequence[DocumentRecord] | None, found: Sequence[Damage]
) -> Iterator[Damage]:
    """States that are whole and yet not what they are kept as, where their rows are sound."""
    known = {damage.document_id for damage in found if damage.kind != "original"}
    wanted = None if documents is None else {document.id for document in documents}
    for document_id in service.library.care.document_ids(service.settings.owner):
        if document_id not in known and (wanted is None or document_id in wanted):
            yield from _unfit(service, service.show(document_id))


def _unfit(service: Service, document: DocumentRecord) -> Iterator[Damage]:
    from app.states import unfit_states

    for kind, place in unfit_states(service, document):
        yield Damage(kind, place, document.id, document.title)


def repair(
    service: Service, found: Sequence[Damage], documents: Sequence[DocumentRecord] | None
) -> Iterator[Note]:
    """Mend what can be mended of what find_damage found, from what it can be made of again."""
    care = service.library.care
    if any(damage.kind == "file" for damage in found):
        yield _salvaged(service)
    care.mend_rows(service.settings.owner)
    found = [*found, *find_damage(service, documents)]  # a row that is back shows what it lacks
    for document in _all(service):
        yield from _repair_document(service, document, _kinds(found, document))
    if any(damage.kind in _OF_WORDS for damage in found):
        yield from _index_again(service)
    yield from _read_again(service, found)


def _salvaged(service: Service) -> Note:
    kept = service.library.care.salvage()
    return Note("", "", _SALVAGED.format(kept=kept))


def _index_again(service: Service) -> Iterator[Note]:
    try:
        service.library.care.rebuild_index()
    except StorageError:  # it is so damaged that it cannot even be removed
        yield _salvaged(service)
        service.library.care.rebuild_index()


def _all(service: Service) -> tuple[DocumentRecord, ...]:
    """The documents, those too that wait to be read before they replace another."""
    return (*service.list(), *service.library.unread_versions(service.settings.owner))


def _kinds(found: Sequence[Damage], document: DocumentRecord) -> set[Kind]:
    return {damage.kind for damage in found if damage.document_id == document.id}


def _repair_document(
    service: Service, document: DocumentRecord, kinds: set[Kind]
) -> Iterator[Note]:
    try:
        if kinds & _TEXT:
            yield from _take_text_again(service, document)
        elif "seal" in kinds:
            service.library.care.seal(document.id)
        if "count" in kinds:
            _count_again(service, document)
    except (PipelineError, RetNetError, StorageError) as error:
        yield Note(document.id, document.title, str(error))


def _take_text_again(service: Service, document: DocumentRecord) -> Iterator[Note]:
    content = service.library.original(document.id)
    if checksum(content) != document.content_hash:
        yield Note(document.id, document.title, _NO_ORIGINAL)
        return
    upload = Upload(document.file_name, content)
    settings = service.settings
    new, passages = extracted_now(
        document.owner, upload, service.reader.tokenizer, settings.limits, settings.bounds
    )
    if not service.library.care.rewrite(document.id, new, passages):
        yield Note(document.id, document.title, REMADE)


def _count_again(service: Service, document: DocumentRecord) -> None:
    """Count the tokens as they were counted, or with this model where another one did."""
    tokenizer = service.reader.tokenizer
    counts = [tokenizer.count(part.text) for part in service.library.passages(document.id)]
    if document.tokenizer_fingerprint == service.reader.tokenizer_fingerprint:
        service.library.care.set_counts(document.id, counts)
    else:
        service.library.readings.recount(document.id, service.reader.tokenizer_fingerprint, counts)


def _read_again(service: Service, found: Sequence[Damage]) -> Iterator[Note]:
    """Read what lost a state, or its text, from its first passage."""
    for document in _all(service):
        kinds = _kinds(found, document)
        if not kinds & (_STATES | _TEXT):
            continue
        if kinds & _STATES:
            service.library.readings.forget(document.id)
        try:
            for _ in reading.finish(service.library, service.show(document.id), service.reader):
                pass
        except (RetNetError, StorageError) as error:
            yield Note(document.id, document.title, str(error))
