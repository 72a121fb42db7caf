"""A RetNet that reads a text once into a state of constant size, and goes on from there.

Usable alone: tensors and token ids, no documents.

    load_reader, load_published   a model and its tokenizer: ours, or one that others published
    model(tokens, state)          read on from a state; hold(model, "bfloat16") makes it quicker
    encode_state, decode_state    a state as bytes and back
    merge, advance, read_rows     join states, let time pass, read a ragged batch
    write_text, write_on          go on with a text from a Context: a state and what was said since
    write_batch, search           the same for many at once, and by beams

The mathematics is in retention.py and past.py, the model in model.py, what answers questions in
reader.py. The names are imported when they are first used: the errors cost no import of torch.
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
    from retnet_core.holding import hold
    from retnet_core.impressions import Impression, embed_question, read_passages
    from retnet_core.layouts.published import LoadedModel, load_published
    from retnet_core.model import RetNet
    from retnet_core.plain_tokenizer import PlainTokenizer
    from retnet_core.ragged import read_rows
    from retnet_core.reader import Reader
    from retnet_core.sizes import PRESETS
    from retnet_core.state import RetNetState
    from retnet_core.tokenizer import Tokenizer
    from retnet_core.writing.batch import Written, write_batch
    from retnet_core.writing.beams import Beam, Search, search
    from retnet_core.writing.sampling import Sampling
    from retnet_core.writing.streaming import WritingText, write_text
    from retnet_core.writing.write import Context, Ending, Writing, write_on

_PLACES = {
    "algebra": ("advance", "merge", "merge_all", "without"),
    "checkpoint": ("LoadedReader", "load_reader", "save_reader"),
    "codec": ("decode_state", "encode_state", "state_checksum"),
    "config": ("ReaderConfig", "RetNetConfig"),
    "decoding": ("Decoder",),
    "errors": ("InvalidCheckpoint", "RetNetError", "StateDamaged", "StateMismatch"),
    "holding": ("hold",),
    "impressions": ("Impression", "embed_question", "read_passages"),
    "layouts.published": ("LoadedModel", "load_published"),
    "model": ("RetNet",),
    "plain_tokenizer": ("PlainTokenizer",),
    "ragged": ("read_rows",),
    "reader": ("Reader",),
    "sizes": ("PRESETS",),
    "state": ("RetNetState",),
    "tokenizer": ("Tokenizer",),
    "writing.batch": ("Written", "write_batch"),
    "writing.beams": ("Beam", "Search", "search"),
    "writing.sampling": ("Sampling",),
    "writing.streaming": ("WritingText", "write_text"),
    "writing.write": ("Context", "Ending", "Writing", "write_on"),
}

__all__ = [
    "PRESETS",
    "Beam",
    "Context",
    "Decoder",
    "Ending",
    "Impression",
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
    "Search",
    "StateDamaged",
    "StateMismatch",
    "Tokenizer",
    "Writing",
    "WritingText",
    "Written",
    "advance",
    "decode_state",
    "embed_question",
    "encode_state",
    "hold",
    "load_published",
    "load_reader",
    "merge",
    "merge_all",
    "read_passages",
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
