"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from app.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Doc = Annotated[
    str, typer.Argument(metavar="DOC", help="Its id, the id's beginning, or its title.")
]


def settings_now() -> Settings:
    """The settings of this run, from the environment."""
    return Settings()
