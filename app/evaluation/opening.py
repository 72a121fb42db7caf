"""How a document is added and asked when it is measured: exactly as by a user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from app.adding import Beside
from app.errors import BadQuestions
from app.service import Service, open_service
from app.settings import Settings
from pipelines.document import Upload
from storage.records import DocumentRecord

if TYPE_CHECKING:
    from pipelines.evaluation.qa import Open, Opened

OURS = "readonce"

_LONGEST_NAME = 80


@contextmanager
def apart(settings: Settings) -> Iterator[Service]:
    """A service over an empty library that is gone afterwards."""
    with TemporaryDirectory() as home:
        own = settings.model_copy(update={"home": Path(home), "database_url": ""})
        with open_service(own) as service:
            yield service


def added(service: Service, title: str, text: str) -> DocumentRecord:
    """A document of plain text, read to its end; raises BadQuestions where it cannot be."""
    *_, done = service.add(Upload(_name(title), text.encode()), Beside(everything=True))
    if done.document is None:
        raise BadQuestions(f"{title!r} could not be read.")
    return done.document


def _name(title: str) -> str:
    return f"{title[:_LONGEST_NAME].replace('/', ' ')}.txt"


def opening(service: Service) -> Open:
    """How documents are added to a service and asked."""

    def open_(title: str, text: str) -> Opened:
        document = added(service, title, text)
        return opened(service, document, {OURS: service})

    return open_


def opened(service: Service, document: DocumentRecord, ways: dict[str, Service]) -> Opened:
    """A document and how it is asked: by services that each have it under the same content."""
    from pipelines.evaluation.qa import Opened

    passages = service.library.passages(document.id)
    spans = tuple((each.start, each.start + len(each.text)) for each in passages)
    asks = {name: partial(way.ask, _of(way, document.content_hash)) for name, way in ways.items()}
    return Opened(service.library.text(document.id), spans, asks)


def _of(service: Service, content_hash: str) -> DocumentRecord:
    found = service.library.by_content(service.settings.owner, content_hash)
    if found is None:
        raise LookupError(f"no document of {service.settings.owner} has this content")
    return found
