"""`readonce chat`: questions one after another, each understood through those before it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from app.commands.ask import (
    found_documents,
    make_ready,
    place_of,
    tell_answer,
    tell_dropped,
    tell_place,
)
from app.commands.following import followed
from app.commands.options import AsJson, settings_now
from app.conversing import About, Reply
from app.errors import FileExists, NothingToUndo
from app.output import STOPPED_READING, aside, errors_told, people, print_json, reply_json
from app.present import expected
from app.service import Service, open_service
from app.whole_files import written_whole
from app.wording import counted
from storage.records import DocumentRecord
from storage.talk import ConversationRecord

Docs = Annotated[
    list[str],
    typer.Argument(
        default_factory=list, metavar="[DOC]...", help="Ids, their beginnings, or titles; or --all."
    ),
]
Resume = Annotated[
    str, typer.Option("--resume", metavar="ID", help="Go on with this conversation, or its title.")
]
All = Annotated[bool, typer.Option("--all", help="Talk about the whole library.")]

HELP = """\
Type a question. It is understood through what was said before.
/undo          take the last question and its answer back
/branch [N]    go on in a new conversation that begins with the first N turns, or with all
/export FILE   write the conversation as Markdown, with its citations
/rename TITLE  give the conversation another title
/quit          leave; the conversation is stored, and `readonce chat --resume ID` goes on with it"""

_STOPPED = "Stopped. Every answer that was shown is stored."


def chat(docs: Docs, resume: Resume = "", everything: All = False, as_json: AsJson = False) -> None:
    """Talk about documents; each answer is stored, and any conversation can be gone on with."""
    began = time.perf_counter()
    if bool(docs) + bool(resume) + everything != 1:
        raise typer.BadParameter("Name the documents to talk about, or --all, or --resume ID.")
    settings = settings_now(as_json=as_json)
    with (
        errors_told(settings, as_json=as_json, stopped=STOPPED_READING if docs else _STOPPED),
        open_service(settings) as service,
    ):
        about = _about(service, docs, resume, everything=everything)
        _ = service.reader
        for document in _documents(service, about):
            make_ready(service, document, read_again=False)
        sitting = Sitting(service, about, time.perf_counter() - began)
        if as_json:
            _scripted(sitting)
        else:
            _spoken(sitting)


def _about(
    service: Service, docs: list[str], resume: str, *, everything: bool
) -> About | ConversationRecord:
    if resume:
        return service.talks.find(resume)
    return About(tuple(each.id for each in found_documents(service, docs)), everything)


def _documents(service: Service, about: About | ConversationRecord) -> list[DocumentRecord]:
    return [service.show(each) for each in about.document_ids]


class Sitting:
    """A conversation as one process goes on with it."""

    def __init__(self, service: Service, about: About | ConversationRecord, startup: float) -> None:
        self.service, self.about, self.startup = service, about, startup
        documents = about.document_ids
        self._begun_with = About(documents, about.everything)

    @property
    def conversation(self) -> ConversationRecord:
        """The conversation; NothingToUndo where nothing was asked yet."""
        if isinstance(self.about, ConversationRecord):
            return self.about
        raise NothingToUndo("Nothing has been asked in this conversation yet.")

    def ask(self, question: str, *, as_json: bool) -> Reply:
        """Answer a question and store it; without JSON it is printed as it comes."""
        reply = followed(self.service.conversing(self.about, question), as_json=as_json)
        self.about = reply.conversation
        return reply

    def undo(self) -> str:
        """Take the last turn back; says what is left."""
        left = self.service.talks.undo(self.conversation)
        self.about = left or self._begun_with
        return f"Taken back. {counted(left.turns if left else 0, 'question')} left."

    def branch(self, turns: int | None) -> str:
        """Go on in a new conversation; says which."""
        self.about = branched = self.service.talks.branch(self.conversation, turns)
        return f"This is conversation {branched.id} now, with {counted(branched.turns, 'turn')}."

    def export(self, path: Path) -> str:
        """Write the conversation as Markdown into a new file."""
        text = self.service.talks.transcript(self.conversation)
        with written_whole(path, overwrite=False) as new:
            new.write_text(text, encoding="utf-8")
        return f"Written to {path}."

    def rename(self, title: str) -> str:
        """Give the conversation another title."""
        self.about = self.service.talks.rename(self.conversation, title)
        return f"It is called {title!r} now."


def _scripted(sitting: Sitting) -> None:
    """One line of JSON for each line of standard input that is not empty."""
    for line in _lines():
        if line:
            print_json(reply_json(sitting.ask(line, as_json=True), sitting.startup))


def _lines() -> Iterator[str]:
    while line := sys.stdin.buffer.readline():
        yield line.decode("utf-8", "replace").lstrip("\ufeff").strip()


def _spoken(sitting: Sitting) -> None:
    """Questions and commands of a person, until the end of the input."""
    _greet(sitting)
    for line in _prompted():
        if line in ("/quit", "/exit"):
            break
        if line.startswith("/"):
            _obey(sitting, line)
        elif line:
            _tell(sitting.ask(line, as_json=False))
    if isinstance(sitting.about, ConversationRecord):
        people().print(
            f"Stored. Go on with: readonce chat --resume {sitting.about.id}", style="dim"
        )


def _greet(sitting: Sitting) -> None:
    about = sitting.about
    if isinstance(about, ConversationRecord):
        people().print(f"{about.title} ({counted(about.turns, 'question')} so far)", style="bold")
        for turn in sitting.service.talks.turns(about)[-3:]:
            people().print(f"> {turn.turn.question}\n{turn.turn.answer or 'Not found.'}\n")
    people().print("Type a question, or /help.", style="dim")


def _prompted() -> Iterator[str]:
    while True:
        if sys.stdin.isatty():
            sys.stdout.write("> ")
            sys.stdout.flush()
        line = sys.stdin.buffer.readline()
        if not line:
            return
        yield line.decode("utf-8", "replace").strip()


def _obey(sitting: Sitting, line: str) -> None:
    """Do what a line that begins with a slash says; what goes wrong is told, and talk goes on."""
    name, _, rest = line[1:].partition(" ")
    rest = rest.strip()
    known: dict[str, Callable[[], str]] = {
        "help": lambda: HELP,
        "undo": sitting.undo,
        "branch": lambda: sitting.branch(_number(rest)),
        "export": lambda: sitting.export(_path(rest)),
        "rename": lambda: sitting.rename(rest or sitting.conversation.title),
    }
    try:
        people().print(known.get(name, lambda: f"There is no /{name}. {HELP}")())
    except Exception as error:
        told = expected(error)
        if told is None:
            raise
        aside().print(told.sentence, style="red", soft_wrap=True)


def _number(text: str) -> int | None:
    if text and not text.isdecimal():
        raise NothingToUndo(f"/branch takes the number of turns to keep, and not {text!r}.")
    return int(text) if text else None


def _path(text: str) -> Path:
    if not text:
        raise FileExists("Name the file to write: /export FILE.")
    return Path(text).expanduser()


def _tell(reply: Reply) -> None:
    answer = reply.answer
    tell_dropped(answer)
    if answer.found:
        quoted = answer.written is None or not answer.written.lines
        tell_answer(answer.text if quoted else "", answer.confidence)
    else:
        people().print("Not found. The nearest passages:\n")
    several = len({each.document.id for each in answer.citations}) > 1
    for citation in answer.citations:
        title = citation.document.title
        place = place_of(citation)
        shown = ", ".join(part for part in (title, place) if part) if several else place or title
        tell_place(shown, citation)
    people().print()
