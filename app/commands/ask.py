"""`readonce ask`: one question to a document, to several, or to the whole library."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from app.choosing import Choice
from app.commands.bar import reading_bar
from app.commands.following import followed
from app.commands.options import AsJson, Device, settings_now
from app.output import (
    STOPPED_READING,
    answer_json,
    answers_json,
    errors_told,
    language_note,
    people,
    print_json,
)
from app.progress import Progress
from app.service import Answers, Service, open_service
from app.wording import counted, how_sure, stands_alone
from pipelines.errors import EmptyQuestion
from storage.records import DocumentRecord

if TYPE_CHECKING:
    from pipelines.answer import Answer, Citation

Docs = Annotated[
    list[str],
    typer.Argument(
        default_factory=list, metavar="[DOC]...", help="Ids, their beginnings, or titles; or --all."
    ),
]
Question = Annotated[str, typer.Argument(metavar="QUESTION", help="What you want to know.")]
All = Annotated[bool, typer.Option("--all", help="Ask the whole library.")]
Title = Annotated[
    str,
    typer.Option("--title", help="Of all, those with this in the title; * and ? stand for any."),
]
_SHOWN = 3  # answers, and places of each
_DAYS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M"]
Since = Annotated[
    datetime | None,
    typer.Option("--since", formats=_DAYS, help="Of all, those added from this day on."),
]
Before = Annotated[
    datetime | None,
    typer.Option("--before", formats=_DAYS, help="Of all, those added before this day."),
]
ReadAgain = Annotated[
    bool, typer.Option("--read-again", help="Read the documents again from the library first.")
]


def ask(
    docs: Docs,
    question: Question,
    everything: All = False,
    title: Title = "",
    since: Since = None,
    before: Before = None,
    read_again: ReadAgain = False,
    device: Device = None,
    as_json: AsJson = False,
) -> None:
    """Ask documents a question; the answer comes with its document, sentence and page."""
    began = time.perf_counter()
    choice = Choice(title, since, before)
    _check_usage(docs, choice, everything=everything, read_again=read_again)
    settings = settings_now(as_json=as_json, device=device)
    with (
        errors_told(settings, as_json=as_json, stopped=STOPPED_READING),
        open_service(settings) as service,
    ):
        documents = found_documents(service, docs)
        if not question.strip():  # said before the model is loaded, which takes seconds
            raise EmptyQuestion("The question is empty: type what you want to know.")
        _ = service.reader
        startup = time.perf_counter() - began
        for document in documents:
            make_ready(service, document, read_again=read_again)
        if len(documents) == 1:
            one = service.show(documents[0].id)
            answer = followed(service.answering(one, question), as_json=as_json)
            _tell_one(one, answer, startup, as_json=as_json)
            return
        ids = [document.id for document in documents]
        scope = service.library.scope(settings.owner, ids) if ids else service.chosen(choice)
        answers = followed(service.answering_from(scope, question, ids), as_json=as_json)
        _tell_many(answers, startup, as_json=as_json)


def _check_usage(
    names: Sequence[str], choice: Choice, *, everything: bool, read_again: bool
) -> None:
    """End the command with exit code 2 where it is not clear which documents are meant."""
    if not names and not everything:
        raise typer.BadParameter("Name the documents to ask, or ask the whole library with --all.")
    if names and (everything or choice != Choice()):
        raise typer.BadParameter("Name documents, or choose from all with --all: not both.")
    if everything and read_again:
        raise typer.BadParameter("--read-again needs the names of documents.")


def found_documents(service: Service, names: Sequence[str]) -> list[DocumentRecord]:
    """The documents named, each once."""
    found = (service.show(name) for name in names)
    return list({document.id: document for document in found}.values())


def make_ready(service: Service, document: DocumentRecord, *, read_again: bool) -> None:
    """Read a document that has not been read to its end, or any where that is asked for."""
    if read_again:
        _show(document, service.read_again(document))
    elif not document.finished and not service.has_read(document):
        _show(document, service.read(document))
    if service.settings.writer:
        _show(document, service.prepare(service.show(document.id)))


def _show(document: DocumentRecord, steps: Iterator[Progress]) -> None:
    with reading_bar(document.title) as bar:
        for step in steps:
            bar.show(step)


def _tell_one(document: DocumentRecord, answer: Answer, startup: float, *, as_json: bool) -> None:
    if as_json:
        print_json(answer_json(answer, startup))
        return
    _print(answer, f"Not found in {document.title!r}. The nearest passages:\n", named=False)


def _tell_many(answers: Answers, startup: float, *, as_json: bool) -> None:
    if as_json:
        print_json(answers_json(answers, startup))
        return
    if not answers.documents:
        people().print("No document was asked: none fits. `readonce list` shows all.")
        return
    asked = counted(answers.documents, "document")
    _print(answers.answer, f"Not found in {asked}. The nearest passages:\n", named=True)
    if answers.unread:
        people().print(f"\n{_unread(answers)}", style="dim")
    for document in answers.answer.damaged:
        people().print(
            f"\nWhat was kept of {document.title!r} cannot be used: run `readonce add` with its"
            " file to read it again.",
            style="dim",
        )


def _unread(answers: Answers) -> str:
    are = "is" if answers.unread == 1 else "are"
    return (
        f"{answers.unread} of {counted(answers.documents, 'document')} {are} not read to the end by"
        " this model and searched by words only: run `readonce add` with the files to have them"
        " read."
    )


def _print(answer: Answer, not_found: str, *, named: bool) -> None:
    """The answer with its places, and other answers; named: each place with its document."""
    if not answer.found:
        people().print(not_found)
        _print_places(answer.citations, named=named)
    tell_dropped(answer)
    if answer.written is not None and answer.written.lines:  # it was shown as it was written
        tell_answer("", answer.confidence)
        _print_places(answer.citations, named=named)
        return
    for number, each in enumerate(answer.said[:_SHOWN]):
        if number == 1:
            people().print("\nOther answers", style="dim")
        tell_answer(each.text, each.confidence)
        _print_places(each.citations, named=named)
    note = language_note(answer)
    if note:
        people().print(f"\n{note}", style="dim")


def _print_places(citations: Sequence[Citation], *, named: bool) -> None:
    for citation in citations[:_SHOWN]:
        title = citation.document.title if named or not place_of(citation) else ""
        place = ", ".join(part for part in (title, place_of(citation)) if part)
        tell_place(place, citation)
    if len(citations) > _SHOWN:
        people().print(f"and {counted(len(citations) - _SHOWN, 'place')} more", style="dim")


def tell_answer(text: str, confidence: float) -> None:
    """How far an answer may be believed, and above it the answer where that is far enough."""
    if text and stands_alone(confidence):
        people().print(" ".join(text.split()), style="bold")
    people().print(f"{how_sure(confidence)}\n")


def tell_place(place: str, citation: Citation) -> None:
    """A place, and below it the cited sentence with its answer marked."""
    first, last = (each - citation.sentence_start for each in (citation.start, citation.end))
    whole = citation.sentence
    before, answer, after = (
        _spaced(part) for part in (whole[:first], whole[first:last], whole[last:])
    )
    people().print(place)
    people().print(Text.assemble("    ", before, (answer, "bold"), after))


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def tell_dropped(answer: Answer) -> None:
    """What was left out of a written answer."""
    if answer.written is not None and answer.written.dropped:
        left = "It is quoted: nothing" if not answer.written.lines else "Not all"
        people().print(
            f"{left} that was written had its numbers, dates and names in the evidence: "
            f"{answer.written.dropped:.0%} of the sentences were left out.",
            style="dim",
        )


def place_of(citation: Citation) -> str:
    """Page, where the file has pages, and section."""
    pdf = citation.document.media_type == "application/pdf"
    page = f"page {citation.page}" if pdf else ""
    return ", ".join(part for part in (page, citation.section) if part)
