"""Loading a published folder: first everything is checked, then its weights are mapped."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from retnet_core.errors import InvalidCheckpoint
from retnet_core.layouts import fla, torchscale
from retnet_core.layouts.layout import Layout, Place
from retnet_core.layouts.stored import Stored, reading, stored_tensors
from retnet_core.model import RetNet
from retnet_core.plain_tokenizer import PlainTokenizer
from retnet_core.tensors import Fingerprint, Shape, shape_text

CONFIG, TOKENIZER, TOKENIZER_CONFIG = "config.json", "tokenizer.model", "tokenizer_config.json"
_TYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """A folder found sound: its layout, the place of each weight and its tokenizer, if any."""

    folder: Path
    layout: Layout
    places: dict[str, Place]
    stored: dict[str, Stored]
    tokenizer: PlainTokenizer | None

    @property
    def parameters(self) -> int:
        """How many numbers the weights are."""
        return sum(torch.Size(place.shape).numel() for place in self.places.values())

    @property
    def dtype(self) -> torch.dtype:
        """The type of the stored embedding."""
        stored = self.places["embeddings.weight"].stored
        return _TYPES[self.stored[stored or ""].type]


@dataclass(frozen=True, slots=True, eq=False)
class LoadedModel:
    """A published RetNet ready for use, and the fingerprints that its states carry.

    tokenizer is None, and its fingerprint "", where the folder has no tokenizer.model.
    """

    model: RetNet
    tokenizer: PlainTokenizer | None
    weights_fingerprint: str
    tokenizer_fingerprint: str


def load_published(
    folder: Path, device: str = "cpu", dtype: torch.dtype | None = None
) -> LoadedModel:
    """The model of a folder, for inference; raises InvalidCheckpoint.

    dtype None is the type of the stored embedding. Weights that are stored in the wished type, on
    a CPU, are the mapped file itself; others are converted one at a time. The fingerprint is of
    the weights as they are stored: it is the same whatever dtype is wished.
    """
    found = open_published(folder)
    model = _without_memory(found.layout)
    weights, fingerprint = _weights(found, device, dtype or found.dtype)
    model.load_state_dict(weights, strict=False, assign=True)
    model.tie_head()
    tokenizer = found.tokenizer
    return LoadedModel(
        model.requires_grad_(False).eval(),
        tokenizer,
        fingerprint,
        tokenizer.fingerprint if tokenizer else "",
    )


def open_published(folder: Path) -> Published:
    """Check config, tokenizer and the shape of every tensor, without reading any weight.

    Raises InvalidCheckpoint with a sentence that names what does not fit.
    """
    try:
        layout = _layout(folder)
        stored = stored_tensors(folder)
        places = _places(layout, stored)
        tokenizer = _tokenizer(folder, layout.config.vocabulary)
    except InvalidCheckpoint as error:
        raise _unusable(folder, error) from error
    return Published(folder, layout, places, stored, tokenizer)


def layout_of(folder: Path) -> Layout:
    """What the config.json of a folder says, whatever else is there; raises InvalidCheckpoint."""
    try:
        return _layout(folder)
    except InvalidCheckpoint as error:
        raise _unusable(folder, error) from error


def _unusable(folder: Path, error: InvalidCheckpoint) -> InvalidCheckpoint:
    return InvalidCheckpoint(f"{folder} cannot be loaded as a RetNet: {error}.")


def _layout(folder: Path) -> Layout:
    values = _json(folder / CONFIG)
    try:
        if "decoder_retention_heads" in values:
            return torchscale.layout(values)
        if values.get("model_type") == "retnet":
            return fla.layout(values)
    except (ValueError, OverflowError) as error:
        raise InvalidCheckpoint(f"its {CONFIG} holds sizes that cannot be ({error})") from error
    raise InvalidCheckpoint(
        f"its {CONFIG} is of model_type {values.get('model_type')!r}, and only fla's retnet and "
        "torchscale's RetNetConfig are known"
    )


def _json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise InvalidCheckpoint(f"it has no file {path.name}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidCheckpoint(f"its {path.name} cannot be understood") from error
    if not isinstance(values, dict):
        raise InvalidCheckpoint(f"its {path.name} cannot be understood")
    return values


def _places(layout: Layout, stored: dict[str, Stored]) -> dict[str, Place]:
    """The place of every weight, once all are there, each in its shape, and no other tensors."""
    if layout.config.layers > len(stored):
        raise InvalidCheckpoint(f"{CONFIG} names more layers than there are tensors")
    model = _without_memory(layout)
    wanted = {name: tuple(weight.shape) for name, weight in model.named_parameters()}
    places = layout.places(wanted, stored.keys())
    expected = {place.stored: place.shape for place in places.values() if place.stored}
    found = {name: each.shape for name, each in stored.items() if name not in layout.spare}
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            raise InvalidCheckpoint(_difference(name, expected, found))
    return places


def _difference(name: str, expected: dict[str, Shape], found: dict[str, Shape]) -> str:
    if name not in expected:
        return f"the tensor {name} has no place in such a model"
    return f"the tensor {name} is {shape_text(found, name)}, and {shape_text(expected, name)} " + (
        f"by {CONFIG}"
    )


def _without_memory(layout: Layout) -> RetNet:
    """A model of shapes only."""
    try:
        with torch.device("meta"):
            return RetNet(layout.config)
    except (RuntimeError, TypeError, OverflowError) as error:
        raise InvalidCheckpoint(f"{CONFIG} holds sizes that cannot be") from error


def _tokenizer(folder: Path, vocabulary: int) -> PlainTokenizer | None:
    """The tokenizer of the folder: it may have fewer pieces than the weights, never more."""
    if not (folder / TOKENIZER).is_file():
        return None
    told = _json(folder / TOKENIZER_CONFIG) if (folder / TOKENIZER_CONFIG).is_file() else {}
    begins = told.get("add_bos_token") is not False
    try:
        tokenizer = PlainTokenizer((folder / TOKENIZER).read_bytes(), begins=begins)
    except (RuntimeError, ValueError) as error:
        raise InvalidCheckpoint(f"its {TOKENIZER} is damaged") from error
    if tokenizer.vocab_size > vocabulary:
        raise InvalidCheckpoint(
            f"its {TOKENIZER} has {tokenizer.vocab_size} pieces and the weights are for "
            f"{vocabulary}"
        )
    return tokenizer


def _weights(found: Published, device: str, dtype: torch.dtype) -> tuple[dict[str, Tensor], str]:
    """Every weight by its name in our model, and the fingerprint of them all."""
    weights, whole = {}, Fingerprint(found.layout.config.to_dict())
    with reading(found.stored, kept=dtype == found.dtype and device == "cpu") as get:
        for name, place in sorted(found.places.items()):
            tensor = get(place.stored) if place.stored else torch.ones(place.shape)
            tensor = place.change(tensor) if place.change else tensor
            whole.add(name, tensor)
            weights[name] = tensor.to(device, dtype)
    return weights, whole.text
