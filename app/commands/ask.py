"""`readonce ask`: one question to one document."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.bar import ReadingBar
from app.commands.options import AsJson, Doc, settings_now
from app.output import STOPPED_READING, answer_json, errors_told, people, print_json
from app.progress import Progress
from app.service import open_service
from app.wording import confidence
from pipelines.errors import EmptyQuestion
from storage.records import DocumentRecord

if TYPE_CHECKING:
    from pipelines.answer import Answer, Citation

Question = Annotated[str, typer.Argument(metavar="QUESTION", help="What you want to know.")]
ReadAgain = Annotated[
    bool, typer.Option("--read-again", help="Read the document again from the library first.")
]


def ask(
    doc: Doc, question: Question, read_again: ReadAgain = False, as_json: AsJson = False
) -> None:
    """Ask a document a question; the answer comes with its sentence and page."""
    began = time.perf_counter()
    settings = settings_now(as_json=as_json)
    with (
        errors_told(settings, as_json=as_json, stopped=STOPPED_READING),
        open_service(settings) as service,
    ):
        document = service.show(doc)
        if not question.strip():  # said before the model is loaded, which takes seconds
            raise EmptyQuestion("The question is empty: type what you want to know.")
        _ = service.reader
        startup = time.perf_counter() - began
        if read_again:
            _show(document, service.read_again(document))
        elif not document.finished:
            _show(document, service.read(document))
        answer = service.ask(service.show(document.id), question)
    if as_json:
        print_json(answer_json(document, answer, startup))
    else:
        _print(document, answer)


def _show(document: DocumentRecord, steps: Iterator[Progress]) -> None:
    with ReadingBar(document.title) as bar:
        for step in steps:
            bar.show(step)


def _print(document: DocumentRecord, answer: Answer) -> None:
    if answer.found:
        people().print(answer.text, style="bold")
        people().print(f"{confidence(answer.confidence)} ({answer.confidence:.0%})\n")
    else:
        people().print(f"Not found in {document.title!r}. The nearest passages:\n")
    for citation in answer.citations:
        people().print(f"{_place(document, citation)}\n    {' '.join(citation.sentence.split())}")


def _place(document: DocumentRecord, citation: Citation) -> str:
    page = f"page {citation.page}" if document.media_type == "application/pdf" else ""
    return ", ".join(part for part in (page, citation.section) if part) or document.title
