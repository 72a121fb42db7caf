"""The models of a home: the one that reads, and published ones that were imported."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from app.errors import ModelExists, ModelInUse, NoSuchModel
from app.settings import SHIPPED_MODEL, Settings, private_folder
from retnet_core.errors import InvalidCheckpoint

if TYPE_CHECKING:
    from retnet_core.layouts.published import LoadedModel, Published

SHIPPED = "shipped"
RECORD = "imported.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_BESIDE = ("config.json", "model.safetensors.index.json", "tokenizer.model")
_ALSO = ("tokenizer_config.json", "README.md", "LICENSE", "LICENSE.txt", "LICENSE.md")


@dataclass(frozen=True, slots=True)
class Model:
    """One model as a list shows it. job: "reads" documents, "writes" on, or "damaged"."""

    name: str
    path: Path
    job: str
    parameters: int
    stored_bytes: int
    in_use: bool


def models(settings: Settings) -> list[Model]:
    """The shipped model, the one that READONCE_MODEL names, and those imported, by name."""
    readers = dict.fromkeys((SHIPPED_MODEL, settings.model))
    found = [_reader(path, settings) for path in readers]
    folders = settings.models.iterdir() if settings.models.is_dir() else ()
    imported = sorted(path for path in folders if _NAME.fullmatch(path.name))
    return found + [_imported(path) for path in imported if path not in readers]


def find(settings: Settings, name: str) -> Path:
    """The folder of an imported model; NoSuchModel where there is none of this name."""
    path = settings.models / name
    if not _NAME.fullmatch(name) or not path.is_dir():
        raise NoSuchModel(f"There is no imported model {name!r}: `readonce model list` shows all.")
    return path


def load(path: Path) -> LoadedModel:
    """An imported model as it is stored; InvalidCheckpoint where it is not what was imported."""
    from retnet_core.layouts.published import load_published

    loaded = load_published(path)
    told = _record(path)
    found = {"weights": loaded.weights_fingerprint, "tokenizer": loaded.tokenizer_fingerprint}
    if {name: told.get(name) for name in found} != found:
        raise InvalidCheckpoint(
            f"{path} does not hold what was imported: run `readonce model delete {path.name}` "
            "and import it again."
        )
    return loaded


def take(source: Path, settings: Settings, name: str, origin: str) -> Path:
    """Import a published folder under a name, whole or not at all; gives its new folder.

    Files on the same disk are linked and take no second place. Everything is checked first:
    raises InvalidCheckpoint, ModelExists, or NoSuchModel for a name that cannot be one.
    """
    from retnet_core.layouts.published import load_published, open_published

    target = _target(settings, name)
    found = open_published(source)
    private_folder(settings.models)
    new = target.with_name(f".{name}.{uuid4().hex[:8]}.new")
    new.mkdir()
    try:
        for file in _files(found):
            _placed(file, new / file.name)
        loaded = load_published(new)
        record = {
            "from": origin,
            "weights": loaded.weights_fingerprint,
            "tokenizer": loaded.tokenizer_fingerprint,
        }
        (new / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        new.rename(target)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return target


def remove(settings: Settings, name: str) -> None:
    """Delete an imported model, whole; raises NoSuchModel, or ModelInUse for the one that reads."""
    if name == SHIPPED:
        raise ModelInUse("The shipped model is part of readonce and cannot be deleted.")
    path = find(settings, name)
    if path == settings.model:
        raise ModelInUse(
            f"READONCE_MODEL names {name!r}, so it reads your documents: set that variable to "
            "another model first."
        )
    if name == settings.writer:
        raise ModelInUse(
            f"READONCE_WRITER names {name!r}, so it writes your answers: set that variable to "
            "another model, or to none, first."
        )
    gone = path.with_name(f".{name}.{uuid4().hex[:8]}.gone")
    path.rename(gone)
    shutil.rmtree(gone)


def told_weights(settings: Settings, name: str) -> str:
    """The fingerprint of the weights that were imported; "" where the record is lost."""
    return str(_record(find(settings, name)).get("weights", ""))


def _target(settings: Settings, name: str) -> Path:
    if not _NAME.fullmatch(name) or name == SHIPPED:
        raise NoSuchModel(
            f"{name!r} cannot be the name of a model: give another with --name, of letters, "
            "digits, dots and hyphens."
        )
    target = settings.models / name
    if target.exists():
        raise ModelExists(
            f"There is a model {name!r} already: run `readonce model delete {name}` first, or "
            "give another --name."
        )
    return target


def _files(found: Published) -> list[Path]:
    """The files of a published folder that are kept, its licence among them."""
    beside = [found.folder / name for name in (*_BESIDE, *_ALSO)]
    weights = {tensor.file for tensor in found.stored.values()}
    return [path for path in beside if path.is_file()] + sorted(weights)


def _placed(file: Path, target: Path) -> None:
    """The same file at another place, linked where the system can."""
    file = file.resolve()  # the hub's folders hold links to its own store
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)


def _record(path: Path) -> dict[str, object]:
    try:
        record = json.loads((path / RECORD).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _imported(path: Path) -> Model:
    from retnet_core.layouts.published import open_published

    try:
        parameters, job = open_published(path).parameters, "writes"
    except InvalidCheckpoint:
        parameters, job = 0, "damaged"
    return Model(path.name, path, job, parameters, _bytes_of(path), in_use=False)


def _reader(path: Path, settings: Settings) -> Model:
    from retnet_core.layouts.stored import stored_tensors

    try:
        shapes = [tensor.shape for tensor in stored_tensors(path).values()]
        parameters, job = sum(map(prod, shapes)), "reads"
    except InvalidCheckpoint:
        parameters, job = 0, "damaged"
    name = SHIPPED if path == SHIPPED_MODEL else path.name
    return Model(name, path, job, parameters, _bytes_of(path), in_use=path == settings.model)


def _bytes_of(path: Path) -> int:
    return sum(each.stat().st_size for each in _inside(path))


def _inside(path: Path) -> Iterator[Path]:
    yield from (each for each in path.glob("*") if each.is_file())
