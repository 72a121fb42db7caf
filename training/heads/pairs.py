"""From raw data to passages and what is asked of them: one folder of arrays for each source.

A folder holds (numbers of passages and questions count within it):

- tokens [N] uint16, doc_starts [D + 1]: the documents, one after the other;
- passages [P, 2] int64: where each begins and ends in tokens; together they are the documents;
- question_tokens, question_starts [Q + 1]: the questions;
- golds [G, 2] int64: a question and a passage that answers it, by question;
- holes [Q, 2] int64: the tokens a question was taken from, left out of its passage, or -1;
- negatives [Q, NEGATIVES] int64: passages that look right and do not answer, or -1.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from retnet_core.tokenizer import Tokenizer
from training.negatives import NEGATIVES, Window, WindowIndex
from training.packing import Cut, cut, save_texts, token_span
from training.sources import Record, records, texts_of
from training.windows import windows_of

SHORTEST_SENTENCE, LONGEST_SENTENCE = 8, 60  # tokens of a sentence that asks for its passage
SHORTEST_TEXT = 400  # characters
SHORT_DOCUMENT = 3_000  # characters

Positions = npt.NDArray[np.int64]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Asking:
    """A question about a document: characters that answer it, the words of the answers."""

    text: str
    spans: tuple[Span, ...]
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A document and what is asked of it; without questions its own sentences ask."""

    text: str
    asked: tuple[Asking, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A question of a document, the passages that answer it, the tokens it was taken from."""

    document: int
    cut: Cut
    answers: tuple[str, ...]
    golds: tuple[int, ...]
    hole: Span


def told(record: Record) -> Iterator[Told]:
    """The documents of a record with their questions, whatever its schema."""
    if "questions" in record:
        yield Told(record["document"], tuple(_asked(record)))
    elif "sentence" in record:
        whole = (0, len(record["sentence"]))
        yield Told(record["sentence"], (Asking(record["question"], (whole,), ()),))
    elif "qas" in record:
        for item in record["qas"]:
            text = "\n".join(item["answers"])
            yield Told(text, (Asking(item["question"], ((0, 1),), ()),))
    else:
        yield from (Told(text, ()) for text in texts_of(record) if len(text) >= SHORTEST_TEXT)


def _asked(record: Record) -> Iterator[Asking]:
    text = record["document"]
    for item in record["questions"]:
        found = [
            (start, start + len(answer))
            for answer, start in zip(item["answers"], item["starts"], strict=True)
            if answer.strip() and text[start : start + len(answer)].casefold() == answer.casefold()
        ]
        if not found and any(item["answers"]) and len(text) <= SHORT_DOCUMENT:
            found = [(0, len(text))]  # answered in other words: all of a short document is meant
        if found and item["question"].strip():
            answers = tuple(text[a:b].strip() for a, b in found)
            yield Asking(item["question"].strip(), tuple(found), answers)


def prepare_pairs(
    path: Path, tokenizer: Tokenizer, folder: Path, *, most: int, seed: int
) -> dict[str, int]:
    """Write the arrays of one source, of documents drawn until they have `most` passages."""
    chance = random.Random(seed)
    documents = [each for record in records(path) for each in told(record) if each.text.strip()]
    chance.shuffle(documents)
    cuts: list[Cut] = []
    windows: list[tuple[int, Span]] = []
    pairs: list[Pair] = []
    for document in documents:
        if len(windows) >= most:
            break
        done = cut(tokenizer, document.text)
        mine = windows_of(done.bounds)
        pairs += _pairs(tokenizer, document, done, (len(cuts), len(windows)), mine, chance)
        windows += [(len(cuts), window) for window in mine]
        cuts.append(done)
    firsts = save_texts(folder, "doc", cuts)
    _save(folder, pairs, windows, firsts)
    np.save(folder / "negatives.npy", _negatives(pairs, windows, cuts))
    return {"documents": len(cuts), "passages": len(windows), "questions": len(pairs)}


def _pairs(
    tokenizer: Tokenizer,
    document: Told,
    done: Cut,
    before: tuple[int, int],
    windows: Sequence[Span],
    chance: random.Random,
) -> Iterator[Pair]:
    """before: how many documents and how many passages come before this document."""
    number, first = before
    ends = [end for _, end in windows]
    for asking in document.asked:
        spans = [token_span(done.starts, *span) for span in asking.spans]
        golds = {first + window for span in spans for window in _touched(ends, span)}
        question = cut(tokenizer, asking.text)
        yield Pair(number, question, asking.answers, tuple(sorted(golds)), (-1, -1))
    if not document.asked:
        for window, (start, end) in enumerate(windows):
            inside = [
                (int(a), int(b))
                for a, b in zip(done.bounds, done.bounds[1:], strict=False)
                if start <= a and b <= end and SHORTEST_SENTENCE <= b - a <= LONGEST_SENTENCE
            ]
            if len(inside) > 2:
                hole = chance.choice(inside)
                sentence = cut(tokenizer, done.text_of(*hole).strip())
                yield Pair(number, sentence, (), (first + window,), hole)


def _touched(ends: Sequence[int], span: Span) -> range:
    """The windows, by their ends, that hold a token of a span; its last token is part of it."""
    last = int(np.searchsorted(ends, span[1], side="right"))
    return range(int(np.searchsorted(ends, span[0], side="right")), min(last + 1, len(ends)))


def _save(
    folder: Path,
    pairs: Sequence[Pair],
    windows: Sequence[tuple[int, Span]],
    firsts: Positions,
) -> None:
    save_texts(folder, "question", [pair.cut for pair in pairs])
    passages = [(firsts[n] + a, firsts[n] + b) for n, (a, b) in windows]
    golds = [(number, gold) for number, pair in enumerate(pairs) for gold in pair.golds]
    holes = [
        (firsts[pair.document] + pair.hole[0], firsts[pair.document] + pair.hole[1])
        if pair.hole[0] >= 0 else (-1, -1)
        for pair in pairs
    ]  # fmt: skip
    for name, rows in (("passages", passages), ("golds", golds), ("holes", holes)):
        np.save(folder / f"{name}.npy", np.asarray(rows, dtype=np.int64).reshape(-1, 2))


def _negatives(
    pairs: Sequence[Pair], windows: Sequence[tuple[int, Span]], cuts: Sequence[Cut]
) -> Positions:
    index = WindowIndex(
        tuple(
            Window(n, cuts[n].text_of(*s).casefold(), cuts[n].stem[slice(*s)]) for n, s in windows
        )
    )
    found = [
        index.alike(p.cut.stem, p.document, p.answers, () if p.answers else {p.document})
        for p in pairs
    ]
    return np.asarray(found, dtype=np.int64).reshape(-1, NEGATIVES)


def texts_in(folder: Path, tokenizer: Tokenizer, kind: str) -> list[str]:
    """The passages or the questions of a folder as text, for the teacher."""
    name, spans = ("tokens", "passages") if kind == "passages" else ("question_tokens", "questions")
    tokens = np.load(folder / f"{name}.npy")
    if spans == "passages":
        rows = np.load(folder / "passages.npy")
    else:
        starts = np.load(folder / "question_starts.npy")
        rows = np.stack([starts[:-1], starts[1:]], axis=1)
    return [tokenizer.decode(tokens[a:b].tolist()) for a, b in rows.tolist()]
