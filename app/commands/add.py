"""`readonce add`: files and folders are stored and read, one after another."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from app.adding import Beside
from app.commands.bar import reading_bar
from app.commands.options import AsJson, settings_now
from app.errors import NothingToAdd
from app.files import hashes_by_name, load, walk
from app.interrupting import heard
from app.output import STOPPED_READING, added_json, errors_told, people, print_json, tell
from app.present import explained
from app.progress import Progress
from app.service import Service, open_service
from app.wording import counted, duration, replaced, size, without_text
from pipelines.extract.sniff import READABLE

Paths = Annotated[
    list[Path], typer.Argument(metavar="PATH...", help=f"Files, or folders of files: {READABLE}.")
]


def add(
    paths: Paths,
    keep_both: Annotated[
        bool,
        typer.Option("--keep-both", help="Keep the known document of a changed file's name too."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read documents once, and keep what was read. Stopped? Run it again, and it goes on.

    A changed file replaces the known document of its name when it has been read.
    """
    settings = settings_now(as_json=as_json)
    with (
        errors_told(settings, as_json=as_json, stopped=STOPPED_READING),
        open_service(settings) as service,
    ):
        files = list(walk(paths))
        alike = hashes_by_name(files, settings.limits)
        successes = [
            _added(service, path, Beside(keep_both, alike[path.name]), as_json=as_json)
            for path in files
        ]
        if not successes:
            raise NothingToAdd(
                f"There is no file in {' or '.join(map(str, paths))}: name another folder, or the "
                "files themselves, as hidden ones must be."
            )
        if not all(successes):
            raise typer.Exit(1)


def _added(service: Service, path: Path, beside: Beside, *, as_json: bool) -> bool:
    """Add one file; a file that cannot be added is told, and the next one follows."""
    try:
        upload = load(path, service.settings.limits)
        with (
            heard() as check,
            reading_bar(path.name) as bar,
            closing(service.add(upload, beside)) as steps,
        ):
            for step in steps:
                check()
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
        added = added_json(document, already_known=step.already_known)
        print_json({**added, "replaces": document.id if step.replaces else None})
        return
    pages = counted(document.pages, "page")
    took = f"read in {duration(document.read_seconds)}"
    known = "was known already, " if step.already_known else ""
    people().print(
        f"{document.id}  {document.title}: {known}{pages}, {took}, "
        f"{size(document.stored_bytes)} kept"
    )
    if step.replaces:
        people().print(f"              {replaced(document)}")
    if document.pages_without_text:
        people().print(f"              {without_text(document.pages_without_text, pages)}")
