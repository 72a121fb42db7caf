"""From an archive to documents that may be stored: nothing in it is believed unchecked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from pydantic import TypeAdapter, ValidationError

from app.archive import talks
from app.archive.container import Container, refused
from app.archive.manifest import Entry, Layout, Piece, Told
from app.errors import BadArchive
from app.service import Service
from app.states import fits
from pipelines.document import Document, Heading
from retnet_core.codec import decode_state, state_checksum
from retnet_core.errors import RetNetError
from storage.checksums import checksum
from storage.records import (
    COUNT,
    CheckpointRecord,
    DocumentRecord,
    EmbeddingRecord,
    NewDocument,
    NewPassage,
    SalienceRecord,
    SnapshotRecord,
)
from storage.saliences import in_place
from storage.talk import Talk
from storage.traffic import Arrival, State

ROLES = (
    *("text", "layout", "passages", "original"),
    *("snapshot", "checkpoint", "embedding", "salience", "conversation"),
)
_ONCE = ("text", "layout", "passages")
_PIECES = TypeAdapter(list[Piece])


@dataclass(frozen=True, slots=True)
class Imported:
    """A document that an archive brought; left_out counts its entries of unknown roles."""

    document: DocumentRecord
    already_known: bool
    read_by_this_model: bool
    left_out: int


def import_archive(service: Service, container: Container) -> list[Imported]:
    """Store every document of an archive, or none; raises BadArchive before anything is stored."""
    arrivals = [_arrival(service, container, told) for told in container.manifest.documents]
    for arrival in arrivals:
        _check_states(service, container, arrival)
    stored = service.library.care.take(arrivals)
    return [
        _imported(service, told, *each)
        for told, each in zip(container.manifest.documents, stored, strict=True)
    ]


def _imported(service: Service, told: Told, record: DocumentRecord, known: bool) -> Imported:
    marks = (service.reader.weights_fingerprint, service.reader.tokenizer_fingerprint)
    ours = (record.weights_fingerprint, record.tokenizer_fingerprint) == marks
    left_out = sum(entry.role not in ROLES for entry in told.entries)
    return Imported(record, known, ours and record.finished, left_out)


def _arrival(service: Service, container: Container, told: Told) -> Arrival:
    entries = _by_role(container, told)
    try:
        text = container.content(entries["text"][0]).decode()
        layout = Layout.model_validate_json(container.content(entries["layout"][0]))
        pieces = _PIECES.validate_json(container.content(entries["passages"][0]))
    except (UnicodeDecodeError, ValidationError, RecursionError) as error:
        raise refused(container.path, f"the text of {told.title[:80]!r} is damaged") from error
    original = b"".join(container.content(entry) for entry in entries["original"])
    document = _document(container, told, text, layout)
    passages = _passages(container, service, told, document, pieces)
    new = NewDocument(
        owner=service.settings.owner,
        title=told.title,
        file_name=told.file_name,
        content_hash=told.content_hash,
        content=original,
        media_type=told.media_type,
        text=text,
        page_starts=document.page_starts,
        outline=tuple((part.level, part.title, part.start) for part in document.outline),
        pages_without_text=document.pages_without_text,
        tokenizer_fingerprint=told.tokenizer,
        renamed=told.renamed,
        tags=tuple(told.tags),
    )
    if original and checksum(original) != told.content_hash:
        raise refused(container.path, f"the original of {told.title[:80]!r} is another file")
    return _with_states(container, told, new, passages, entries)


def _by_role(container: Container, told: Told) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {role: [] for role in ROLES}
    for entry in told.entries:
        found.get(entry.role, []).append(entry)
        if entry.role not in ROLES:
            container.check(entry)
    counts = [len(found[role]) for role in _ONCE]
    if counts != [1, 1, 1] or len(found["original"]) > 1 or len(found["checkpoint"]) > 1:
        raise refused(container.path, f"it does not hold {told.title[:80]!r} whole")
    return found


def _document(container: Container, told: Told, text: str, layout: Layout) -> Document:
    """The layout as a value, once every place in it is found to be in the text."""
    starts, empty = layout.page_starts, layout.pages_without_text
    headings = [start for _, _, start in layout.outline]
    sound = (
        starts[0] == 0
        and _rising([*starts, len(text)])
        and _rising([0, *headings, len(text)])
        and empty == sorted(set(empty))
        and all(1 <= page <= len(starts) for page in empty)
    )
    if not sound:
        raise refused(container.path, f"the pages of {told.title[:80]!r} do not fit its text")
    outline = tuple(Heading(level, title, start) for level, title, start in layout.outline)
    return Document(told.title, text, tuple(starts), outline, tuple(empty))


def _rising(numbers: Sequence[int]) -> bool:
    return all(first <= second for first, second in pairwise(numbers))


def _passages(
    container: Container, service: Service, told: Told, document: Document, pieces: Sequence[Piece]
) -> list[NewPassage]:
    text = document.text
    starts = [piece.start for piece in pieces]
    covers = (
        bool(pieces) == bool(text) and _rising([*starts, len(text)]) and starts[:1] in ([0], [])
    )
    if not covers or any(not 1 <= piece.page <= len(document.page_starts) for piece in pieces):
        raise refused(container.path, f"the passages of {told.title[:80]!r} do not fit its text")
    tokens = accumulate((piece.tokens for piece in pieces), initial=0)
    passages = [
        NewPassage(
            text[piece.start : end], piece.start, piece.page, piece.section, at, piece.tokens
        )
        for piece, end, at in zip(pieces, [*starts[1:], len(text)], tokens, strict=False)
    ]
    if told.tokenizer == service.reader.tokenizer_fingerprint:
        count = service.reader.tokenizer.count
        if any(count(part.text) != part.tokens for part in passages):
            raise refused(container.path, f"the tokens of {told.title[:80]!r} are miscounted")
    return passages


def _with_states(
    container: Container,
    told: Told,
    new: NewDocument,
    passages: Sequence[NewPassage],
    entries: dict[str, list[Entry]],
) -> Arrival:
    read = told.read
    if (read is None) != (not entries["checkpoint"]) or (
        read is None and entries["snapshot"] + entries["embedding"] + entries["salience"]
    ):
        raise refused(container.path, f"what was read of {told.title[:80]!r} is not whole")
    return Arrival(
        document=new,
        passages=passages,
        states=_States(container, told, entries),
        weights_fingerprint=read.weights if read else None,
        tokens_read=read.tokens_read if read else 0,
        read_seconds=read.seconds if read else 0.0,
        state_checksum=read.state_checksum if read else None,
        talks=tuple(_talks(container, told, entries["conversation"])),
        embeddings=tuple(_runs(container, told, entries["embedding"], len(passages))),
        saliences=tuple(_marked(container, told, entries["salience"], passages)),
    )


def _runs(
    container: Container, told: Told, entries: Sequence[Entry], passages: int
) -> Iterator[EmbeddingRecord]:
    """The embeddings, once they are found to follow one another from the first passage on."""
    end = 0
    for entry in entries:
        follows = entry.passage_index == end and entry.bytes > 0 and entry.width > 0
        if not follows or entry.bytes % entry.width or told.read is None:
            raise refused(container.path, f"the embeddings of {told.title[:80]!r} are not whole")
        end += entry.bytes // entry.width
        vectors = container.content(entry)
        marks = (entry.sha256, told.read.weights)
        yield EmbeddingRecord(entry.passage_index, entry.width, vectors, *marks)
    if end > passages:
        raise refused(container.path, f"the embeddings of {told.title[:80]!r} are not whole")


def _talks(container: Container, told: Told, entries: Sequence[Entry]) -> Iterator[Talk]:
    """The conversations about the document."""
    for entry in entries:
        try:
            yield talks.understood(container.content(entry))
        except ValueError as error:
            raise refused(
                container.path, f"a conversation about {told.title[:80]!r} is damaged"
            ) from error


def _marked(
    container: Container, told: Told, entries: Sequence[Entry], passages: Sequence[NewPassage]
) -> Iterator[SalienceRecord]:
    """The saliences, once each sentence is found to lie in its passage, in order."""
    end = 0
    for entry in entries:
        weights = told.read.weights if told.read else ""
        content, counted = container.content(entry), entry.passages * COUNT.itemsize
        run = SalienceRecord(end, content[:counted], content[counted:], entry.sha256, weights)
        if entry.passage_index != end or not in_place(run, passages[end : end + run.passages]):
            raise refused(container.path, f"the saliences of {told.title[:80]!r} are not whole")
        end += run.passages
        yield run


@dataclass(frozen=True, slots=True)
class _States:
    """The states of a document, read from the archive each time they are asked for."""

    container: Container
    told: Told
    entries: dict[str, list[Entry]]

    def __iter__(self) -> Iterator[State]:
        for entry in self.entries["snapshot"]:
            yield SnapshotRecord(*self._fields(entry))
        for entry in self.entries["checkpoint"]:
            yield CheckpointRecord(*self._fields(entry))

    def _fields(self, entry: Entry) -> tuple[int, int, bytes, str, str, str]:
        payload = self.container.content(entry)
        weights = self.told.read.weights if self.told.read else ""
        marks = (weights, self.told.tokenizer)
        return (entry.passage_index, entry.tokens_read, payload, entry.sha256, *marks)


def _check_states(service: Service, container: Container, arrival: Arrival) -> None:
    """See that each state is whole, of the model named, and stands where a passage begins."""
    title = arrival.document.title[:80]
    starts = [part.token_start for part in arrival.passages]
    total = sum(part.tokens for part in arrival.passages)
    places: set[int] = set()
    try:
        for state in _checked(service, arrival, arrival.states):
            at = [*starts, total][state.passage_index]
            is_snapshot = isinstance(state, SnapshotRecord)
            if state.tokens_read != at or not fits(state) or (is_snapshot and at in places):
                raise refused(container.path, f"a state of {title!r} is not what it is kept as")
            places |= {at} if is_snapshot else set()
    except (RetNetError, IndexError) as error:
        raise refused(container.path, f"a state of {title!r} is damaged") from error
    ended = arrival.state_checksum is not None
    if max(places, default=0) > arrival.tokens_read or (ended and arrival.tokens_read != total):
        raise refused(container.path, f"what was read of {title!r} is not whole")


def _checked(service: Service, arrival: Arrival, states: Iterable[State]) -> Iterator[State]:
    """The states, each decoded where this model is the one that it is of."""
    reader = service.reader
    marks = (reader.weights_fingerprint, reader.tokenizer_fingerprint)
    ours = (arrival.weights_fingerprint, arrival.document.tokenizer_fingerprint) == marks
    for state in states:
        if ours:
            decoded, _ = decode_state(state.payload, reader.reader.config.body, *marks)
            last = isinstance(state, CheckpointRecord)
            if last and arrival.state_checksum not in (None, state_checksum(decoded)):
                raise BadArchive("The checksum of the final state is not that of the state.")
        if isinstance(state, CheckpointRecord) and state.tokens_read != arrival.tokens_read:
            raise IndexError(state.tokens_read)
        yield state
