"""A state as bytes and back, refused when it is damaged or another model's (docs/state_format.md).

The bytes are a safetensors file. The header is written here, because its layout is part of the
format: equal states give equal bytes with every version of that library, and reading needs no
more than to compare it with the one header that is expected.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import torch

from retnet_core.config import RetNetConfig
from retnet_core.encodings import Body, Encoding, Floats, Shape, from_bytes, parts, to_bytes
from retnet_core.errors import StateDamaged, StateMismatch
from retnet_core.state import RetNetState

FORMAT = "readonce-state-1"
LONGEST_HEADER = 4096  # bytes; ours have about 600
NO_DIGEST = b"0" * 64
READ_AGAIN = "Read the document again; its text is still stored."

_digest = re.compile(rb'"sha256":"([0-9a-f]{64})"')
_count = re.compile(r"0|[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class Label:
    """What the header says of a state: how it was written, by which model, after what."""

    encoding: Encoding
    weights: str
    tokenizer: str
    tokens: int


def encode_state(
    state: RetNetState,
    encoding: Encoding,
    weights_fingerprint: str,
    tokenizer_fingerprint: str,
    tokens_read: int,
) -> bytes:
    """The bytes of a state of one row, in one of the encodings of docs/state_format.md.

    float32 is exact; bfloat16 takes half of its size, int8 about a quarter. Raises ValueError for
    a batch of several rows, and for numbers that are not finite or leave the range when rounded.
    """
    if state.batch != 1:
        raise ValueError(f"one state is encoded at a time, not a batch of {state.batch}")
    values = np.ascontiguousarray(_floats(state)[:, 0])  # [L, H, K, V]
    if not np.isfinite(values).all():
        raise ValueError("a state with NaN or infinite numbers cannot be stored")
    layers, heads, keys, width = values.shape
    shape = (layers, heads, keys, width)
    body = to_bytes(values, encoding)
    if encoding != "float32" and not np.isfinite(from_bytes(body, encoding, shape)).all():
        raise ValueError(f"a state of such large numbers cannot be stored as {encoding}")
    label = Label(encoding, weights_fingerprint, tokenizer_fingerprint, tokens_read)
    blank = _head(label, shape)
    return blank.replace(NO_DIGEST, _digest_of(blank, body), 1) + body


def decode_state(
    payload: bytes, config: RetNetConfig, weights_fingerprint: str, tokenizer_fingerprint: str
) -> tuple[RetNetState, int]:
    """The state and the number of tokens read.

    Raises StateDamaged where the bytes are not what encode_state wrote, and StateMismatch where
    they are, but for another model, tokenizer or version of the format.
    """
    head, body = _verified(payload)
    label = _label(head)
    for name, found, expected in (
        ("model", label.weights, weights_fingerprint),
        ("tokenizer", label.tokenizer, tokenizer_fingerprint),
    ):
        if found != expected:
            raise StateMismatch(
                f"This state was made with another {name} ({found[:12]}, now {expected[:12]}). "
                + READ_AGAIN
            )
    shape = (config.layers, config.heads, config.key_width, config.value_width)
    if head != _head(label, shape) or len(body) != _size(label.encoding, shape):
        raise _damaged("its numbers are not laid out as this model's")
    values = from_bytes(body, label.encoding, shape)
    if not np.isfinite(values).all():
        raise _damaged("it holds numbers that are not finite")
    return RetNetState(torch.from_numpy(values)[:, None]), label.tokens


def read_label(payload: bytes) -> Label:
    """What whole bytes say of themselves, whichever model they are of; raises as decode_state."""
    head, _ = _verified(payload)
    return _label(head)


def state_checksum(state: RetNetState) -> str:
    """SHA-256 of the numbers as float32: equal for states that are equal bit for bit."""
    return hashlib.sha256(_floats(state).tobytes()).hexdigest()


def _floats(state: RetNetState) -> Floats:
    """The numbers of a state as little-endian float32."""
    values: Floats = state.tensor.detach().cpu().float().contiguous().numpy().astype("<f4")
    return values


def _size(encoding: Encoding, shape: Shape) -> int:
    return sum(part.size for part in parts(encoding, shape))


def _head(label: Label, shape: Shape) -> bytes:
    """All before the numbers, with zeros as the digest: a length, then JSON padded to 8 bytes."""
    fields: dict[str, Any] = {"__metadata__": _metadata(label)}
    end = 0
    for part in parts(label.encoding, shape):
        start, end = end, end + part.size
        fields[part.name] = {
            "dtype": part.kind,
            "shape": part.shape,
            "data_offsets": (start, end),
        }
    text = json.dumps(fields, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _metadata(label: Label) -> dict[str, str]:
    return {
        "format": FORMAT,
        "sha256": NO_DIGEST.decode(),
        "encoding": label.encoding,
        "weights": label.weights,
        "tokenizer": label.tokenizer,
        "tokens_read": str(label.tokens),
    }


def _verified(payload: bytes) -> tuple[bytes, Body]:
    """The head with zeros for its digest, and the numbers, once the digest has been found true."""
    length = int.from_bytes(payload[:8], "little")
    if len(payload) < 8 or length > min(len(payload) - 8, LONGEST_HEADER):
        raise _damaged("it is cut off, or its header is too long")
    head, body = payload[: 8 + length], memoryview(payload)[8 + length :]
    digests = _digest.findall(head)
    if len(digests) != 1:
        raise _damaged("its header holds no checksum")
    blank = head.replace(digests[0], NO_DIGEST, 1)
    if _digest_of(blank, body) != digests[0]:
        raise _damaged("its checksum is wrong")
    return blank, body


def _digest_of(blank: bytes, body: Body) -> bytes:
    whole = hashlib.sha256(blank)
    whole.update(body)
    return whole.hexdigest().encode()


def _label(head: bytes) -> Label:
    try:
        said = json.loads(head[8:])["__metadata__"]
        words = [said[key] for key in ("format", "encoding", "weights", "tokenizer", "tokens_read")]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise _damaged("its header cannot be understood") from None
    if not all(isinstance(word, str) for word in words):
        raise _damaged("its header cannot be understood")
    version, encoding, weights, tokenizer, tokens = words
    if version != FORMAT:
        raise StateMismatch(f"This state is {version[:40]!r}, and not {FORMAT!r}. {READ_AGAIN}")
    if encoding not in get_args(Encoding) or not _count.fullmatch(tokens):
        raise _damaged("its header cannot be understood")
    return Label(encoding, weights, tokenizer, int(tokens))


def _damaged(why: str) -> StateDamaged:
    return StateDamaged(f"A stored state is damaged: {why}. {READ_AGAIN}")
