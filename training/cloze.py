"""Arrays of questions made from plain text (training.asking), in shards made side by side.

The arrays are those of training.prepare, without negatives and with one window a question.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from retnet_core.tokenizer import Tokenizer
from training.asking import Cloze, clozes
from training.packing import Cut, cut, save_texts
from training.prepare import ANSWERABLE, CONTEXT, GOLDS
from training.sources import source_files, source_name
from training.texts import documents

LONGEST_QUESTION = 48
FEWEST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Shard:
    """One part of a source: its documents number, number + parts, number + 2 parts, ..."""

    path: Path
    number: int
    parts: int


def make_shard(shard: Shard, model: Path, out: Path, seed: int) -> tuple[str, int, int]:
    """Write the cloze arrays of one shard and give its name and counts."""
    name = f"{source_name(shard.path)}-{shard.number}"
    tokenizer = Tokenizer.from_file(model)
    read = tuple(read_shard(shard, tokenizer, random.Random(f"{seed} {name}")))
    firsts = save_texts(out / name, "doc", [document for document, _ in read])
    made = [
        (number, int(first), cloze, question)
        for number, (first, (_, asked)) in enumerate(zip(firsts[:-1], read, strict=True))
        for cloze, question in asked
    ]
    save_texts(out / name, "question", [question for *_, question in made])
    rows = [row_of(cloze, n, first, q) for q, (n, first, cloze, _) in enumerate(made)]
    golds = [golds_of(cloze, first) for _, first, cloze, _ in made]
    np.save(out / name / "examples.npy", np.asarray(rows, dtype=np.int64))
    np.save(out / name / "golds.npy", np.asarray(golds, dtype=np.int64))
    return name, len(read), len(made)


def read_shard(
    shard: Shard, tokenizer: Tokenizer, chance: random.Random
) -> Iterator[tuple[Cut, tuple[tuple[Cloze, Cut], ...]]]:
    """Give each document with the questions made from it."""
    for text in islice(documents(shard.path), shard.number, None, shard.parts):
        document = cut(tokenizer, text)
        asked = ((made, cut(tokenizer, made.question)) for made in clozes(document, chance))
        yield document, tuple(pair for pair in asked if good(pair[1]))


def good(question: Cut) -> bool:
    """Say whether a question is short and has enough different words that mean something."""
    words = set(question.stem.tolist()) - {0}
    return len(question.tokens) <= LONGEST_QUESTION and len(words) >= FEWEST_WORDS


def row_of(made: Cloze, document: int, position: int, number: int) -> list[int]:
    """Give the row of examples of one question."""
    context = position + max(0, made.start - CONTEXT)
    first, last = made.golds[0]
    window = (position + made.start, position + made.end)
    return [document, *window, context, number, position + first, position + last, ANSWERABLE]


def golds_of(made: Cloze, position: int) -> list[tuple[int, int]]:
    """Give the gold spans of one question, filled up with -1."""
    spans = [(position + first, position + last) for first, last in made.golds]
    return spans + [(-1, -1)] * (GOLDS - len(spans))


# How many parts each source is cut into, and from how many of them questions are made.
SHARDS = {
    "text_openstax": (6, 6),
    "text_books": (2, 2),
    "text_techdocs": (12, 6),
    "text_simple": (1, 1),
    "text_medquad": (8, 1),
    "text_classic": (60, 1),
}


def prepare_cloze(raw: Path, model: Path, out: Path, *, processes: int, seed: int) -> None:
    """Write the cloze arrays of every source, several processes at work."""
    shards = [
        Shard(path, number, parts)
        for prefix, (parts, taken) in SHARDS.items()
        for path in source_files(raw / "train", prefix)
        for number in range(taken)
    ]
    jobs = [(shard, model, out / "cloze", seed) for shard in shards]
    with get_context("spawn").Pool(processes, maxtasksperchild=1) as pool:
        for counts in pool.imap_unordered(_make_shard, jobs):
            print("cloze", *counts, flush=True)


def _make_shard(job: tuple[Shard, Path, Path, int]) -> tuple[str, int, int]:
    return make_shard(*job)
