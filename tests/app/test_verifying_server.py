"""Damage is found, named and mended in a server's tables as in a file."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from app.service import Service, open_service
from app.settings import Settings
from app.verifying import find_damage, repair
from storage.schema import metadata
from tests.app.damaging import prepared

pytestmark = pytest.mark.each_backend

MENDED = {
    "passage.text": "passage",
    "passage.tokens": "count",
    "layout.page_starts": "layout",
    "document.title": "document",
    "document.anchors": "anchor",
    "checkpoint.payload": "checkpoint",
    "snapshot.payload": "snapshot",
    "anchor.payload": "anchor",
    "seal.facts": "seal",
    "turn.payload": "turn",
    "backdrop.payload": "backdrop",
    "job.content": "job",
    "receipt.file_name": "job",
}
"""What one changed value is told as, in an order in which each is still there to be changed."""


def change(service: Service, place: str) -> None:
    """Change a value of the first row that has one, as a failing disk would."""
    name, column = place.split(".")
    table = metadata.tables[name]
    key, wanted = next(iter(table.primary_key)), table.c[column]
    with service.library._database.writing() as connection:
        rows = select(key, wanted).where(wanted.is_not(None)).order_by(key)
        row, value = connection.execute(rows.limit(1)).one()
        connection.execute(update(table).where(key == row).values({column: _changed(value)}))


def _changed(value: object) -> object:
    if isinstance(value, int):
        return value + 1
    if isinstance(value, list):
        return [*value, 10**6]
    if isinstance(value, str):
        middle = len(value) // 2
        return value[:middle] + chr(ord(value[middle]) ^ 1) + value[middle + 1 :]
    assert isinstance(value, bytes)
    return bytes([value[0] ^ 1]) + value[1:]


def kinds(service: Service) -> set[str]:
    return {damage.kind for damage in find_damage(service, None)}


def test_what_is_damaged_is_found_named_and_mended(settings: Settings) -> None:
    prepared(settings)
    with open_service(settings) as service:
        assert kinds(service) == set()
        for place in ("embedding.vectors", "salience.marks"):  # read again, there are none
            change(service, place)
        assert kinds(service) == {"embedding", "salience"}
        for place, kind in MENDED.items():
            change(service, place)
            assert kind in kinds(service), place
            list(repair(service, find_damage(service, None), None))
            assert kinds(service) == set(), place
        change(service, "original.content")
        assert kinds(service) == {"original"}
