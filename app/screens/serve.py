"""Serving the page with streamlit, whose own settings are in .streamlit beside streamlit_app.py."""

from __future__ import annotations

from pathlib import Path

from streamlit.web import cli

PAGE = Path(__file__).resolve().parent.parent.parent / "streamlit_app.py"
SCRIPT = Path(__file__).resolve().parent / "script.py"


def serve(address: str, port: int, secrets: Path) -> None:
    """Serve the page until the process is told to end; secrets: what the provider is asked with."""
    given = options(address, port, secrets)
    arguments = [part for name, value in given.items() for part in (f"--{name}", value)]
    cli.main(["run", str(PAGE), *arguments], standalone_mode=False)


def options(address: str, port: int, secrets: Path) -> dict[str, str]:
    """What must hold even where the page is served without its .streamlit folder."""
    return {
        "server.port": str(port),
        "server.address": address,
        "server.headless": "true",  # no questions on the terminal; the command opens the browser
        "client.showErrorDetails": "none",
        "browser.gatherUsageStats": "false",
        "logger.hideWelcomeMessage": "true",
        # With the model in memory that takes a tenth of a second, at each look at a page.
        "runner.postScriptGC": "false",
        "secrets.files": str(secrets),
    }
