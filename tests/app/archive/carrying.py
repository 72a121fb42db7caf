"""Out of one library and into another, as an archive."""

from __future__ import annotations

from pathlib import Path

from app.archive.container import opened
from app.archive.reading import Imported, import_archive
from app.archive.writing import write_archive
from app.service import Service, open_service
from app.settings import Settings
from tests.app.damaging import TITLE


def exported(settings: Settings, path: Path, *, with_original: bool = True) -> bytes:
    with open_service(settings) as service:
        write_archive(service, [service.show(TITLE)], path, with_original=with_original)
    return path.read_bytes()


def taken(service: Service, folder: Path, content: bytes) -> list[Imported]:
    path = folder / "arriving.readonce"
    path.write_bytes(content)
    with opened(path) as container:
        return import_archive(service, container)
