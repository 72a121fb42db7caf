"""`readonce users`: who may sign in to the web page with a password."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from app.commands.options import AsJson, settings_now
from app.output import errors_told, people, print_json
from app.users import Users

users = typer.Typer(
    help="Who may sign in to the web page with a password.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(help="Letters, digits and . _ @ + -.")]


@users.command("add")
def add_user(name: Name, as_json: AsJson = False) -> None:
    """Let somebody sign in; the password is asked for, or read from a line of standard input."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json):
        user = Users(settings.home).add(name, _password())
    _tell(user.name, "may sign in", as_json=as_json)


@users.command("remove")
def remove_user(name: Name, as_json: AsJson = False) -> None:
    """Let somebody sign in no more; their documents stay."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json):
        Users(settings.home).remove(name)
    _tell(name, "may sign in no more", as_json=as_json)


@users.command("list")
def list_users(as_json: AsJson = False) -> None:
    """List who may sign in."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json):
        names = list(Users(settings.home).all())
    if as_json:
        print_json({"users": names})
    else:
        people().print("\n".join(names) or "Nobody yet: `readonce users add NAME`.")


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def _tell(name: str, became: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"user": name})
    else:
        people().print(f"{name} {became}.")
