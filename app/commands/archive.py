"""`readonce export` and `readonce import`: read documents as files for another library."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from app.archive.container import opened
from app.commands.options import AsJson, settings_now
from app.output import document_json, errors_told, people, print_json, tell
from app.present import explained
from app.service import Service, open_service
from app.whole_files import written_whole
from app.wording import counted, size

Docs = Annotated[list[str], typer.Argument(metavar="DOC...", help="Ids, beginnings, or titles.")]
Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Archives of readonce.")]
Out = Annotated[Path, typer.Option("--out", help="The archive, like report.readonce.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")]
Without = Annotated[
    bool, typer.Option("--without-original", help="Leave the file out that was added.")
]

WithoutTalk = Annotated[
    bool, typer.Option("--without-conversations", help="Leave out what was talked about them.")
]


def export(
    docs: Docs,
    out: Out,
    without_original: Without = False,
    without_conversations: WithoutTalk = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Write documents with what was read of them into one file for another library."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json), open_service(settings) as service:
        from app.archive.writing import write_archive

        found = {document.id: document for document in map(service.show, docs)}
        documents = sorted(found.values(), key=lambda document: document.content_hash)
        with written_whole(out, overwrite=overwrite) as new:
            write_archive(
                service,
                documents,
                new,
                with_original=not without_original,
                with_conversations=not without_conversations,
            )
        written = out.stat().st_size
    if as_json:
        ids = [document.id for document in documents]
        print_json({"file": str(out), "bytes": written, "documents": ids})
    else:
        people().print(f"{out}: {counted(len(documents), 'document')}, {size(written)}.")


def import_documents(files: Files, as_json: AsJson = False) -> None:
    """Take over documents that were read elsewhere, without reading them again."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json), open_service(settings) as service:
        successes = [_imported(service, path, as_json=as_json) for path in files]
    if not all(successes):
        raise typer.Exit(1)


def _imported(service: Service, path: Path, *, as_json: bool) -> bool:
    """Import one archive; one that is refused is told, and the next one follows."""
    from app.archive.reading import import_archive

    try:
        with opened(path) as container:
            found = import_archive(service, container)
    except Exception as error:
        tell(explained(error, service.settings.logs), as_json=as_json, file=str(path))
        return False
    for each in found:
        values = {
            **document_json(each.document, None),
            "already_known": each.already_known,
            "read_by_this_model": each.read_by_this_model,
            "left_out": each.left_out,
        }
        if as_json:
            print_json(values)
        else:
            _print(values)
    return True


def _print(values: dict[str, Any]) -> None:
    known = "was known already" if values["already_known"] else "imported"
    people().print(f"{values['id']}  {values['title']}: {known}, {values['read']:.0%} read")
    if not values["read_by_this_model"]:
        people().print(
            "              It was not read to its end by the model in use here: "
            "`readonce ask --read-again` has this one read it."
        )
    if values["left_out"]:
        left = counted(values["left_out"], "entry").replace("entrys", "entries")
        people().print(f"              {left} of a newer kind left out.")
