"""`readonce model`: the weights that read, and published ones that write on."""

from __future__ import annotations

import re
import sys
import time
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from app.commands.options import AsJson, settings_now
from app.errors import NoSuchModel
from app.hub import download, hub_package
from app.models import SHIPPED, find, load, models, remove, take, told_weights
from app.output import aside, errors_told, people, print_json
from app.service import open_service
from app.settings import SHIPPED_MODEL, Settings
from app.wording import counted, size
from app.writing import written

if TYPE_CHECKING:
    from retnet_core.config import RetNetConfig

model = typer.Typer(no_args_is_help=True, help="The model that reads, and published ones.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="As `readonce model list` names it.")]


class Weights(Enum):
    """The kinds of retnet_core.held."""

    float32 = "float32"
    bfloat16 = "bfloat16"
    int8 = "int8"


_AGAIN = "they stay in the library, and the model in use reads them again when it is asked to."
_NOT_IMPORTED = "Stopped. Nothing was imported: run the same command again to have it done."
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")


@model.callback()
def _group() -> None:
    """The model that reads, and published ones."""


@model.command("list")
def list_models(as_json: AsJson = False) -> None:
    """List the model that reads and those imported; the one in use is marked."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json):
        found = models(settings)
    if as_json:
        print_json(
            [
                {
                    "name": each.name,
                    "path": str(each.path),
                    "job": each.job,
                    "parameters": each.parameters,
                    "stored_bytes": each.stored_bytes,
                    "in_use": each.in_use,
                }
                for each in found
            ]
        )
        return
    table = Table(box=None)
    for heading in ("", "name", "job", "parameters", "size"):
        table.add_column(heading)
    for each in found:
        mark = "→" if each.in_use else ""
        shown = f"{each.parameters:,}", size(each.stored_bytes)
        table.add_row(mark, each.name, each.job, *shown)
    people().print(table)


@model.command()
def info(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Left out: the one in use.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show how large a model is; without a name, the one that reads."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json):
        reads = name in ("", SHIPPED)
        values = _reader_facts(settings, name) if reads else _facts(find(settings, name))
    if as_json:
        print_json(values)
        return
    for key, value in values.items():
        shown = f"{value:,}" if isinstance(value, int) else value
        people().print(f"{key.replace('_', ' '):<22} {shown}")


@model.command("import")
def import_model(
    source: Annotated[str, typer.Argument(metavar="FOLDER-or-HUB-NAME", help="Or owner/name.")],
    name: Annotated[str, typer.Option("--name", help="How it is called from then on.")] = "",
    as_json: AsJson = False,
) -> None:
    """Take over a published RetNet, after checking that all of it is understood."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json, stopped=_NOT_IMPORTED):
        folder = _source(source)
        path = take(folder, settings, name or _last(source), source)
        values = {"name": path.name, **_facts(path)}
    if as_json:
        print_json(values)
    else:
        people().print(
            f"Imported {path.name}: {values['parameters']:,} parameters. "
            f"`readonce model write {path.name} TEXT` writes on."
        )


@model.command()
def delete(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete an imported model; documents that it read stay, and another one reads them again."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json), open_service(settings) as service:
        weights = told_weights(settings, name) if name != SHIPPED else ""
        read = [each for each in service.list() if weights and each.weights_fingerprint == weights]
        if not yes:
            told = f" It read {counted(len(read), 'document')}: {_AGAIN}" if read else ""
            typer.confirm(f"Delete the model {name!r}?{told}", abort=True, err=True)
        remove(settings, name)
    if as_json:
        print_json({"name": name, "deleted": True, "documents_read_by_it": [d.id for d in read]})
        return
    people().print(f"Deleted the model {name!r}.")
    if read:
        people().print(f"{counted(len(read), 'document')} read by it: {_AGAIN}")


@model.command()
def write(
    name: Name,
    prompt: Annotated[str, typer.Argument(metavar="TEXT", help="What to go on from.")],
    tokens: Annotated[int, typer.Option("--tokens", min=1, help="Write at most so many.")] = 100,
    temperature: Annotated[
        float,
        typer.Option("--temperature", min=0, max=10, help="0: always the likeliest."),
    ] = 0.0,
    top_p: Annotated[
        float,
        typer.Option("--top-p", min=0.01, max=1, help="Draw from the likeliest."),
    ] = 1.0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another one draws another text.")] = 0,
    weights: Annotated[
        Weights, typer.Option("--weights", help="How they are held: fewer bits are quicker.")
    ] = Weights.bfloat16,
    as_json: AsJson = False,
) -> None:
    """Write on from a text with an imported model."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json):
        from retnet_core.writing.sampling import Sampling

        sampling = Sampling(temperature=temperature, top_p=top_p, seed=seed)
        loaded = load(find(settings, name))
        started = time.perf_counter()
        writing = written(loaded, prompt, tokens, sampling, weights.value)
        parts = []
        for part in writing:
            parts.append(part)
            if not as_json:
                sys.stdout.write(part)
                sys.stdout.flush()
        if as_json:
            seconds = round(time.perf_counter() - started, 3)
            count = len(writing.tokens)
            print_json({"text": "".join(parts), "tokens": count, "seconds": seconds})
        else:
            sys.stdout.write("\n")


def _source(source: str) -> Path:
    """The folder named, or the one that the hub gives for the name."""
    if Path(source).is_dir():
        return Path(source)
    if not _HUB_NAME.fullmatch(source):
        raise NoSuchModel(f"{source} is neither a folder nor a name of the hub, as owner/name.")
    hub = hub_package()
    aside().print(f"Fetching {source} from the hub ...", style="dim")
    return download(source, hub)


def _last(source: str) -> str:
    return Path(source).resolve().name if Path(source).is_dir() else source.rpartition("/")[2]


def _reader_facts(settings: Settings, name: str) -> dict[str, Any]:
    from retnet_core.checkpoint import load_reader

    path = SHIPPED_MODEL if name == SHIPPED else settings.model
    loaded = load_reader(path)
    parameters = sum(weight.numel() for weight in loaded.reader.parameters())
    fingerprints = loaded.weights_fingerprint, loaded.tokenizer_fingerprint
    return _told(path, parameters, loaded.reader.config.body, fingerprints)


def _facts(path: Path) -> dict[str, Any]:
    loaded = load(path)
    parameters = sum(weight.numel() for weight in loaded.model.parameters())
    fingerprints = loaded.weights_fingerprint, loaded.tokenizer_fingerprint
    return _told(path, parameters, loaded.model.config, fingerprints)


def _told(
    path: Path, parameters: int, config: RetNetConfig, fingerprints: tuple[str, str]
) -> dict[str, Any]:
    return {
        "path": str(path),
        "parameters": parameters,
        "vocabulary": config.vocabulary,
        "width": config.width,
        "layers": config.layers,
        "heads": config.heads,
        "state_elements": config.state_elements,
        "weights_fingerprint": fingerprints[0],
        "tokenizer_fingerprint": fingerprints[1],
    }
