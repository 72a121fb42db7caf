"""`readonce ui`: the web page, served on this computer."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
import urllib.request
import webbrowser
from importlib.util import find_spec
from typing import Annotated

import typer

from app.commands.options import AsJson, Device, settings_now
from app.errors import NotSafeToServe, PortTaken
from app.output import errors_told, people, print_json
from app.service import open_service
from app.settings import Settings
from app.users import Users

_FIRST_PORT = 8501
_PORTS = 100
_PATIENCE = 60.0
_OWN = ("localhost", "127.0.0.1", "::1")

Port = Annotated[int, typer.Option(min=0, max=65535, help="0 takes the first free from 8501 on.")]
Address = Annotated[str, typer.Option(help="Where to listen; 0.0.0.0 is the whole network.")]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Only print the address.")]


def ui(
    port: Port = 0,
    no_browser: NoBrowser = False,
    address: Address = "localhost",
    device: Device = None,
    as_json: AsJson = False,
) -> None:
    """Serve the web page until Ctrl-C."""
    settings = settings_now(as_json=as_json, device=device)
    with errors_told(settings, as_json=as_json):
        _require_safe(settings, address)
        with open_service(settings) as service:  # what cannot be used is said here, not on a page
            service.require_device()
        if port and _is_taken(port):
            raise PortTaken(
                f"Another program uses port {port} already: name another one, or leave --port out."
            )
        chosen = port or _free_port()
        opens = not no_browser and sys.stdout.isatty()
        announce = threading.Thread(target=_announce, args=(chosen, opens, as_json), daemon=True)
        announce.start()
        from app.screens.serve import serve

        os.environ["READONCE_DEVICE"] = settings.device  # the page reads its settings from there
        serve(address, chosen, settings.secrets)


def _require_safe(settings: Settings, address: str) -> None:
    """Raise NotSafeToServe where strangers could open the page, or nobody could sign in."""
    if address not in _OWN and settings.sign_in == "none":
        raise NotSafeToServe(
            f"Whoever reaches {address} could read every document. Set READONCE_SIGN_IN to "
            "password or oidc first (docs/web.md tells how), or leave --address out."
        )
    if settings.sign_in == "password" and not Users(settings.home).all():
        raise NotSafeToServe("Nobody could sign in yet: `readonce users add NAME` first.")
    if settings.sign_in == "oidc" and find_spec("authlib") is None:
        raise NotSafeToServe(
            "Signing in through a provider needs one more package: pip install 'readonce[oidc]'."
        )
    if settings.sign_in == "oidc" and not settings.secrets.is_file():
        raise NotSafeToServe(
            f"Nobody could sign in yet: say in {settings.secrets} which provider vouches for "
            "visitors (docs/web.md shows the file)."
        )


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
