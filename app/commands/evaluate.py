"""`readonce evaluate`: how good the answers are, over documents with known ones."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from app.commands.options import AsJson, settings_now
from app.errors import BadQuestions
from app.output import aside, errors_told, people, print_json
from app.service import Service, open_service
from pipelines.document import Upload

if TYPE_CHECKING:
    from pipelines.evaluate import Ask, Open

evaluate = typer.Typer(help="Measure the reader on questions with known answers.")
File = Annotated[Path, typer.Argument(metavar="FILE", help="Documents: .jsonl or .jsonl.xz.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Ask no more questions.")]

_SHOWN = (
    "exact_match",
    "f1",
    "citation_hit_at_1",
    "citation_hit_at_3",
    "citation_overlap_at_1",
    "abstention_auroc",
    "answer_seconds_median",
    "answer_seconds_p95",
)


@evaluate.command()
def qa(file: File, limit: Limit = None, as_json: AsJson = False) -> None:
    """Add every document to a library of its own, ask its questions, and score the answers.

    A line of FILE: {"id", "title", "document", "questions": [{"id", "question", "answers",
    "starts", "unanswerable"}]}.
    """
    from pipelines.evaluate import evaluate_qa

    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json), TemporaryDirectory() as home:
        apart = settings.model_copy(update={"home": Path(home), "database_url": ""})
        with open_service(apart) as service:
            scores = evaluate_qa(_records(file), _adding(service), limit)
        if as_json:
            print_json(scores)
        else:
            people().print(_table(scores))


def _records(file: Path) -> Iterator[dict[str, Any]]:
    """The documents of a file, one a line; BadQuestions where a line is not one."""
    for number, line in enumerate(_lines(file), start=1):
        try:
            record = json.loads(line)
            sound = _sound(record)
        except (ValueError, KeyError, TypeError, RecursionError):
            sound = False
        if not sound:
            raise BadQuestions(
                f"Line {number} of {file.name} is not a document with questions: "
                "see `readonce evaluate qa --help` for what it must hold."
            )
        yield record


def _lines(file: Path) -> Iterator[str]:
    packed = file.suffix == ".xz"
    opened = lzma.open if packed else open
    try:
        with opened(file, "rt", encoding="utf-8") as lines:
            yield from lines
    except (lzma.LZMAError, EOFError, UnicodeDecodeError) as error:
        raise BadQuestions(
            f"{file.name} is not UTF-8 text{' packed by xz' if packed else ''}, or it is damaged: "
            "get or write it again."
        ) from error


def _sound(record: dict[str, Any]) -> bool:
    """Whether a line holds what evaluation uses; raises KeyError or TypeError where not."""
    questions = record["questions"]
    texts = [record["id"], record["title"] or "", record["document"]]
    texts += [question["question"] for question in questions]
    texts += [gold for question in questions for gold in question["answers"]]
    flags = [question["unanswerable"] for question in questions]
    starts = [start for question in questions for start in question.get("starts", ())]
    return (
        all(map(_is_text, texts))
        and all(flag in (True, False) for flag in flags)
        and all(type(start) is int for start in starts)
    )


def _is_text(value: object) -> bool:
    """Whether a value is text that can be written; raises ValueError at half a character."""
    return isinstance(value, str) and value.encode() is not None


def _adding(service: Service) -> Open:
    """How a document is added and asked, exactly as by a user."""

    def add(title: str, text: str) -> tuple[str, Ask]:
        name = f"{title[:80].replace('/', ' ')}.txt"
        *_, done = service.add(Upload(name, text.encode()))
        document = done.document
        if document is None:
            raise BadQuestions(f"{title!r} could not be read.")
        aside().print(f"{document.title}: {document.tokens} tokens", style="dim")
        return service.library.text(document.id), partial(service.ask, document)

    return add


def _table(scores: dict[str, Any]) -> Table:
    table = Table(title=f"{scores['questions']} questions")
    for heading in ("measure", "readonce", "BM25 sentence"):
        table.add_column(heading)
    for name in _SHOWN:
        table.add_row(name, _cell(scores, name), _cell(scores["baseline"], name))
    return table


def _cell(scores: dict[str, Any], name: str) -> str:
    if scores[name] is None:
        return "–"
    low_high = scores.get(f"{name}_interval")
    return f"{scores[name]}" + (f"  [{low_high[0]}, {low_high[1]}]" if low_high else "")
