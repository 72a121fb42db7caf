"""`readonce ui`: the web page, served on this computer."""

from __future__ import annotations

import socket
import sys
import threading
import time
import urllib.request
import webbrowser
from typing import Annotated

import typer

from app.commands.options import AsJson, settings_now
from app.errors import PortTaken
from app.output import errors_told, people, print_json
from app.service import open_service

_FIRST_PORT = 8501
_PORTS = 100
_PATIENCE = 60.0

Port = Annotated[int, typer.Option(min=0, max=65535, help="0 takes the first free from 8501 on.")]
Address = Annotated[
    str, typer.Option(help="Whoever reaches this address reads your documents: there is no login.")
]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Only print the address.")]


def ui(
    port: Port = 0,
    address: Address = "localhost",
    no_browser: NoBrowser = False,
    as_json: AsJson = False,
) -> None:
    """Serve the web page until Ctrl-C."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json):
        with open_service(settings):
            pass  # a library that cannot be used is said here, not on a page that stays empty
        if port and _is_taken(port):
            raise PortTaken(
                f"Another program uses port {port} already: name another one, or leave --port out."
            )
        chosen = port or _free_port()
        opens = not no_browser and sys.stdout.isatty()
        announce = threading.Thread(target=_announce, args=(chosen, opens, as_json), daemon=True)
        announce.start()
        from app.screens.serve import serve

        serve(chosen, address)


def _free_port() -> int:
    ports = range(_FIRST_PORT, _FIRST_PORT + _PORTS)
    return next((port for port in ports if not _is_taken(port)), _FIRST_PORT)


def _is_taken(port: int) -> bool:
    """Whether anything answers at this port, under any address of this computer's own."""
    try:
        socket.create_connection(("localhost", port), timeout=1).close()
    except OSError:
        return False
    return True


def _announce(port: int, opens: bool, as_json: bool) -> None:
    """Once the server answers, say where, and open a browser where a person is at a terminal."""
    url = f"http://localhost:{port}"
    if not _answers(f"{url}/_stcore/health"):
        return
    if as_json:
        print_json({"url": url})
    else:
        people().print(f"readonce is at {url}  (Ctrl-C ends it)")
        sys.stdout.flush()
    if opens:
        webbrowser.open(url)


def _answers(url: str) -> bool:
    give_up = time.monotonic() + _PATIENCE
    while time.monotonic() < give_up:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return True
        except OSError:
            time.sleep(0.1)
    return False
