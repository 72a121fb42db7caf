"""Everything that a user can do, for the command line, the worker and the web page alike."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from app import conversing, reading, speaking
from app.adding import Beside, content_hash, store
from app.choosing import Choice, chosen
from app.conversing import About, Reply
from app.errors import NotYours
from app.mind import Mind
from app.progress import Progress
from app.settings import Settings, private_folder
from app.summaries import Summaries
from app.talks import Talks
from app.unanswered import Unanswered
from pipelines.apart.drawing import Drawer
from pipelines.document import Upload
from pipelines.stepping import at_once
from storage.library import Library, open_library
from storage.records import DocumentRecord
from storage.scopes import Scope
from storage.talk import ConversationRecord

if TYPE_CHECKING:  # torch takes a second to import, and a list of documents needs none of it
    from pipelines.answer import Answer, Step
    from pipelines.sources import Sources
    from retnet_core.checkpoint import LoadedReader
    from retnet_core.voice import Voice

ALONE = Beside()


def open_service(settings: Settings) -> Service:
    """The service over the library that the settings name, made where it is missing."""
    private_folder(settings.home)
    return Service(settings, open_library(settings.library_url))


@dataclass(frozen=True, slots=True)
class Answers:
    """An answer of several documents, how many were asked, and how many by their words only.

    unread: not read to the end by the model that answers.
    """

    answer: Answer
    documents: int
    unread: int


class Service:
    """The documents of one owner, and the reader, which is loaded when it is first needed.

    DOC stands for an id, a unique prefix of it, or a title.
    """

    def __init__(self, settings: Settings, library: Library) -> None:
        self.settings = settings
        self.library = library
        self.drawer = Drawer()
        self._mind = Mind(settings)

    def __enter__(self) -> Service:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the library, and end the process that draws pages."""
        self.drawer.close()
        self.library.close()

    def as_owner(self, owner: str) -> Service:
        """The same library and the same reader for another owner; it is not closed by itself."""
        other = copy(self)
        other.settings = self.settings.model_copy(update={"owner": owner})
        return other

    @property
    def reader(self) -> LoadedReader:
        """The model that reads; InvalidCheckpoint where its folder holds none, NoGpu."""
        return self._mind.reader

    def require_device(self) -> None:
        """Raise NoGpu where a GPU is asked for and there is none."""
        if self.settings.device == "cuda":  # else torch, which takes a second, can wait
            from retnet_core.devices import device_for

            device_for(self.settings.device)

    def add(self, upload: Upload, beside: Beside = ALONE) -> Generator[Progress, None, None]:
        """Store a file and read it to its end; one that is known is only read on.

        A file that has the name of a known document but another content replaces it when it has
        been read, unless beside says otherwise; until then the known one stays as it is.
        Stops where the caller stops asking, and goes on from there when the file is added again.
        """
        yield Progress("extracting")
        known = self.library.by_content(self.settings.owner, content_hash(upload.content))
        if known is None:
            record = yield from store(
                self.library, self.settings, upload, self.reader.tokenizer, beside
            )
        else:
            self.library.care.keep_original(known.id, upload.content)
            if known.put_away_at is not None:  # whoever hands it in again wants it back
                self.library.shelf.take_back(self.settings.owner, known.id)
            record = self.show(known.id)
        yield from self.read(record, already_known=known is not None)

    def read(self, document: DocumentRecord, *, already_known: bool = True) -> Iterator[Progress]:
        """Read a stored document to its end; nothing is done where that has been done already.

        What was kept is checked first, and read again where it is damaged.
        """
        step = Progress("reading", document)
        for step in reading.finish(self.library, document, self.reader):
            yield step
        yield Progress(
            "done",
            reading.latest(self.library, document),
            document.pages,
            step.tokens,
            step.seconds,
            already_known,
            replaces=document.replaces is not None,
        )

    def has_read(self, document: DocumentRecord) -> bool:
        """Whether the model in use has read a document, and what it kept of that is there."""
        return reading.has_read(self.library, document, self.reader)

    def read_again(self, document: DocumentRecord) -> Iterator[Progress]:
        """Forget what was kept of reading a document and read it from its stored text.

        Raises NotYours where it is only shared with this owner.
        """
        self._require_own(document)
        self.library.readings.forget(document.id)
        yield from self.read(self.show(document.id))

    @property
    def voice(self) -> Voice:
        """The model that speaks, and in whose states conversations are kept."""
        return self._mind.voice

    def sources(self, scope: Scope) -> Sources:
        """What a question to these documents is answered from."""
        from pipelines.sources import Sources

        return Sources(self.library, scope, self.reader, self._mind.vectors)

    def ask(self, document: DocumentRecord, question: str) -> Answer:
        """The answer of one document with its citations, best first.

        Raises EmptyQuestion, and one of reading.UNUSABLE where what was kept of the reading cannot
        be used: read_again and ask once more.
        """
        return at_once(self.answering(document, question))

    def answering(self, document: DocumentRecord, question: str) -> Generator[Step, None, Answer]:
        """The same in steps (pipelines.answer.Step), the answer in the end; may be stopped."""
        reading.require_ours(self.library, document, self.reader)
        scope = self.library.scope(self.settings.owner, [document.id])
        return (yield from self._answer(scope, question, [document.id]))

    def prepare(self, document: DocumentRecord) -> Iterator[Progress]:
        """Let the model that writes read a document, where one is set and has not done so."""
        if self.voice.write is not None:
            yield from speaking.prepared(self.library, document, self.voice)

    def ask_many(self, documents: Sequence[DocumentRecord], question: str) -> Answers:
        """The answer of several documents; each citation names its own."""
        ids = [document.id for document in documents]
        scope = self.library.scope(self.settings.owner, ids)
        return at_once(self.answering_from(scope, question, ids))

    def ask_all(self, question: str, choice: Choice | None = None) -> Answers:
        """The answer of the whole library, or of the documents chosen by title and date.

        Nothing is read for it: documents that this model has not read to their end are searched
        by words only and counted in the answer.
        """
        return at_once(self.answering_from(self.chosen(choice), question))

    def chosen(self, choice: Choice | None = None) -> Scope:
        """The whole library as a search sees it, or what is chosen of it."""
        return chosen(self.library.scope(self.settings.owner), choice or Choice())

    def answering_from(
        self, scope: Scope, question: str, document_ids: Sequence[str] = ()
    ) -> Generator[Step, None, Answers]:
        """The answer of several documents in steps.

        document_ids: those whose states a model that writes goes on from.
        """
        weights = self.reader.weights_fingerprint
        unread = sum(
            not each.finished or each.weights_fingerprint != weights for each in scope.documents
        )
        answer = yield from self._answer(scope, question, document_ids)
        return Answers(answer, len(scope.documents), unread)

    def _answer(
        self, scope: Scope, question: str, document_ids: Sequence[str]
    ) -> Generator[Step, None, Answer]:
        from pipelines.ask import answering
        from pipelines.written import write

        answer = yield from answering(self.sources(scope), question)
        if self.settings.writer:
            past, _ = speaking.past_of(self.library, document_ids, self.voice)
            answer = yield from write(self.library, self.voice, past, question, answer)
        return answer

    @property
    def summaries(self) -> Summaries:
        """What documents of this owner say in short."""
        return Summaries(self.library, self.settings.owner)

    @property
    def talks(self) -> Talks:
        """The conversations of this owner."""
        return Talks(self)

    def converse(self, about: About | ConversationRecord, question: str) -> Reply:
        """Answer a question of a conversation, or the first of a new one, and store the turn.

        Raises as ask does, and StaleConversation where the conversation has changed meanwhile.
        """
        return at_once(self.conversing(about, question))

    def conversing(
        self, about: About | ConversationRecord, question: str, *, again: bool = False
    ) -> Generator[Step, None, Reply]:
        """The same in steps; a turn is stored after the last, and none where it is stopped.

        again: the turn takes the place of the conversation's last one, in one transaction.
        """
        if len(about.document_ids) == 1:
            document = self.show(about.document_ids[0])
            reading.require_ours(self.library, document, self.reader)
        return (yield from conversing.conversing(self, about, question, again=again))

    def list(self) -> tuple[DocumentRecord, ...]:
        """The documents, newest first."""
        return self.library.list(self.settings.owner)

    def unread_versions(self) -> dict[str, DocumentRecord]:
        """The newest version not yet read of each document that has one, by the document's id."""
        unread = self.library.unread_versions(self.settings.owner)
        return {each.replaces: each for each in reversed(unread) if each.replaces is not None}

    def show(self, key: str) -> DocumentRecord:
        """One document; NotFound or AmbiguousName."""
        return self.library.find(self.settings.owner, key)

    def _require_own(self, document: DocumentRecord) -> None:
        if document.owner != self.settings.owner:
            raise NotYours(
                f"{document.title!r} belongs to {document.owner}, who alone can change it."
            )

    def delete(self, key: str) -> DocumentRecord:
        """Remove a document with everything kept of it; gives what it was.

        Raises NotYours where it is only shared with this owner.
        """
        document = self.show(key)
        self._require_own(document)
        self.library.delete(self.settings.owner, document.id)
        Unanswered(self.settings.home).forget_document(document.id)
        return document

    def page(self, document_id: str, page: int, marked: str, width: int) -> bytes:
        """A page of a PDF as a PNG, a sentence of it marked; b"" where it came without its file."""
        original = self.library.original(document_id)
        return self.drawer.highlighted(original, page, marked, width) if original else b""

    def ensure_sample(self) -> None:
        """Hand the sample document to the worker, once in the life of this home."""
        mark = self.settings.home / "sample-added"
        if mark.exists():
            return
        for path in sorted((Path(__file__).parent / "sample").glob("*.pdf")):
            self.library.queue.enqueue(self.settings.owner, path.name, path.read_bytes())
            mark.touch()
