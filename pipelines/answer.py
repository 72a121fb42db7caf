"""What a question gives: an answer with its citations, and what is told until it is there.

An answer is looked for in steps (Step). Each is told when it is done, so that a person sees how
far it has come; who stops asking stops the work.
"""

from dataclasses import dataclass

from storage.records import DocumentRecord


@dataclass(frozen=True, slots=True)
class Citation:
    """A sentence of a document and the exact span in it; offsets count in the document's text."""

    document: DocumentRecord
    page: int
    section: str
    sentence: str
    sentence_start: int
    sentence_end: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """One answer, how sure it is, and every place that says it, best first."""

    text: str
    confidence: float
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class WrittenLine:
    """A sentence that a model wrote, and the numbers of the citations that it rests on, from 0."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote; dropped: the share of its sentences that had no evidence, 0 to 1."""

    lines: tuple[WrittenLine, ...]
    dropped: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found: text is the span of the best citation.

    said: the answers that differ, best first, each with its places. When found is False the
    citations are only the nearest places, text is empty and nothing is said. damaged: documents
    that might have answered, but what was kept of reading them cannot be used. languages: codes
    of those that the question or the best citation is in and the reader does not know; a question
    in one of them is answered with the whole sentence. written: where a model wrote the answer,
    text is its sentences and citations are what they rest on; where none could be kept, the answer
    is quoted all the same.
    """

    text: str
    found: bool
    confidence: float
    citations: tuple[Citation, ...]
    seconds: float
    damaged: tuple[DocumentRecord, ...] = ()
    said: tuple[Said, ...] = ()
    languages: tuple[str, ...] = ()
    written: Written | None = None


@dataclass(frozen=True, slots=True)
class PassagesFound:
    """The documents were searched, and so many passages of theirs may answer."""

    passages: int
    documents: int


@dataclass(frozen=True, slots=True)
class PassagesRead:
    """So many of the passages were read again; best: what the answer is by these alone."""

    read: int
    passages: int
    best: Answer


@dataclass(frozen=True, slots=True)
class SentenceWritten:
    """A sentence of a written answer, which has its evidence and may be shown."""

    text: str


Step = PassagesFound | PassagesRead | SentenceWritten
