"""Questions about annual reports: is the first citation on the right page, beside BM25 over pages?

The questions are ours (benchmarks/questions/annual_reports.jsonl); the reports are not in this
repository: hand in a folder that holds the files of those names. A file of another content, by
its SHA-256, is refused, for its pages may be others.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from app.service import Service, open_service
from app.settings import SHIPPED_MODEL, Settings
from benchmarks.timing import machine, print_table
from pipelines import lexical, metrics
from pipelines.bootstrap import interval
from pipelines.document import Upload

QUESTIONS = Path(__file__).parent / "questions" / "annual_reports.jsonl"
FIRST = 5  # places that are looked at
HEAD = ["", "questions", "page at 1", "page at 5", "in the sentence", "in the answer"]


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a file, what answers it, and the pages that say so.

    kind: table or prose; wording: same or other words than the report's.
    """

    id: str
    file: str
    sha256: str
    question: str
    answers: tuple[str, ...]
    pages: tuple[int, ...]
    kind: str
    wording: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a question: the pages of the citations best first, the first one, the answer."""

    question: Question
    pages: tuple[int, ...]
    sentence: str
    answer: str
    confidence: float
    seconds: float
    baseline: tuple[int, ...]

    @property
    def hits(self) -> tuple[float, float, float, float]:
        """Page at the first place, within five, gold in the cited sentence, and in the answer."""
        return (
            *_found(self.pages, self.question),
            float(metrics.contains(self.sentence, self.question.answers)),
            float(metrics.contains(self.answer, self.question.answers)),
        )


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks reports", description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder that holds the reports")
    parser.add_argument("--questions", type=Path, default=QUESTIONS)
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL)
    parser.add_argument(
        "--home", type=Path, help="a library to keep, so that nothing is read twice"
    )
    parser.add_argument("--json", action="store_true", help="a line for each question")
    options = parser.parse_args(arguments)
    questions = read_questions(options.questions)
    with TemporaryDirectory() as folder:
        home = options.home or Path(folder)
        settings = Settings(home=home, model=options.model, database_url="")
        with open_service(settings) as service:
            replies = list(_replies(service, options.folder, questions))
    if options.json:
        for reply in replies:
            print(json.dumps(asdict(reply), ensure_ascii=False))
        return
    _print(replies)


def read_questions(path: Path) -> tuple[Question, ...]:
    """The questions of a file of JSON lines."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(_question(line) for line in lines if line.strip())


def _question(line: str) -> Question:
    value = json.loads(line)
    return Question(
        value["id"],
        value["file"],
        value["sha256"],
        value["question"],
        tuple(value["answers"]),
        tuple(value["pages"]),
        value["kind"],
        value["wording"],
    )


def bm25_pages(pages: Sequence[str]) -> Callable[[str], tuple[int, ...]]:
    """The baseline: the pages, counted from 1, that BM25 finds for a question, best first."""
    terms = [lexical.terms(page) for page in pages]
    weights = lexical.rarity(lexical.document_counts(terms), len(terms))

    def rank(question: str) -> tuple[int, ...]:
        scores = lexical.bm25(lexical.terms(question), terms, weights)
        best = sorted(range(len(pages)), key=lambda page: -scores[page])[:FIRST]
        return tuple(page + 1 for page in best)

    return rank


def _replies(service: Service, folder: Path, questions: Sequence[Question]) -> Iterator[Reply]:
    for name in dict.fromkeys(question.file for question in questions):
        asked = [question for question in questions if question.file == name]
        content = (folder / name).read_bytes()
        if any(question.sha256 != hashlib.sha256(content).hexdigest() for question in asked):
            raise SystemExit(f"{name} is not the file that the questions are about.")
        *_, done = service.add(Upload(name, content))
        if done.document is None:
            raise SystemExit(f"{name} was not added.")
        document = service.show(done.document.id)
        text = service.library.text(document.id)
        starts = service.library.page_starts(document.id)
        ends = (*starts[1:], len(text))
        rank = bm25_pages([text[a:b] for a, b in zip(starts, ends, strict=True)])
        for question in asked:
            answer = service.ask(document, question.question)
            cited = answer.citations
            yield Reply(
                question,
                tuple(citation.page for citation in cited[:FIRST]),
                cited[0].sentence if cited else "",
                answer.text,
                answer.confidence,
                answer.seconds,
                rank(question.question),
            )


def _found(pages: Sequence[int], question: Question) -> tuple[float, float]:
    return (
        float(any(page in question.pages for page in pages[:1])),
        float(any(page in question.pages for page in pages[:FIRST])),
    )


def _print(replies: Sequence[Reply]) -> None:
    print(machine())
    parts: dict[str, list[Reply]] = {"all": list(replies)}
    for reply in replies:
        parts.setdefault(f"of {reply.question.kind}", []).append(reply)
        parts.setdefault(f"in {reply.question.wording} words", []).append(reply)
    rows = []
    for name, some in parts.items():
        ours = zip(*(reply.hits for reply in some), strict=True)
        theirs = zip(*(_found(reply.baseline, reply.question) for reply in some), strict=True)
        rows.append([name, str(len(some)), *map(_share, ours)])
        rows.append([f"{name}, BM25 over pages", str(len(some)), *map(_share, theirs), "", ""])
    print_table("Annual reports: per cent, with 95 % intervals of the bootstrap", HEAD, rows)
    print(f"\nmedian {statistics.median(reply.seconds for reply in replies):.2f} s for an answer")


def _share(values: Sequence[float]) -> str:
    low, high = interval(values)
    return f"{100 * statistics.fmean(values):.0f} [{100 * low:.0f}, {100 * high:.0f}]"
