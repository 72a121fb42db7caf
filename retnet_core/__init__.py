"""A RetNet that reads a text once into a state of constant size, and goes on from there.

Usable alone: tensors and token ids, no documents. `load_reader(folder)` gives a model and its
tokenizer; `loaded.reader.body(tokens, state)` reads on from a state; `encode_state` and
`decode_state` keep a state as bytes; `write_on` continues a text; `load_published(folder)` gives
a model that others published. The mathematics is in retention.py, the model in model.py, what
answers questions in reader.py.

The names below are imported when they are first used: the errors cost no import of torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retnet_core.checkpoint import LoadedReader, load_reader, save_reader
    from retnet_core.codec import decode_state, encode_state, state_checksum
    from retnet_core.config import ReaderConfig, RetNetConfig
    from retnet_core.errors import InvalidCheckpoint, RetNetError, StateDamaged, StateMismatch
    from retnet_core.generate import Sampling, write_on
    from retnet_core.layouts.published import LoadedModel, load_published
    from retnet_core.model import RetNet
    from retnet_core.plain_tokenizer import PlainTokenizer
    from retnet_core.reader import Reader
    from retnet_core.state import RetNetState
    from retnet_core.tokenizer import Tokenizer

_PLACES = {
    "checkpoint": ("LoadedReader", "load_reader", "save_reader"),
    "codec": ("decode_state", "encode_state", "state_checksum"),
    "config": ("ReaderConfig", "RetNetConfig"),
    "errors": ("InvalidCheckpoint", "RetNetError", "StateDamaged", "StateMismatch"),
    "generate": ("Sampling", "write_on"),
    "layouts.published": ("LoadedModel", "load_published"),
    "model": ("RetNet",),
    "plain_tokenizer": ("PlainTokenizer",),
    "reader": ("Reader",),
    "state": ("RetNetState",),
    "tokenizer": ("Tokenizer",),
}

__all__ = [
    "InvalidCheckpoint",
    "LoadedModel",
    "LoadedReader",
    "PlainTokenizer",
    "Reader",
    "ReaderConfig",
    "RetNet",
    "RetNetConfig",
    "RetNetError",
    "RetNetState",
    "Sampling",
    "StateDamaged",
    "StateMismatch",
    "Tokenizer",
    "decode_state",
    "encode_state",
    "load_published",
    "load_reader",
    "save_reader",
    "state_checksum",
    "write_on",
]


def __getattr__(name: str) -> object:
    for place, names in _PLACES.items():
        if name in names:
            return getattr(import_module(f"retnet_core.{place}"), name)
    raise AttributeError(f"retnet_core has no {name!r}")
