"""`readonce add`: files and folders are stored and read, one after another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.bar import ReadingBar
from app.commands.options import AsJson, settings_now
from app.errors import NothingToAdd
from app.files import load, walk
from app.output import STOPPED_READING, added_json, errors_told, people, print_json, tell
from app.present import explained
from app.progress import Progress
from app.service import Service, open_service
from app.wording import counted, duration, size, without_text
from pipelines.extract.limits import Limits

Paths = Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files, or folders of files.")]


def add(paths: Paths, as_json: AsJson = False) -> None:
    """Read documents once, and keep what was read. Stopped? Run it again, and it goes on."""
    settings = settings_now(as_json=as_json)
    with (
        errors_told(settings, as_json=as_json, stopped=STOPPED_READING),
        open_service(settings) as service,
    ):
        successes = [_added(service, path, as_json=as_json) for path in walk(paths)]
        if not successes:
            raise NothingToAdd(
                f"There is no file in {' or '.join(map(str, paths))}: name another folder, or the "
                "files themselves, as hidden ones must be."
            )
        if not all(successes):
            raise typer.Exit(1)


def _added(service: Service, path: Path, *, as_json: bool) -> bool:
    """Add one file; a file that cannot be added is told, and the next one follows."""
    try:
        with ReadingBar(path.name) as bar:
            upload = load(path, Limits())
            for step in service.add(upload):
                bar.show(step)
        _report(step, as_json=as_json)
    except Exception as error:
        tell(explained(error, service.settings.logs), as_json=as_json, file=str(path))
        return False
    return True


def _report(step: Progress, *, as_json: bool) -> None:
    document = step.document
    assert document is not None, "the last step carries the document"
    if as_json:
        print_json(added_json(document, already_known=step.already_known))
        return
    pages = counted(document.pages, "page")
    took = f"read in {duration(document.read_seconds)}"
    known = "was known already, " if step.already_known else ""
    people().print(
        f"{document.id}  {document.title}: {known}{pages}, {took}, "
        f"{size(document.stored_bytes)} kept"
    )
    if document.pages_without_text:
        people().print(f"              {without_text(document.pages_without_text, pages)}")
