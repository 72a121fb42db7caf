"""`readonce list`, `show` and `delete`: what the library holds. None of them loads the model."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from app.commands.options import AsJson, Doc, settings_now
from app.output import document_json, errors_told, people, print_json
from app.service import Service, open_service
from app.wording import counted, duration, fragments, numbers, size
from storage.records import DocumentRecord, StoredParts
from storage.shelf import Wanted

_AT_ONCE = 50
_EVERYTHING = 2**31 - 1


def list_documents(
    title: Annotated[str, typer.Option(help="Only titles that hold these words.")] = "",
    start: Annotated[int, typer.Option("--from", min=1, help="The first to show.")] = 1,
    most: Annotated[
        int | None, typer.Option(min=1, help="How many to show: 50, with --json all.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the documents, newest first."""
    settings = settings_now(as_json=as_json)
    most = most or (_EVERYTHING if as_json else _AT_ONCE)
    with errors_told(settings, as_json=as_json), open_service(settings) as service:
        wanted = Wanted(tuple(title.split()))
        found, total = service.library.shelf.some(settings.owner, wanted, start - 1, most)
        unread = service.unread_versions()
    if as_json:
        print_json([document_json(each, unread.get(each.id)) for each in found])
        return
    if found:
        people().print(_table(found, unread))
    if said := _beside(start, len(found), total, title):
        people().print(said)


def _beside(first: int, shown: int, total: int, title: str) -> str:
    """What a list from the first one on does not show."""
    if not total:
        empty = "The library is empty. `readonce add FILE` reads a document into it."
        return f"No title holds {title!r}." if title else empty
    if not shown:
        return f"There are {counted(total, 'document')} only."
    if shown == total:
        return ""
    last = first + shown - 1
    said = f"{first:,} to {last:,} of {counted(total, 'document')}."
    return said if last == total else f"{said} `--from {last + 1}` shows the next."


def show(doc: Doc, as_json: AsJson = False) -> None:
    """Show what is known of one document."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json), open_service(settings) as service:
        document = service.show(doc)
        unread = service.unread_versions().get(document.id)
    if as_json:
        print_json(document_json(document, unread))
        return
    for name, value in _facts(document, unread):
        people().print(f"{name:<12} {value}")


def delete(
    doc: Doc,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete a document and everything kept of it."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json), open_service(settings) as service:
        document = service.show(doc)
        if not yes:
            typer.confirm(_what_goes(service, document), abort=True, err=True)
        service.delete(document.id)
        left, quietly = service.library.holds_fragments(), service.library.compacts_quietly
    if as_json:
        values = {"id": document.id, "title": document.title, "deleted": True}
        print_json(values | {"compact_due": left})
        return
    people().print(f"Deleted {document.title!r}.")
    if left:
        people().print(fragments(quietly=quietly))


def _what_goes(service: Service, document: DocumentRecord) -> str:
    """What is asked before a document is deleted: all that goes with it is named."""
    talks = service.library.conversations.of_document(document.owner, document.id)
    if not talks:
        return f"Delete {document.title!r} and what was read of it?"
    told = counted(len(talks), "conversation")
    return f"Delete {document.title!r}, what was read of it, and {told} about it?"


def compact(as_json: AsJson = False) -> None:
    """Write the library anew without gaps, so that no fragment of a deleted text is left."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json), open_service(settings) as service:
        service.library.compact()
    if as_json:
        print_json({"compacted": True})
    else:
        people().print("The library was written anew.")


def _table(documents: tuple[DocumentRecord, ...], unread: dict[str, DocumentRecord]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("id", no_wrap=True)
    table.add_column("title", overflow="fold")
    table.add_column("pages", justify="right")
    table.add_column("read", justify="right")
    table.add_column("kept", justify="right")
    for document in documents:
        table.add_row(
            document.id,
            document.title,
            str(document.pages),
            f"{document.read:.0%}",
            size(document.stored_bytes),
        )
        if document.id in unread:
            table.add_row("", *_unread_row(unread[document.id]))
    return table


def _unread_row(version: DocumentRecord) -> tuple[str, str, str, str]:
    title = f"└ new version, not read to its end yet ({version.id})"
    return title, str(version.pages), f"{version.read:.0%}", size(version.stored_bytes)


def _facts(document: DocumentRecord, unread: DocumentRecord | None) -> list[tuple[str, str]]:
    empty = document.pages_without_text
    without = f" ({len(empty)} without text: {numbers(empty)})" if empty else ""
    reused = f", {document.reused_tokens:,} tokens of it with the version before"
    waiting = [] if unread is None else [("new one", f"{unread.read:.0%} read ({unread.id})")]
    return [
        ("id", document.id),
        ("title", document.title),
        ("version", str(document.version)),
        *waiting,
        ("file", f"{document.file_name}, {size(document.original_bytes)}"),
        ("pages", f"{document.pages}{without}"),
        ("sections", str(document.sections)),
        ("text", f"{document.characters:,} characters, {counted(document.tokens, 'token')}"),
        (
            "read",
            f"{document.read:.0%}, in {duration(document.read_seconds)}"
            f"{reused if document.reused_tokens else ''}",
        ),
        ("kept", f"{size(document.stored_bytes)}, {counted(document.snapshots, 'snapshot')}"),
        ("of it", _parts(document.stored)),
        ("per million", f"{size(document.stored_per_million)} for a million tokens"),
        ("checksum", document.state_checksum or "(not read to its end yet)"),
    ]


def _parts(stored: StoredParts) -> str:
    """What each kind of thing takes: text 1.2 MB, words 0.6 MB, ..."""
    parts = {
        "text": stored.text,
        "index of words": stored.index,
        "snapshots": stored.snapshots,
        "last state": stored.checkpoint,
        "states for a later version": stored.anchors,
        "embeddings": stored.embeddings,
        "sentences and saliences": stored.saliences,
        "states of models that write": stored.backdrops,
    }
    return ", ".join(f"{name} {size(count)}" for name, count in parts.items() if count)
