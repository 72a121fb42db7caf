"""The command line: `readonce COMMAND`. Each command is a file in app/commands."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from app.commands.add import add
from app.commands.archive import export, import_documents
from app.commands.ask import ask
from app.commands.backup import backup, restore
from app.commands.batch import batch
from app.commands.chat import chat
from app.commands.conversations import conversations
from app.commands.doctor import doctor
from app.commands.evaluate import evaluate
from app.commands.jobs import jobs
from app.commands.library import compact, delete, list_documents, show
from app.commands.model import model
from app.commands.summarize import summarize
from app.commands.ui import ui
from app.commands.users import users
from app.commands.verify import verify
from app.commands.worker import worker

app = typer.Typer(
    name="readonce",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"readonce {version('readonce')}")
        raise typer.Exit


@app.callback()
def readonce(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="Say it and exit."),
    ] = False,
) -> None:
    """Read a document once, ask for ever after: offline, with the page of every answer."""


app.command()(add)
app.command("list")(list_documents)
app.command()(show)
app.command()(ask)
app.command()(summarize)
app.command()(chat)
app.add_typer(conversations, name="conversations")
app.command()(delete)
app.command()(compact)
app.command()(export)
app.command("import")(import_documents)
app.command()(backup)
app.command()(restore)
app.command()(verify)
app.command()(doctor)
app.add_typer(batch, name="batch")
app.add_typer(jobs, name="jobs")
app.command()(worker)
app.add_typer(model, name="model")
app.add_typer(evaluate, name="evaluate")
app.add_typer(users, name="users")
app.command()(ui)


def main() -> None:
    """Run the command that the arguments name."""
    app()
