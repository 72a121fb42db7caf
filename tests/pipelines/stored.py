"""Documents in a real library, split and read with a real reader."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import accumulate, cycle, islice

from pipelines.answer import Answer
from pipelines.ask import ask
from pipelines.document import Document
from pipelines.evidence import Evidence, gather
from pipelines.read import Reading, read
from pipelines.recall import Candidate, recall
from pipelines.sources import Sources
from pipelines.split import split
from retnet_core.checkpoint import LoadedReader
from storage.checksums import checksum
from storage.library import Library
from storage.records import DocumentRecord, NewDocument, NewPassage, StoredParts
from storage.scopes import Scope

FACTS = (
    "The river Marden rises in the hills above the village and reaches the sea after 84 miles.",
    "Anna Velling opened the first school of the valley in 1873.",
    "Her brother built the mill, and the mill ground corn until the flood.",
    "When the bridge fell in 1921, the villagers crossed by boat.",
    "The council of the valley meets on the first Monday of every month.",
)

DOCUMENT = DocumentRecord(
    "0123456789ab", "ann", "A", "a.txt", "", "text/plain", 0, 1, (), 0, 0, 0, 0, 0.0, None, None,
    "", 0, StoredParts(0, 0, 0, 0, 0, 0), 0, datetime(2026, 1, 2, tzinfo=UTC),
)  # fmt: skip
"""A document of which nothing matters but that it is one."""


def lines(count: int) -> list[str]:
    """So many different passages of one line."""
    facts = islice(cycle(FACTS), count)
    return [f"Entry {number}: {fact}\n" for number, fact in enumerate(facts)]


def kept(
    library: Library, reader: LoadedReader, texts: Sequence[str], owner: str = "ann"
) -> DocumentRecord:
    """A document whose passages are these texts."""
    starts = accumulate(map(len, texts), initial=0)
    tokens = [reader.tokenizer.count(text) for text in texts]
    begins = accumulate(tokens, initial=0)
    passages = [
        NewPassage(text, start, 1, "", begin, count)
        for text, start, begin, count in zip(texts, starts, begins, tokens, strict=False)
    ]
    document = Document("Chronicle", "".join(texts), (0,), (), ())
    return _added(library, reader, document, passages, owner)


def stored(
    library: Library, reader: LoadedReader, document: Document, owner: str = "ann"
) -> DocumentRecord:
    """A document split as a user's is."""
    passages = split(document, reader.tokenizer.count)
    begins = accumulate((passage.tokens for passage in passages), initial=0)
    new = [
        NewPassage(p.text, p.start, p.page, p.section, begin, p.tokens)
        for p, begin in zip(passages, begins, strict=False)
    ]
    return _added(library, reader, document, new, owner)


def _added(
    library: Library,
    reader: LoadedReader,
    document: Document,
    passages: Sequence[NewPassage],
    owner: str,
) -> DocumentRecord:
    content = document.text.encode()
    outline = tuple((heading.level, heading.title, heading.start) for heading in document.outline)
    new = NewDocument(
        owner, document.title, "file.txt", checksum(content), content, "text/plain",
        document.text, document.page_starts, outline, document.pages_without_text,
        reader.tokenizer_fingerprint,
    )  # fmt: skip
    return library.add(new, passages)[0]


def scope_of(library: Library, *documents: DocumentRecord) -> Scope:
    """What a question to these documents of one owner covers."""
    return library.scope(documents[0].owner, [document.id for document in documents])


def recalled(
    library: Library, document: DocumentRecord, question: str, reader: LoadedReader
) -> tuple[Candidate, ...]:
    """The candidates of one document."""
    scope = scope_of(library, document)
    return recall(Sources(library, scope, reader), question).candidates


def gathered(
    library: Library, document: DocumentRecord, question: str, reader: LoadedReader
) -> tuple[Evidence, ...]:
    """The evidence of one document."""
    scope = scope_of(library, document)
    return gather(Sources(library, scope, reader), question).evidence


def asked(
    library: Library, document: DocumentRecord, question: str, reader: LoadedReader
) -> Answer:
    """The answer of one document."""
    return ask(Sources(library, scope_of(library, document), reader), question)


def read_to_its_end(
    library: Library, reader: LoadedReader, document: DocumentRecord, groups: int | None = None
) -> list[Reading]:
    """Read and save a document, or only so many groups more of it; gives the steps."""
    marks = (reader.weights_fingerprint, reader.tokenizer_fingerprint)
    start = library.readings.checkpoint(document.id, *marks)
    steps = list(islice(read(library.passages(document.id), reader, start), groups))
    for step in steps:
        library.readings.save(
            document.id,
            step.checkpoint,
            step.snapshot,
            step.seconds,
            step.embeddings,
            step.saliences,
        )
    return steps
