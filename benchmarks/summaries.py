"""How long a summary takes, from 10,000 to 2,000,000 tokens and over a whole library.

    python -m benchmarks summaries [--tokens N ...] [--documents N]

Texts are made up: sentences of words by Zipf's law, 26 words each, 130 words a passage, a heading
for each 2,600 words. Saliences are random numbers, stored as a reading stores them, so that no
model is needed. Each time is the median of five, and beside it stands the processor's time, for a
machine that has other work. "words" is a document of which no reading left saliences.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from pipelines.sentences import sentences
from pipelines.summarise.about import summarise_about
from pipelines.summarise.figures import key_figures
from pipelines.summarise.length import MEDIUM
from pipelines.summarise.sections import LINE, MOST_LINES, summarise_sections
from pipelines.summarise.summary import summarise
from storage.checksums import checksum
from storage.library import Library, open_library
from storage.records import (
    COUNT,
    MARK,
    CheckpointRecord,
    DocumentRecord,
    NewDocument,
    NewPassage,
    salience_record,
)

OWNER, WEIGHTS, TOKENIZER = "benchmark", "w" * 64, "t" * 64
TOKENS = (10_000, 100_000, 1_000_000, 2_000_000)
PASSAGE_TOKENS = 190
PASSAGE_WORDS, SENTENCE_WORDS, SECTION_PASSAGES = 130, 26, 20
TIMES = 5


def main(arguments: Sequence[str]) -> None:
    """Print one JSON object for each size, and one for the library."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks summaries", description=__doc__)
    parser.add_argument("--tokens", type=int, nargs="*", default=list(TOKENS))
    parser.add_argument("--documents", type=int, default=1_000, help="of the library")
    chosen = parser.parse_args(arguments)
    for tokens in chosen.tokens:
        with TemporaryDirectory() as folder, _library(folder) as library:
            print(json.dumps(measure(library, tokens)), flush=True)
    with TemporaryDirectory() as folder, _library(folder) as library:
        records = [_put(library, number, 20_000, marked=True) for number in range(chosen.documents)]
        told = {"library": len(records), "tokens": sum(each.tokens for each in records)}
        whole = timed(lambda: summarise(library, OWNER, records, MEDIUM))
        print(json.dumps({**told, "all": whole}), flush=True)


def measure(library: Library, tokens: int) -> dict[str, object]:
    """Seconds of each kind of summary of one document: [median, processor's]."""
    record, bare = (_put(library, n, tokens, marked=n == 0) for n in range(2))
    word = _words()[300]
    kinds: dict[str, Callable[[], object]] = {
        "summary": lambda: summarise(library, OWNER, [record], MEDIUM),
        "about": lambda: summarise_about(library, OWNER, [record], f"Who saw the {word}?"),
        "outline": lambda: summarise_sections(library, OWNER, record, LINE, MOST_LINES),
        "figures": lambda: key_figures(library, OWNER, [record]),
        "words": lambda: summarise(library, OWNER, [bare], MEDIUM),
    }
    times = {kind: timed(call) for kind, call in kinds.items()}
    return {"tokens": tokens, "salience_bytes": record.stored.saliences, **times}


def timed(call: Callable[[], object]) -> list[float]:
    """The median seconds of a call, by the clock and by the processor."""
    call()
    clock, processor = [], []
    for _ in range(TIMES):
        began, worked = time.perf_counter(), time.process_time()
        call()
        clock.append(time.perf_counter() - began)
        processor.append(time.process_time() - worked)
    return [round(median(clock), 3), round(median(processor), 3)]


def _library(folder: str) -> Library:
    return open_library(f"sqlite:///{Path(folder) / 'library.db'}")


def _words() -> list[str]:
    chance = random.Random(5)
    return ["".join(chance.choices("aeiourstlnm", k=4 + n % 7)) for n in range(20_000)]


def _put(library: Library, number: int, tokens: int, *, marked: bool) -> DocumentRecord:
    """A document of made-up text, with saliences or without."""
    texts = _passages(number, max(1, tokens // PASSAGE_TOKENS))
    starts = list(accumulate(map(len, texts), initial=0))
    headings = range(0, len(texts), SECTION_PASSAGES)
    outline = tuple((1, f"Section {n}", starts[n]) for n in headings)
    passages = [
        NewPassage(text, start, 1 + n // 3, f"Section {n - n % SECTION_PASSAGES}",
                   n * PASSAGE_TOKENS, PASSAGE_TOKENS)
        for n, (text, start) in enumerate(zip(texts, starts, strict=False))
    ]  # fmt: skip
    pages = tuple(starts[0 : len(texts) : 3])
    text = "".join(texts)
    new = NewDocument(
        OWNER, f"Document {number}", f"{number}.txt", sha256(text.encode()).hexdigest(),
        text.encode(), "text/plain", text, pages, outline, (), TOKENIZER,
    )  # fmt: skip
    record, _ = library.add(new, passages)
    if marked:
        _mark(library, record, passages)
    return library.find(OWNER, record.id)


def _passages(number: int, count: int) -> list[str]:
    chance = np.random.default_rng(number)
    words = np.array(_words())
    drawn = words[chance.zipf(1.2, count * PASSAGE_WORDS) % len(words)].reshape(
        count, PASSAGE_WORDS // SENTENCE_WORDS, SENTENCE_WORDS
    )
    return [" ".join(" ".join(line).capitalize() + ". " for line in lines) for lines in drawn]


def _mark(library: Library, record: DocumentRecord, passages: Sequence[NewPassage]) -> None:
    """Random saliences of every sentence, saved with a state that stands in for one."""
    cut = [sentences(passage.text) for passage in passages]
    counts = np.array([len(each) for each in cut], COUNT)
    marks = np.zeros(int(counts.sum()), MARK)
    spans = [(p.start + a, b - a) for p, each in zip(passages, cut, strict=True) for a, b in each]
    marks["start"], marks["length"] = np.array(spans).T
    marks["salience"] = np.random.default_rng(1).normal(size=len(marks))
    run = salience_record(0, counts.tobytes(), marks.tobytes(), WEIGHTS)
    state = os.urandom(64)
    exact = CheckpointRecord(
        len(passages), record.tokens, state, checksum(state), WEIGHTS, TOKENIZER
    )
    library.readings.save(record.id, exact, None, 0.1, None, run)
    library.readings.finish(record.id, "0" * 64)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
