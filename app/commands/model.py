"""`readonce model`: the weights that read."""

from __future__ import annotations

import typer

from app.commands.options import AsJson, settings_now
from app.output import errors_told, people, print_json

model = typer.Typer(no_args_is_help=True, help="The model that reads.")


@model.callback()
def _group() -> None:
    """The model that reads."""


@model.command()
def info(as_json: AsJson = False) -> None:
    """Show which model reads, and how large it is."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json):
        from retnet_core.checkpoint import load_reader

        loaded = load_reader(settings.model)
    body = loaded.reader.config.body
    values = {
        "path": str(settings.model),
        "parameters": sum(weight.numel() for weight in loaded.reader.parameters()),
        "vocabulary": body.vocabulary,
        "width": body.width,
        "layers": body.layers,
        "heads": body.heads,
        "state_elements": body.state_elements,
        "weights_fingerprint": loaded.weights_fingerprint,
        "tokenizer_fingerprint": loaded.tokenizer_fingerprint,
    }
    if as_json:
        print_json(values)
        return
    for name, value in values.items():
        shown = f"{value:,}" if isinstance(value, int) else value
        people().print(f"{name.replace('_', ' '):<22} {shown}")
