"""A reader of random weights, small enough for every test, and its folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from retnet_core.checkpoint import LoadedReader, load_reader, save_reader
from retnet_core.config import ReaderConfig, RetNetConfig
from retnet_core.reader import Reader
from retnet_core.tokenizer import Tokenizer
from tests.tiny_tokenizer import tiny_tokenizer

CONFIG = ReaderConfig(
    body=RetNetConfig(
        vocabulary=360, width=16, layers=2, key_width=4, value_width=8, feedforward=32,
        decay_exponents=(3.0, 9.0),
    ),
    pointer_layers=1,
    pointer_key_width=4,
    pointer_value_width=8,
    pointer_decay_exponents=(2.0, 4.0),
    longest_answer=12,
)  # fmt: skip
WITH_HEADS = replace(CONFIG, embedding_width=24, salience_width=5)


def tiny_reader(seed: int = 0, config: ReaderConfig = CONFIG) -> Reader:
    """The same weights for the same seed; other random numbers are left as they are."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Reader(config)


def make_reader(folder: Path, seed: int = 0, tokenizer: Tokenizer | None = None) -> Path:
    """A checkpoint folder with a reader that reads a page in milliseconds."""
    return folder_of(folder, tiny_reader(seed), tokenizer)


def folder_of(folder: Path, reader: Reader, tokenizer: Tokenizer | None = None) -> Path:
    """A checkpoint folder with this reader and this tokenizer, or else the tiny one."""
    pieces = folder.parent / f"{folder.name}.pieces"
    pieces.write_bytes((tokenizer or tiny_tokenizer()).model)
    save_reader(folder, reader, pieces)
    return folder


def biased(folder: Path, absent: float) -> LoadedReader:
    """A loaded reader whose "not in this passage" is made so much likelier (or, below 0, less)."""
    reader = tiny_reader()
    with torch.no_grad():
        reader.pointer.absent.bias.add_(absent)
    return load_reader(folder_of(folder, reader))
