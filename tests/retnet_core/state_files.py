"""Stored states of a tiny shape, whole and forged."""

from __future__ import annotations

import hashlib
import json
import struct

import numpy as np
import torch

from retnet_core.codec import decode_state, encode_state
from retnet_core.config import RetNetConfig
from retnet_core.encodings import Encoding
from retnet_core.state import RetNetState

CONFIG = RetNetConfig(
    vocabulary=7, width=4, layers=1, key_width=2, value_width=3, feedforward=5,
    decay_exponents=(5.0, 9.0),
)  # fmt: skip
WEIGHTS, TOKENIZER = "a" * 64, "b" * 64
ENCODINGS: tuple[Encoding, ...] = ("float32", "bfloat16", "int8")
SHAPE = (1, 1, 2, 2, 3)  # [L, B, H, K, V]
CHECKSUM = "@" * 64  # stands in a forged header where its checksum belongs


def state_of(values: object = None, shape: tuple[int, ...] = SHAPE) -> RetNetState:
    numbers = range(1, 13) if values is None else values
    return RetNetState(torch.tensor(np.asarray(numbers, np.float32)).view(shape))


def encoded(encoding: Encoding = "float32", tokens: int = 42) -> bytes:
    return encode_state(state_of(), encoding, WEIGHTS, TOKENIZER, tokens)


def decoded(payload: bytes, config: RetNetConfig = CONFIG) -> tuple[RetNetState, int]:
    return decode_state(payload, config, WEIGHTS, TOKENIZER)


def signed(header: str | bytes, body: bytes, length: int | None = None) -> bytes:
    """Any header and body with a true checksum where the header has room for one."""
    text = header.encode() if isinstance(header, str) else header
    head = struct.pack("<Q", len(text) if length is None else length) + text
    blank = head.replace(CHECKSUM.encode(), b"0" * 64)
    digest = hashlib.sha256(blank + body).hexdigest().encode()
    return head.replace(CHECKSUM.encode(), digest) + body


def parts(payload: bytes) -> tuple[str, bytes]:
    """The header with @ for its checksum, and the body."""
    length = struct.unpack("<Q", payload[:8])[0]
    header = payload[8 : 8 + length].decode()
    digest = json.loads(header)["__metadata__"]["sha256"]
    return header.replace(digest, CHECKSUM), payload[8 + length :]
