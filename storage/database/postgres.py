"""The connection to PostgreSQL: how it is opened and what a transaction is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module

from sqlalchemy import URL, Connection, Engine, Text, create_engine, event, text
from sqlalchemy.pool import ConnectionPoolEntry

from storage.database.postgres_faults import translated
from storage.errors import LibraryUnavailable
from storage.schema import Words, metadata

_WRITER = int.from_bytes(b"readonce")
"""The number of the lock of whoever writes documents, within one database of the server."""

_CONNECTIONS = 20  # of one process; a server allows 100 in all unless told otherwise
_REACHED = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds
}
"""How soon a server counts as lost that a cut cable hides: within a minute, not two hours."""
# Idle: a computer that vanished in the middle of writing must not keep the lock for hours.
_LIMITS = (
    "SET lock_timeout = '30s'; SET statement_timeout = '10min';"
    " SET idle_in_transaction_session_timeout = '60s'"
)


@dataclass(frozen=True, slots=True)
class PostgresDatabase:
    """A database of a PostgreSQL server and the connections to it."""

    engine: Engine
    name: str

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that sees one moment of the library and waits for no writer."""
        with translated(self.name), self.engine.connect() as connection:
            reader = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            with reader.begin():
                yield reader

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that is the only writer of documents until it ends.

        One lock, taken first, is what SQLite has too: no deadlock, nothing to be tried again, and
        whatever was looked up before a change still holds when the change is made. That needs
        READ COMMITTED: each statement sees what was committed before the lock was given.
        """
        with self.queueing() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER})
            yield connection

    @contextmanager
    def queueing(self) -> Iterator[Connection]:
        """One transaction beside that of a writer; rows are locked by those who take them."""
        with translated(self.name), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """The same as writing, and afterwards no column of text is sampled for statistics.

        The server keeps such samples in a table of its own, where a deleted text would live on.
        """
        with self.writing() as connection:
            _require_utf8(connection, self.name)
            yield connection
            _forbid_samples(connection)

    def tidy(self) -> None:
        """Nothing: the server's autovacuum frees the room of deleted rows for new ones."""

    def compact(self) -> None:
        """Write every table anew, so that no deleted row is left in the files of the tables."""
        with translated(self.name), self._vacuuming() as connection:
            for table in _tables(connection):
                connection.exec_driver_sql(f'VACUUM (FULL, ANALYZE) "{table}"')

    @property
    def size(self) -> int:
        """Nothing: the server looks after its files."""
        return 0

    def holds_fragments(self) -> bool:
        """What is left is the server's affair: see docs/postgresql.md."""
        return False

    @contextmanager
    def _vacuuming(self) -> Iterator[Connection]:
        """A connection outside any transaction that keeps writers away."""
        with self.engine.connect() as connection:
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            alone.detach()  # the lock and the setting end with this connection
            alone.exec_driver_sql("SET statement_timeout = 0")
            alone.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _WRITER})
            yield alone

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def connect(url: URL) -> PostgresDatabase:
    """Prepare the connections to the database that url names; none is opened yet.

    Raises LibraryUnavailable where the driver is not installed or no database is named.
    """
    _require_driver()
    if not url.database:
        raise LibraryUnavailable(
            "The library's address names no database: write it like postgresql://me@host/database."
        )
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={name: value for name, value in _REACHED.items() if name not in url.query},
        pool_pre_ping=True,  # a server that was started anew is not noticed by whoever asks next
        max_overflow=_CONNECTIONS - 5,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare)
    return PostgresDatabase(engine, _name_of(url))


def _require_driver() -> None:
    try:
        import_module("psycopg")
    except ImportError as error:
        raise LibraryUnavailable(
            "A library on PostgreSQL needs the package psycopg, which is not installed:"
            " pip install 'readonce[postgres]'."
        ) from error


def _name_of(url: URL) -> str:
    """Where the library is, without the user, the password and options that may hold one."""
    host = url.host or "localhost"
    return f"{host}:{url.port}/{url.database}" if url.port else f"{host}/{url.database}"


def _prepare(connection: object, _entry: ConnectionPoolEntry) -> None:
    with connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(_LIMITS)
    connection.commit()  # type: ignore[attr-defined]


def _require_utf8(connection: Connection, name: str) -> None:
    encoding = connection.scalar(text("SHOW server_encoding"))
    if encoding != "UTF8":
        raise LibraryUnavailable(
            f"The database {name} keeps text as {encoding}, which does not hold every language:"
            " create one with ENCODING 'UTF8' TEMPLATE template0 and name that."
        )


def _forbid_samples(connection: Connection) -> None:
    there = _tables(connection)
    for table in metadata.sorted_tables:
        for column in table.columns if table.name in there else ():
            if isinstance(column.type, Words | Text):
                connection.exec_driver_sql(
                    f'ALTER TABLE "{table.name}" ALTER "{column.name}" SET STATISTICS 0'
                )


def _tables(connection: Connection) -> list[str]:
    return list(
        connection.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1")
        )
    )
