"""`readonce backup` and `readonce restore`: the whole library as one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.options import AsJson, settings_now
from app.errors import FileExists
from app.output import errors_told, people, print_json
from app.service import Service, open_service
from app.whole_files import written_whole
from app.wording import counted, size

File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")]


def backup(file: File, overwrite: Overwrite = False, as_json: AsJson = False) -> None:
    """Copy the whole library into one file, while it is in use, and check the copy."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json), open_service(settings) as service:
        with written_whole(file, overwrite=overwrite) as new:
            service.library.care.back_up(new)
        values = {"file": str(file), "bytes": file.stat().st_size}
    if as_json:
        print_json(values)
    else:
        people().print(f"{file}: the whole library, {size(file.stat().st_size)}.")


def restore(file: File, overwrite: Overwrite = False, as_json: AsJson = False) -> None:
    """Put a backup in the place of the library; --overwrite where that holds documents."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json):
        file.stat()  # a missing backup is said before anything else
        with open_service(settings) as service:
            _require_empty(service, overwrite=overwrite)
            service.library.care.restore(file)
            documents = len(service.list())
    if as_json:
        print_json({"file": str(file), "documents": documents})
    else:
        people().print(f"Restored {file}: {counted(documents, 'document')}.")


def _require_empty(service: Service, *, overwrite: bool) -> None:
    if not overwrite and not service.library.care.is_empty():
        raise FileExists(
            "The library holds documents, and restoring replaces all of them: make a backup of it "
            "first, and say --overwrite."
        )
