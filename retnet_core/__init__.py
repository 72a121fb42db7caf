"""A RetNet that reads a text once into a state of constant size, and goes on from there.

Usable alone: tensors and token ids, no documents. `load_reader(folder)` gives a model and its
tokenizer; `loaded.reader.body(tokens, state)` reads on from a state; `encode_state` and
`decode_state` keep a state as bytes; `merge` and its kin join states without reading; `read_rows`
reads a ragged batch; `write_on` continues a text. The mathematics is in retention.py and past.py,
the model in model.py, what answers questions in reader.py.
`decode_state` keep a state as bytes; `write_text` continues a text and `write_on` its tokens, from
a `Context`: a state and what is said after it. `write_batch` continues many, `search` finds the
likeliest. The mathematics is in retention.py, the model in model.py, what answers in reader.py.

The names below are imported when they are first used: the errors cost no import of torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retnet_core.algebra import advance, merge, merge_all, without
    from retnet_core.checkpoint import LoadedReader, load_reader, save_reader
    from retnet_core.codec import decode_state, encode_state, state_checksum
    from retnet_core.config import ReaderConfig, RetNetConfig
    from retnet_core.decoding import Decoder
    from retnet_core.errors import InvalidCheckpoint, RetNetError, StateDamaged, StateMismatch
    from retnet_core.model import RetNet
    from retnet_core.ragged import read_rows
    from retnet_core.reader import Reader
    from retnet_core.state import RetNetState
    from retnet_core.tokenizer import Tokenizer
    from retnet_core.writing.batch import Written, write_batch
    from retnet_core.writing.beams import Beam, Search, search
    from retnet_core.writing.sampling import Sampling
    from retnet_core.writing.streaming import WritingText, write_text
    from retnet_core.writing.write import Context, Ending, Writing, write_on

_PLACES = {
    "algebra": ("advance", "merge", "merge_all", "without"),
    "writing.batch": ("Written", "write_batch"),
    "writing.beams": ("Beam", "Search", "search"),
    "checkpoint": ("LoadedReader", "load_reader", "save_reader"),
    "codec": ("decode_state", "encode_state", "state_checksum"),
    "config": ("ReaderConfig", "RetNetConfig"),
    "decoding": ("Decoder",),
    "errors": ("InvalidCheckpoint", "RetNetError", "StateDamaged", "StateMismatch"),
    "writing.write": ("Context", "Ending", "Writing", "write_on"),
    "model": ("RetNet",),
    "ragged": ("read_rows",),
    "reader": ("Reader",),
    "writing.sampling": ("Sampling",),
    "state": ("RetNetState",),
    "writing.streaming": ("WritingText", "write_text"),
    "tokenizer": ("Tokenizer",),
}

__all__ = [
    "Beam",
    "Context",
    "Decoder",
    "Ending",
    "InvalidCheckpoint",
    "LoadedReader",
    "Reader",
    "ReaderConfig",
    "RetNet",
    "RetNetConfig",
    "RetNetError",
    "RetNetState",
    "Sampling",
    "Search",
    "StateDamaged",
    "StateMismatch",
    "Tokenizer",
    "Writing",
    "WritingText",
    "Written",
    "advance",
    "decode_state",
    "encode_state",
    "load_reader",
    "merge",
    "merge_all",
    "read_rows",
    "save_reader",
    "search",
    "state_checksum",
    "without",
    "write_batch",
    "write_on",
    "write_text",
]


def __getattr__(name: str) -> object:
    for place, names in _PLACES.items():
        if name in names:
            return getattr(import_module(f"retnet_core.{place}"), name)
    raise AttributeError(f"retnet_core has no {name!r}")
