"""`readonce ui` as a process of its own, on a free port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from app.settings import Settings
from app.supervisor import child_environment


@contextmanager
def served(settings: Settings, port: int = 0) -> Iterator[str]:
    """The address of a server with these settings, ended with the block."""
    with running(settings, port) as (url, _):
        yield url


@contextmanager
def running(
    settings: Settings, port: int = 0, before: str = ""
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The same, and the process, which may be ended before; it runs this code first."""
    server, url = serving(settings, port, before)
    try:
        yield url, server
    finally:
        server.terminate()
        server.wait(30)


def free_port() -> int:
    """A port that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


def serving(
    settings: Settings, port: int = 0, before: str = ""
) -> tuple[subprocess.Popen[bytes], str]:
    """A server with these settings that answers, the first of a group of processes; its address."""
    port = port or free_port()
    command = f"{before}\nfrom app.cli import main; main()"
    server = subprocess.Popen(
        [sys.executable, "-c", command, "ui", "--port", str(port), "--no-browser"],
        env={**os.environ, **child_environment(settings)},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    url = f"http://localhost:{port}"
    _wait_for(f"{url}/_stcore/health", server)
    return server, url


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + 90
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except OSError:
            assert server.poll() is None, "the server ended before it answered"
            assert time.monotonic() < give_up, "the server does not answer"
            time.sleep(0.2)
