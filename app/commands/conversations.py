"""`readonce conversations`: what was talked about, shown, renamed, written out and deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from app.commands.options import AsJson, settings_now
from app.output import conversation_json, errors_told, people, print_json, turn_json
from app.service import Service, open_service
from app.transcript import still_there
from app.whole_files import written_whole
from app.wording import counted, size
from storage.talk import ConversationRecord

conversations = typer.Typer(no_args_is_help=True, help="Conversations that were stored.")

Key = Annotated[str, typer.Argument(metavar="ID", help="Its id, the id's beginning, or its title.")]
Search = Annotated[
    str, typer.Option("--search", metavar="WORDS", help="Those in which all these words stand.")
]
About = Annotated[str, typer.Option("--about", metavar="DOC", help="Those about this document.")]
Out = Annotated[Path, typer.Option("--out", help="The Markdown file, like talk.md.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")]


@conversations.callback()
def _group() -> None:
    """Conversations that were stored."""


@conversations.command("list")
def list_conversations(search: Search = "", about: About = "", as_json: AsJson = False) -> None:
    """List the conversations, the one that went on last first."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json), open_service(settings) as service:
        found = _found(service, search, about)
    if as_json:
        print_json([conversation_json(each) for each in found])
    elif found:
        people().print(_table(found))
    else:
        people().print("There is no such conversation. `readonce chat DOC` begins one.")


def _found(service: Service, search: str, about: str) -> list[ConversationRecord]:
    found = service.talks.list(search.split())
    if not about:
        return list(found)
    document = service.show(about)
    tied = service.library.conversations.of_document(service.settings.owner, document.id)
    return [each for each in found if each.id in {one.id for one in tied}]


@conversations.command()
def show(key: Key, as_json: AsJson = False) -> None:
    """Show what was asked and answered in a conversation."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json), open_service(settings) as service:
        conversation = service.talks.find(key)
        if as_json:
            print_json(_whole(service, conversation))
        else:
            people().print(service.talks.transcript(conversation))


def _whole(service: Service, conversation: ConversationRecord) -> dict[str, Any]:
    turns = service.talks.turns(conversation)
    current = still_there(service, turns)
    told = [turn_json(turn, stand) for turn, stand in zip(turns, current, strict=True)]
    return {**conversation_json(conversation), "questions": told}


@conversations.command()
def rename(
    key: Key,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="The new one.")],
    as_json: AsJson = False,
) -> None:
    """Give a conversation another title."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json), open_service(settings) as service:
        renamed = service.talks.rename(service.talks.find(key), title)
    if as_json:
        print_json(conversation_json(renamed))
    else:
        people().print(f"{renamed.id} is called {renamed.title!r} now.")


@conversations.command()
def delete(
    key: Key,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete a conversation; its documents and the conversations that branched off it stay."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json), open_service(settings) as service:
        conversation = service.talks.find(key)
        if not yes:
            told = f"{conversation.title!r} with its {counted(conversation.turns, 'question')}"
            typer.confirm(f"Delete the conversation {told}?", abort=True, err=True)
        service.talks.forget(conversation)
    if as_json:
        print_json({"id": conversation.id, "title": conversation.title, "deleted": True})
    else:
        people().print(f"Deleted the conversation {conversation.title!r}.")


@conversations.command()
def export(key: Key, out: Out, overwrite: Overwrite = False, as_json: AsJson = False) -> None:
    """Write a conversation as Markdown, each answer with its citations."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json), open_service(settings) as service:
        conversation = service.talks.find(key)
        text = service.talks.transcript(conversation)
        with written_whole(out, overwrite=overwrite) as new:
            new.write_text(text, encoding="utf-8")
    if as_json:
        print_json({"id": conversation.id, "file": str(out), "turns": conversation.turns})
    else:
        people().print(f"{out}: {counted(conversation.turns, 'question')}.")


def _table(found: list[ConversationRecord]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("id", no_wrap=True)
    table.add_column("title", overflow="fold")
    table.add_column("questions", justify="right")
    table.add_column("last")
    table.add_column("kept", justify="right")
    for each in found:
        last = each.changed_at.astimezone().strftime("%Y-%m-%d %H:%M")
        table.add_row(each.id, each.title, str(each.turns), last, size(each.stored_bytes))
    return table
