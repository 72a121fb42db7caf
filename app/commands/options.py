"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from app.errors import BadSettings
from app.output import tell
from app.present import Explained
from app.settings import Settings, read_settings

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Device = Annotated[
    Literal["auto", "cpu", "cuda"] | None,
    typer.Option("--device", help="Where the model computes; else READONCE_DEVICE, or auto."),
]
Doc = Annotated[
    str, typer.Argument(metavar="DOC", help="Its id, the id's beginning, or its title.")
]


def settings_now(
    *, as_json: bool, device: Literal["auto", "cpu", "cuda"] | None = None
) -> Settings:
    """The settings of this run, from the environment; ends the command where they are not sound.

    device: what the command line says of it, None where it says nothing.
    """
    try:
        settings = read_settings()
        return settings if device is None else settings.model_copy(update={"device": device})
    except BadSettings as error:
        tell(Explained(str(error), type(error).__name__), as_json=as_json)
        raise typer.Exit(1) from error
