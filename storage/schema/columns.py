"""Kinds of columns, and what every table is registered with."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, MetaData, Text, TypeDecorator


def storable(words: str) -> str:
    """The words as they come back: lone surrogates, which UTF-8 cannot hold, become U+FFFD."""
    return re.sub("[\ud800-\udfff]", "\ufffd", words)


class Words(TypeDecorator[str]):
    """Text of any origin, made storable.

    PostgreSQL holds no U+0000, so it is written as U+0010 and a 0 there, and U+0010 twice.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        whole = None if value is None else storable(value)
        if whole is None or dialect.name != "postgresql":
            return whole
        return whole.replace("\x10", "\x10\x10").replace("\0", "\x100")

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[str | None], str | None] | None:
        # None where nothing is to be done: a list of 10,000 documents reads 50,000 such columns.
        return _without_escapes if dialect.name == "postgresql" else None


def _without_escapes(value: str | None) -> str | None:
    if value is None or "\x10" not in value:
        return value
    return re.sub("\x10(.)", lambda found: found[1].replace("0", "\0"), value)


class Moment(TypeDecorator[datetime]):
    """A time with its zone outside, the same time in UTC inside."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], datetime | None]:
        return _from_iso if dialect.name == "sqlite" else _in_utc


def _in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.replace(tzinfo=UTC)


def _from_iso(value: str | None) -> datetime | None:
    # SQLite keeps moments as text, which this reads several times as fast as SQLAlchemy does.
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


metadata = MetaData()
