"""A reader in a folder: config.json, model.safetensors, tokenizer.model, perhaps a README.md.

config.json is {"format": 1, "reader": {...}, "weights": ..., "tokenizer": ...}. The last two are
the fingerprints of the other files: where they stand, a flipped bit in those files is found.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from retnet_core.config import ReaderConfig
from retnet_core.errors import InvalidCheckpoint
from retnet_core.held import Kind
from retnet_core.holding import hold
from retnet_core.reader import Reader
from retnet_core.tensors import fingerprint, shape_text
from retnet_core.tokenizer import Tokenizer

FORMAT = 1
CONFIG, WEIGHTS, TOKENIZER, CARD = (
    "config.json",
    "model.safetensors",
    "tokenizer.model",
    "README.md",
)


@dataclass(frozen=True, slots=True, eq=False)
class LoadedReader:
    """A reader ready for use, and the fingerprints that its states carry."""

    reader: Reader
    tokenizer: Tokenizer
    weights_fingerprint: str
    tokenizer_fingerprint: str


def save_reader(
    folder: Path,
    reader: Reader,
    tokenizer_path: Path,
    dtype: torch.dtype = torch.bfloat16,
    card: str | None = None,
) -> str:
    """Write the folder anew, whole or not at all; gives the fingerprint of the weights.

    Without a card the README.md that the folder already has is kept.
    """
    tensors = {name: w.detach().to("cpu", dtype).contiguous() for name, w in _weights(reader)}
    values = reader.config.to_dict()
    pieces = tokenizer_path.read_bytes()
    names = {"weights": fingerprint(values, tensors), "tokenizer": Tokenizer(pieces).fingerprint}
    whole = {"format": FORMAT, "reader": values, **names}
    config = (json.dumps(whole, indent=1) + "\n").encode()
    files = {CONFIG: config, WEIGHTS: save(tensors), TOKENIZER: pieces}
    if card is not None:
        files[CARD] = card.encode()
    elif (folder / CARD).is_file():
        files[CARD] = (folder / CARD).read_bytes()
    _replace(folder, files)
    return names["weights"]


def load_reader(
    folder: Path,
    device: str = "cpu",
    dtype: torch.dtype = torch.float32,
    held: Kind | None = None,
) -> LoadedReader:
    """The reader of a folder, for inference; raises InvalidCheckpoint.

    held: how its body is held (holding.py), quicker and for good; None leaves it as it was trained.
    """
    for name in (CONFIG, WEIGHTS, TOKENIZER):
        if not (folder / name).is_file():
            raise InvalidCheckpoint(
                f"{folder} is not a reader: it has no file {name}. Give a folder that holds "
                f"{CONFIG}, {WEIGHTS} and {TOKENIZER}."
            )
    config, promised = _config(folder)
    pieces = (folder / TOKENIZER).read_bytes()
    _keep(folder, TOKENIZER, hashlib.sha256(pieces).hexdigest(), promised.get("tokenizer"))
    tokenizer = _tokenizer(folder, pieces, config.body.vocabulary)
    tensors = _tensors(folder)
    reader = _fitted(folder, config, tensors)
    found = fingerprint(config.to_dict(), tensors)
    _keep(folder, WEIGHTS, found, promised.get("weights"))
    reader = reader.to(device=device, dtype=dtype).requires_grad_(False).eval()
    if held is not None:
        hold(reader.body, held)
    return LoadedReader(reader, tokenizer, found, tokenizer.fingerprint)


def _keep(folder: Path, name: str, found: str, promised: str | None) -> None:
    if promised not in (None, found):
        raise _invalid(folder, f"{name} is not the file that {CONFIG} names")


def _weights(reader: Reader) -> list[tuple[str, Tensor]]:
    """Each weight once: a tied head is the embedding and has no tensor of its own."""
    return list(reader.named_parameters())


def _config(folder: Path) -> tuple[ReaderConfig, dict[str, str]]:
    """The shape of the reader, and the fingerprints that were written with it."""
    try:
        values = json.loads((folder / CONFIG).read_bytes())
        if values["format"] != FORMAT:
            raise _invalid(folder, f"its format is {values['format']!r}, and this is for {FORMAT}")
        return ReaderConfig.from_dict(values["reader"]), values
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _invalid(folder, f"{CONFIG} cannot be understood ({error})") from error


def _tensors(folder: Path) -> dict[str, Tensor]:
    try:
        with safe_open(folder / WEIGHTS, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise _invalid(folder, f"{WEIGHTS} is damaged or cut off ({error})") from error


def _fitted(folder: Path, config: ReaderConfig, tensors: dict[str, Tensor]) -> Reader:
    """A reader of these very tensors, once all are there and each has its shape."""
    reader = _without_memory(folder, config, len(tensors))
    expected = {name: tuple(weight.shape) for name, weight in _weights(reader)}
    found = {name: tuple(t.shape) for name, t in tensors.items() if t.is_floating_point()}
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            raise _invalid(
                folder,
                f"the tensor {name} is {shape_text(found, name)} in {WEIGHTS} and "
                f"{shape_text(expected, name)} by {CONFIG}",
            )
    reader.load_state_dict(tensors, strict=False, assign=True)
    reader.body.tie_head()
    return reader


def _without_memory(folder: Path, config: ReaderConfig, tensors: int) -> Reader:
    """A reader of shapes only: it takes no memory however large they are, and no random numbers."""
    if config.body.layers + config.pointer_layers > tensors:
        raise _invalid(folder, f"{CONFIG} names more layers than {WEIGHTS} has tensors")
    try:
        with torch.device("meta"):
            return Reader(config)
    except (RuntimeError, TypeError, OverflowError) as error:
        raise _invalid(folder, f"{CONFIG} holds sizes that cannot be") from error


def _tokenizer(folder: Path, pieces: bytes, vocabulary: int) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_bytes(pieces)
    except (RuntimeError, ValueError) as error:
        raise _invalid(folder, f"{TOKENIZER} is damaged") from error
    if tokenizer.vocab_size != vocabulary:
        raise _invalid(
            folder,
            f"{TOKENIZER} has {tokenizer.vocab_size} pieces and the weights are for {vocabulary}",
        )
    return tokenizer


def _replace(folder: Path, files: Mapping[str, bytes]) -> None:
    """A new folder beside the old one takes its name: nobody ever sees half of it."""
    folder = folder.resolve()
    mark = uuid4().hex[:8]
    new, old = (folder.with_name(f".{folder.name}.{mark}.{which}") for which in ("new", "old"))
    new.mkdir(parents=True)
    try:
        for name, content in files.items():
            _write(new / name, content)
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _invalid(folder: Path, why: str) -> InvalidCheckpoint:
    return InvalidCheckpoint(f"{folder} is not a usable reader: {why}. Get or train it again.")
