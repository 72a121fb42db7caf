"""From questions with answers to arrays: one folder for each source.

Beside the documents (training.packing) a folder holds the questions (question_tokens,
question_exact, question_stem, question_starts) and, with positions in the document tokens:

- examples [Q * copies, 8] int64, columns COLUMNS: row copies * q + k is question q in window k;
- golds [Q * copies, GOLDS, 2] int64: every gold span inside the window, -1 where there are fewer;
- negatives [Q, NEGATIVES, 2] int64: windows without any gold answer, most alike first.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retnet_core.tokenizer import Tokenizer
from training.negatives import NEGATIVES, Window, WindowIndex
from training.packing import Cut, Positions, cut, save_texts, token_span
from training.sources import Record, records, source_files, source_name
from training.windows import window_around, windows_of

COLUMNS = (
    "document", "start", "end", "context_start", "question", "answer_first", "answer_last", "kind",
)  # fmt: skip
ANSWERABLE, UNANSWERABLE = 0, 1
CONTEXT = 256
GOLDS = 4
LONGEST_ANSWER = 30

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a document. spans are tokens of the document, the best answer first."""

    document: int
    text: str
    answers: tuple[str, ...]
    spans: tuple[Span, ...]


def questions(number: int, record: Record, document: Cut) -> Iterator[Question]:
    """Give the questions of a document that are unanswerable or have a short enough span."""
    for item in record["questions"]:
        answers = tuple(answer for answer in item["answers"] if answer.strip())
        spans = () if item["unanswerable"] else answer_spans(item, document)
        if item["question"].strip() and (spans or item["unanswerable"]):
            yield Question(number, item["question"].strip(), answers, spans)


def answer_spans(item: Record, document: Cut) -> tuple[Span, ...]:
    """Give the token spans of the gold answers that stand in the text, the shortest first."""
    found = []
    for answer, start in zip(item["answers"], item["starts"], strict=True):
        quoted = document.text[start : start + len(answer)] if start >= 0 else ""
        if answer.strip() and quoted.casefold() == answer.casefold():
            begin = start + len(answer) - len(answer.lstrip())
            found.append(token_span(document.starts, begin, begin + len(answer.strip())))
    short = (span for span in found if span[1] - span[0] < LONGEST_ANSWER)
    return tuple(sorted(dict.fromkeys(short), key=lambda span: (span[1] - span[0], span[0])))


def example(
    question: Question, number: int, cuts: Sequence[Cut], first: int, chance: random.Random
) -> tuple[list[int], list[Span]]:
    """Put a question into a window of its document: a row of examples and one of golds.

    first is the position of the document among the tokens of the source.
    """
    bounds = cuts[question.document].bounds
    if question.spans:
        start, end = window_around(bounds, *question.spans[0], chance)
    else:
        start, end = chance.choice(windows_of(bounds))
    golds = [(first + a, first + b) for a, b in question.spans if start <= a and b < end][:GOLDS]
    context = first + max(0, start - CONTEXT)
    best, kind = (golds[0], ANSWERABLE) if golds else ((-1, -1), UNANSWERABLE)
    row = [question.document, first + start, first + end, context, number, *best, kind]
    return row, golds + [(-1, -1)] * (GOLDS - len(golds))


def negatives(
    asked: Sequence[Question], question_cuts: Sequence[Cut], cuts: Sequence[Cut], firsts: Positions
) -> Positions:
    """Find windows that look right for each question and hold no answer: [Q, NEGATIVES, 2]."""
    places = [(number, span) for number, c in enumerate(cuts) for span in windows_of(c.bounds)]
    index = WindowIndex(
        tuple(Window(n, cuts[n].text_of(*s).casefold(), cuts[n].stem[slice(*s)]) for n, s in places)
    )
    spans = np.asarray([(firsts[n] + a, firsts[n] + b) for n, (a, b) in places] + [(-1, -1)])
    chosen = [
        index.alike(c.stem, q.document, q.answers, frozenset() if q.spans else {q.document})
        for q, c in zip(asked, question_cuts, strict=True)
    ]
    return np.asarray(spans[np.asarray(chosen).reshape(len(asked), NEGATIVES)], dtype=np.int64)


def prepare_source(
    path: Path, tokenizer: Tokenizer, folder: Path, *, copies: int, seed: int
) -> dict[str, int]:
    """Write the arrays of one source of questions and give its counts."""
    read = [record for record in records(path) if record["document"].strip()]
    cuts = [cut(tokenizer, record["document"]) for record in read]
    asked = [q for n, record in enumerate(read) for q in questions(n, record, cuts[n])]
    if not asked:
        return {"documents": len(cuts), "questions": 0}
    question_cuts = [cut(tokenizer, question.text) for question in asked]
    firsts = save_texts(folder, "doc", cuts)
    save_texts(folder, "question", question_cuts)
    chance = random.Random(seed)
    made = [
        example(question, number, cuts, int(firsts[question.document]), chance)
        for number, question in enumerate(asked)
        for _ in range(copies)
    ]
    np.save(folder / "examples.npy", np.asarray([row for row, _ in made], dtype=np.int64))
    np.save(folder / "golds.npy", np.asarray([golds for _, golds in made], dtype=np.int64))
    np.save(folder / "negatives.npy", negatives(asked, question_cuts, cuts, firsts))
    return {"documents": len(cuts), "questions": len(asked), **kinds(asked)}


def kinds(asked: Sequence[Question]) -> dict[str, int]:
    """Count the questions with and without an answer."""
    counted = Counter("answerable" if question.spans else "unanswerable" for question in asked)
    return dict(counted)


def prepare_questions(raw: Path, tokenizer: Tokenizer, out: Path, seed: int) -> None:
    """Write the question arrays of every source: several windows to train on, one for dev."""
    for part, target, copies in (("train", "qa", 4), ("dev", "qa_dev", 1)):
        for prefix in ("qa_", "long_qa_"):
            for path in source_files(raw / part, prefix):
                folder = out / target / source_name(path)
                counts = prepare_source(path, tokenizer, folder, copies=copies, seed=seed)
                print(target, source_name(path), counts, flush=True)
