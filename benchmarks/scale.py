"""A library of 10, 1,000 and 10,000 documents, and one long document: size, list, ask, search.

The texts are made up here, word for word by Zipf's law with words of its own for each document;
what is stored beside them has the shape of a real reading, and the vectors are random. A question
takes rare and common words of one passage. Passages are read again by the real reader.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate, islice
from pathlib import Path
from statistics import fmean, median
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from app.service import Service, open_service
from app.settings import SHIPPED_MODEL, Settings
from benchmarks.timing import machine, print_table
from pipelines import lexical
from pipelines.metrics import percentile
from pipelines.recall import CANDIDATES
from pipelines.search import Meaning, asked_of, postings_of, search, term_weights
from retnet_core.heads import Embedder
from retnet_core.impressions import embed_question
from retnet_core.tokenizer import Tokenizer
from retnet_core.words import STOP_WORDS
from storage.checksums import checksum
from storage.library import Library
from storage.records import (
    CheckpointRecord,
    DocumentRecord,
    EmbeddingRecord,
    NewDocument,
    NewPassage,
    SnapshotRecord,
)
from storage.scopes import Scope

# Of English; by these the library tells it from other languages.
COMMONEST = (
    *("the", "of", "and", "to", "in", "a", "is", "that", "for", "it", "as", "was", "with", "be"),
    *("by", "on", "not", "he", "at", "are", "this"),
)
VOCABULARY = 200_000
WORDS, TOKENS = 130, 190  # of a passage
OWN_WORDS = 300  # of a document, each of its words one of them with a chance of 1 in 10
SENTENCE = 13  # words
STAND_IN = bytes(1_000)  # for a state: what a list or a search does with it is the same
WIDTH = 256  # of embeddings, where the reader has none
RECALLABLE, RECALLED = 1_000, 50  # documents and questions for which every text is scored
ASKED = 20  # questions that are answered too, by the second reading
HEAD = [
    "library", "on disk", "to add one", "list", "search", "95th", "ask one", "95th", "ask all",
    "95th", "recall at 12",
]  # fmt: skip

Words = npt.NDArray[np.object_]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True, eq=False)
class Prose:
    """Made-up text: the words by their frequency, and the sums of their shares."""

    words: Words
    shares: npt.NDArray[np.float64]
    chance: np.random.Generator

    def passages(self, count: int) -> list[str]:
        """The passages of one document."""
        ids = np.searchsorted(self.shares, self.chance.random((count, WORDS)))
        own = self.chance.integers(200, VOCABULARY, OWN_WORDS)
        at = np.minimum(self.chance.exponential(40, ids.shape).astype(int), OWN_WORDS - 1)
        ids = np.where(self.chance.random(ids.shape) < 0.1, own[at], ids)
        return [_sentences(self.words[np.minimum(row, VOCABULARY - 1)]) for row in ids]

    def question(self, passage: str) -> str:
        """Five words of a passage and some that stand everywhere."""
        words = [word for word in lexical.content_words(passage) if len(word) > 3]
        asked = self.chance.choice(words, 5, replace=False)
        return f"What was the {asked[0]} {asked[1]} of {asked[2]} and {asked[3]} in {asked[4]}?"


def prose(seed: int, tokenizer: Tokenizer, vocabulary: int) -> Prose:
    """The same words for the same seed: function words, the tokenizer's own, and pairs of those.

    So a passage has about as many tokens as one of real text with as many words.
    """
    decoded = [tokenizer.decode([piece]) for piece in range(vocabulary)]
    own = [piece for piece in decoded if len(piece) > 1 and piece.isascii() and piece.isalpha()]
    known = list(dict.fromkeys((*COMMONEST, *sorted(STOP_WORDS), *map(str.lower, own))))
    pairs = (first + second for first in known[300:] for second in known[300:800])
    words = np.array([*known, *islice(pairs, VOCABULARY - len(known))], dtype=object)
    shares = 1 / np.arange(3, VOCABULARY + 3)
    return Prose(words, np.cumsum(shares / shares.sum()), np.random.default_rng(seed))


def _sentences(words: Words) -> str:
    parts = (words[start : start + SENTENCE] for start in range(0, len(words), SENTENCE))
    return "".join(f"{' '.join(part).capitalize()}. " for part in parts)


def fill(service: Service, made: Prose, numbers: Iterable[int], passages: int, width: int) -> None:
    """Add documents of these numbers as if they had been read."""
    for number in numbers:
        texts = made.passages(passages)
        _add(service, f"Report {number} on {made.words[300 + number % 5000]}", texts, made, width)


def ask_of(library: Library, records: Sequence[DocumentRecord], made: Prose) -> str:
    """A question of a passage of a document that chance names."""
    document = records[int(made.chance.integers(len(records)))]
    first = int(made.chance.integers(document.passages))
    (passage,) = library.passages(document.id, first, first + 1)
    return made.question(passage.text)


def _add(service: Service, title: str, texts: Sequence[str], made: Prose, width: int) -> str:
    reader, library = service.reader, service.library
    weights, tokenizer = reader.weights_fingerprint, reader.tokenizer_fingerprint
    starts = accumulate(map(len, texts), initial=0)
    parts = [
        NewPassage(text, start, 1, "", TOKENS * index, TOKENS)
        for index, (text, start) in enumerate(zip(texts, starts, strict=False))
    ]
    text = "".join(texts)
    content = title.encode()  # an original of no size: it is counted apart
    new = NewDocument(
        service.settings.owner, title, "made.txt", checksum(content), content, "text/plain", text,
        (0,), (), (), tokenizer,
    )  # fmt: skip
    record, _ = library.add(new, parts)
    vectors = made.chance.integers(-127, 128, (len(texts), width), dtype=np.int8).tobytes()
    for end in range(32, len(texts) + 32, 32):
        read = min(end, len(texts)) * TOKENS
        state = (len(texts), read, STAND_IN, checksum(STAND_IN), "stand-in", tokenizer)
        library.readings.save(record.id, CheckpointRecord(*state), SnapshotRecord(*state), 0.1)
    exact = CheckpointRecord(
        len(texts), len(texts) * TOKENS, STAND_IN, checksum(STAND_IN), weights, tokenizer
    )
    embeddings = EmbeddingRecord(0, width, vectors, checksum(vectors), weights)
    library.readings.save(record.id, exact, None, 0.1, embeddings)
    return record.id


def times(
    service: Service, questions: Sequence[str], chance: np.random.Generator, clock: Clock
) -> dict[str, list[float]]:
    """Seconds of each search of all; and of the first questions asked of one document and all."""
    documents = service.list()
    _search(service, questions[0])  # the vectors are fetched once in the life of a process
    taken: dict[str, list[float]] = {"search": [], "one": [], "all": []}
    for number, question in enumerate(questions):
        taken["search"].append(_seconds(partial(_search, service, question), clock))
        if number < ASKED:
            document = documents[int(chance.integers(len(documents)))]
            taken["one"].append(_seconds(partial(service.ask, document, question), clock))
            taken["all"].append(_seconds(partial(service.ask_all, question), clock))
    return taken


def _search(service: Service, question: str) -> object:
    """All that precedes the second reading."""
    library, reader = service.library, service.reader
    vector = embed_question(reader, question)
    if vector is None:
        raise ValueError("the reader has no embeddings")
    scope = library.scope(service.settings.owner)
    meaning = Meaning(vector, reader.weights_fingerprint, service.sources(scope).vectors)
    return search(library, scope, question, meaning, CANDIDATES)


def _seconds(work: Callable[[], object], clock: Clock) -> float:
    began = clock()
    work()
    return clock() - began


def recall(service: Service, questions: Sequence[str]) -> float:
    """The part of the best passages by BM25 over all texts that the search by words finds."""
    library = service.library
    scope = library.scope(service.settings.owner)
    wanted = {term for question in questions for term in lexical.terms(question)}
    numbers, terms = _every_passage(library, scope, wanted)
    shares = []
    for question in questions:
        cut, asked = asked_of(question, scope)
        weights = term_weights(postings_of(library, scope, asked, cut), scope.size)
        own = [lexical.term(word) for word in asked[question]]  # made-up words have no others
        scores = lexical.bm25(own, terms, weights)
        best = sorted(range(len(scores)), key=lambda place: -scores[place])[:CANDIDATES]
        found = search(library, scope, question, None, CANDIDATES)
        held = {each.passage.id for each in found.found}
        shares.append(fmean(numbers[place] in held for place in best))
    return fmean(shares)


def _every_passage(
    library: Library, scope: Scope, wanted: set[str]
) -> tuple[list[int], list[list[str]]]:
    """The numbers and terms of all passages of a scope that hold any of these terms."""
    numbers, terms = [], []
    for document in scope.documents:
        for passage in library.passages(document.id):
            held = lexical.terms(passage.text)
            if not wanted.isdisjoint(held):
                numbers.append(passage.id)
                terms.append(held)
    return numbers, terms


def _row(
    service: Service, made: Prose, documents: int, passages: int, asked: int, clock: Clock
) -> list[str]:
    width = service.reader.reader.config.embedding_width or WIDTH
    records = service.list()
    adding = partial(fill, service, made, range(len(records), documents), passages, width)
    each = _seconds(adding, clock) / max(1, documents - len(records))
    records = service.list()
    questions = [ask_of(service.library, records, made) for _ in range(asked)]
    listing = min(_seconds(service.list, clock) for _ in range(3))
    taken = times(service, questions, made.chance, clock)
    found = f"{recall(service, questions[:RECALLED]):.1%}" if documents <= RECALLABLE else ""
    size = sum(file.stat().st_size for file in service.settings.home.glob("library.db*"))
    shown = [f"{value:.3f} s" for name in taken for value in _middle_and_late(taken[name])]
    row = [
        f"{documents:,} × {passages:,}",
        f"{size / 1e6:,.0f} MB",
        f"{1000 * each:.0f} ms" if each > 1e-3 else "kept",
    ]
    return [*row, f"{listing:.3f} s", *shown, found]


def _middle_and_late(seconds: Sequence[float]) -> tuple[float, float]:
    return median(seconds), percentile(seconds, 0.95)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks scale", description=__doc__)
    parser.add_argument("--documents", type=int, nargs="*", default=[10, 1_000, 10_000])
    parser.add_argument("--passages", type=int, default=100, help="of each document")
    parser.add_argument("--long", type=int, default=2_000_000, help="tokens of the long document")
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--folder", type=Path, help="where the libraries are for the time")
    parser.add_argument(
        "--kept", type=Path, help="a library that is kept: the first size is measured in it, and"
        " what it lacks of that is added first",
    )  # fmt: skip
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL)
    parser.add_argument(
        "--busy", action="store_true", help="count the time of the processor, where others use the"
        " machine too",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    print(machine())
    shapes = [(count, options.passages) for count in options.documents]
    if options.long:
        shapes.append((1, options.long // TOKENS))
    rows = []
    clock = time.process_time if options.busy else time.perf_counter
    for number, (documents, passages) in enumerate(shapes):
        with ExitStack() as stack:
            home = options.kept if number == 0 else None
            home = home or stack.enter_context(TemporaryDirectory(dir=options.folder))
            settings = Settings(home=Path(home), model=options.model, database_url="")
            with open_service(settings) as service:
                _require_head(service)
                shape = (documents, passages, options.questions)
                rows.append(_row(service, _prose(service), *shape, clock))
        print(f"{documents:,} documents measured", flush=True)
    title = (
        f"Documents × passages of {WORDS} words; median and 95th of {options.questions}"
        f" questions, {ASKED} of them answered"
    )
    print_table(title, HEAD, rows)


def _prose(service: Service) -> Prose:
    reader = service.reader
    return prose(1, reader.tokenizer, reader.reader.config.body.vocabulary)


def _require_head(service: Service) -> None:
    """Give a reader without embeddings a head of random weights, to time what one costs."""
    reader = service.reader.reader
    if reader.embedder is None:
        reader.embedder = Embedder(replace(reader.config, embedding_width=WIDTH)).eval()
