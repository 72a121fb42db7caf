"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from app.errors import BadSettings
from app.output import tell
from app.present import Explained
from app.settings import Settings, read_settings

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Doc = Annotated[
    str, typer.Argument(metavar="DOC", help="Its id, the id's beginning, or its title.")
]


def settings_now(*, as_json: bool) -> Settings:
    """The settings of this run, from the environment; ends the command where they are not sound."""
    try:
        return read_settings()
    except BadSettings as error:
        tell(Explained(str(error), type(error).__name__), as_json=as_json)
        raise typer.Exit(1) from error
