"""Serving the page with streamlit, whose own settings are in .streamlit beside streamlit_app.py."""

from __future__ import annotations

from pathlib import Path

from streamlit.web import cli

PAGE = Path(__file__).resolve().parent.parent.parent / "streamlit_app.py"


def serve(port: int) -> None:
    """Serve the page until the process is told to end."""
    options = {
        "server.port": str(port),
        "server.headless": "true",  # no questions on the terminal; the command opens the browser
        "logger.hideWelcomeMessage": "true",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    cli.main(["run", str(PAGE), *arguments], standalone_mode=False)
