"""What only a server can do to a library, and what the user reads then."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, make_url, text

from storage.errors import LibraryDamaged, LibraryUnavailable, StorageError
from storage.library import Library, open_library
from tests.server import Server, plain, schema_of
from tests.storage.children import ROOT
from tests.storage.making import Clock, add, holding


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    address = server.new()
    yield address
    server.drop(address)


@pytest.fixture
def ours(server: Server) -> Server:
    """A server whose files and process belong to the tests."""
    if server.folder is None:
        pytest.skip("READONCE_TEST_DATABASE_URL names a server of somebody else")
    return server


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_each_way_to_write_the_address_is_taken(url: str, scheme: str) -> None:
    with open_library(f"{scheme}:{url.partition(':')[2]}") as library:
        assert library.list("ann") == ()


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:s3cret@127.0.0.1:1/db",
        "postgres://me:s3cret@no-such-host.invalid/db",
        "postgresql://me@127.0.0.1:1/db?password=s3cret",
        "postgresql://me:s3cret@127.0.0.1:1",
        "postgresql://me:s3cret@127.0.0.1:1/db?sslmode=s3cret",
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_its_password(address: str) -> None:
    with pytest.raises(LibraryUnavailable, match=r"cannot be reached|names no database") as caught:
        open_library(address)
    if "sslmode" not in address:
        assert "s3cret" not in str(caught.value)


def test_a_database_that_is_not_there_is_named(server: Server) -> None:
    with pytest.raises(LibraryUnavailable, match=r"/nowhere cannot be reached.*nowhere.*see that"):
        open_library(plain(server.url.set(database="nowhere")))


WITHOUT_DRIVER = """
import sys
sys.modules["psycopg"] = None
from storage.errors import LibraryUnavailable
from storage.library import open_library
try:
    open_library("postgresql://me@localhost/db")
except LibraryUnavailable as error:
    print(error)
"""


def test_without_the_driver_the_user_reads_how_to_install_it() -> None:
    command = [sys.executable, "-c", WITHOUT_DRIVER]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "pip install 'readonce[postgres]'" in printed


def test_the_tables_of_another_program_are_left_alone(url: str) -> None:
    with psycopg.connect(url) as other:
        other.execute("CREATE TABLE recipes (name text)")
    with pytest.raises(LibraryDamaged, match="another program"):
        open_library(url)
    with psycopg.connect(url) as other:
        assert other.execute("SELECT * FROM recipes").fetchall() == []
        assert other.execute("SELECT to_regclass('document')").fetchone() == (None,)


def test_a_library_of_a_newer_program_is_left_alone(url: str) -> None:
    open_library(url).close()
    with psycopg.connect(url) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LibraryUnavailable, match=r"newer readonce.*upgrade readonce"):
        open_library(url)


def test_a_database_that_does_not_hold_every_language_is_refused(server: Server) -> None:
    server.run("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    with pytest.raises(LibraryUnavailable, match=r"LATIN1.*ENCODING 'UTF8'"):
        open_library(plain(server.url.set(database="latin")))
    server.run("DROP DATABASE latin WITH (FORCE)")


def test_a_user_without_rights_reads_what_is_missing(server: Server, url: str) -> None:
    server.run("CREATE ROLE stranger LOGIN")
    server.run(f"GRANT USAGE ON SCHEMA {schema_of(url)} TO stranger")
    with pytest.raises(LibraryUnavailable, match="refuses its user the right"):
        open_library(plain(make_url(url).set(username="stranger")))
    server.run("DROP OWNED BY stranger; DROP ROLE stranger")


def with_setting(library: Library, setting: str) -> Library:
    """The library, with a setting for each of its connections."""

    def apply(connection: psycopg.Connection, _entry: object) -> None:
        connection.execute(f"SET {setting}")
        connection.commit()

    event.listen(library._database.engine, "connect", apply)
    library._database.engine.dispose()
    return library


def test_a_server_that_takes_no_changes_is_told(url: str) -> None:
    with open_library(url) as opened:
        library = with_setting(opened, "default_transaction_read_only = on")
        with pytest.raises(LibraryUnavailable, match="cannot be written: name the main server"):
            add(library, "text")
        assert library.list("ann") == ()


def test_a_server_started_anew_between_two_calls_is_not_noticed(ours: Server, url: str) -> None:
    with open_library(url, Clock()) as library:
        record = add(library, "kept")
        ours.restart()
        assert library.list("ann") == (record,)
        add(library, "and more")


def test_a_connection_lost_inside_a_transaction_changes_nothing_and_the_next_call_works(
    ours: Server, url: str
) -> None:
    with open_library(url, Clock()) as library:
        record = add(library, "kept")

        def half_done() -> None:
            with library._database.writing() as connection:
                connection.execute(text("DELETE FROM passage"))
                ours.restart()
                connection.execute(text("DELETE FROM document"))

        with pytest.raises(LibraryUnavailable, match="was lost: see that the server runs"):
            half_done()
        assert library.text(record.id) == "kept"
        add(library, "and more")


def test_a_writer_waits_for_another_but_heartbeats_and_readers_do_not(url: str) -> None:
    with open_library(url) as library, open_library(url) as other:
        upload = library.queue.enqueue("ann", "a.pdf", b"x")
        adding = threading.Thread(target=lambda: add(other, "text"))
        with library._database.writing():
            adding.start()
            other.queue.beat("worker")
            claimed = other.queue.claim("worker")
            assert claimed is not None
            assert claimed[0].id == upload.id
            time.sleep(0.2)
            assert other.list("ann") == ()
            assert adding.is_alive()
        adding.join()
        assert len(library.list("ann")) == 1


def test_a_lock_that_is_never_given_back_ends_in_a_sentence(url: str) -> None:
    with open_library(url) as holder, open_library(url) as library:
        waiting = with_setting(library, "lock_timeout = '100ms'")
        with (
            holder._database.writing(),
            pytest.raises(LibraryUnavailable, match="has been locked by another program"),
        ):
            add(waiting, "text")
        add(waiting, "text")


def test_a_statement_that_takes_too_long_ends_in_a_sentence(url: str) -> None:
    with open_library(url) as opened:
        library = with_setting(opened, "statement_timeout = '100ms'")
        with (
            pytest.raises(LibraryUnavailable, match="took too long"),
            library._database.reading() as connection,
        ):
            connection.execute(text("SELECT pg_sleep(5)"))


def test_a_computer_that_vanished_while_it_wrote_does_not_keep_the_lock(url: str) -> None:
    with open_library(url) as holder, open_library(url) as library:
        vanished = with_setting(holder, "idle_in_transaction_session_timeout = '100ms'")

        def vanish() -> None:
            with vanished._database.writing() as connection:
                add(library, "text")
                connection.execute(text("SELECT 1"))

        with pytest.raises(LibraryUnavailable, match="was lost"):
            vanish()
        assert len(library.list("ann")) == 1


def test_a_reader_sees_one_moment(url: str) -> None:
    with open_library(url) as library, library._database.reading() as reader:
        count = text("SELECT count(*) FROM document")
        assert reader.scalar(count) == 0
        add(library, "text")
        assert reader.scalar(count) == 0


def test_an_error_that_nobody_foresaw_quotes_no_row(url: str) -> None:
    with open_library(url) as library:
        add(library, "text", title="private title")
        with psycopg.connect(url) as vandal:
            vandal.execute("ALTER TABLE document ADD CHECK (owner != 'bob')")
        with pytest.raises(StorageError, match="refused what was asked of it") as caught:
            add(library, "text", owner="bob", title="private title")
        assert "private" not in str(caught.value)


def test_a_deleted_text_is_neither_in_the_files_nor_in_the_statistics(
    ours: Server, url: str
) -> None:
    word = "bqvxzkjwfhcbqvxz"
    with open_library(url) as library:
        kept = add(library, *(f"kept passage {number}" for number in range(20)))
        gone = add(library, *(f"{word} {number}" for number in range(20)), title=word)
        analyze_and_write_out(url)
        assert files_with(ours, word) != []
        assert files_with(ours, "kept passage 1") != []
        library.delete("ann", gone.id)
        with psycopg.connect(url) as connection:
            samples = "SELECT count(*) FROM pg_stats WHERE pg_stats::text LIKE %s"
            assert connection.execute(samples, (f"%{word}%",)).fetchone() == (0,)
        library.compact()
        analyze_and_write_out(url)
        assert files_with(ours, word) == []
        assert holding(library, kept.id, "19") == [19]


def analyze_and_write_out(url: str) -> None:
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute("ANALYZE")
        connection.execute("CHECKPOINT")


def files_with(server: Server, word: str) -> list[Path]:
    """The files of tables and indexes whose bytes hold the word."""
    assert server.folder is not None
    files = [path for path in (server.folder / "base").rglob("*") if path.is_file()]
    return [path for path in files if word.encode() in path.read_bytes()]
