"""The command line in this process, the keys that scripts rely on, and how it tells of errors."""

from __future__ import annotations

from typing import Any

from typer.testing import CliRunner, Result

from app.cli import app
from tests.app.making import lines_of

ADD = {
    "id",
    "title",
    "tokens",
    "pages",
    "pages_without_text",
    "seconds",
    "tokens_per_second",
    "stored_bytes",
    "state_checksum",
    "already_known",
}
ASK = {"answer", "found", "confidence", "seconds", "startup_seconds", "citations"}
CITATION = {"document", "title", "page", "section", "sentence", "start", "end"}


def readonce(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def one_sentence(result: Result) -> bool:
    """Whether stderr is one paragraph for people, without a traceback."""
    told = result.stderr.strip()
    return bool(told) and "\n" not in told and "Traceback" not in told and told.endswith(".")


def one_error(result: Result) -> dict[str, Any]:
    error: dict[str, Any]
    (error,) = lines_of(result.stdout)
    assert set(error) >= {"error", "kind"}
    assert "Traceback" not in result.output
    return error
