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
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import torch

from retnet_core.config import RetNetConfig
from retnet_core.errors import StateDamaged, StateMismatch
from retnet_core.state import RetNetState

FORMAT = "readonce-state-1"
LONGEST_HEADER = 4096  # bytes; ours have about 600
NO_DIGEST = b"0" * 64
READ_AGAIN = "Read the document again; its text is still stored."

Encoding = Literal["float32", "int8"]
Floats = npt.NDArray[np.float32]

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
    """The bytes of a state of one row; int8 keeps one scale for each row of V numbers."""
    if state.batch != 1:
        raise ValueError(f"one state is encoded at a time, not a batch of {state.batch}")
    values = np.ascontiguousarray(_floats(state)[:, 0])  # [L, H, K, V]
    if not np.isfinite(values).all():
        raise ValueError("a state with NaN or infinite numbers cannot be stored")
    label = Label(encoding, weights_fingerprint, tokenizer_fingerprint, tokens_read)
    body = _rounded(values) if encoding == "int8" else values.tobytes()
    blank = _head(label, values.shape)
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
    values = _restored(body, shape) if label.encoding == "int8" else np.frombuffer(body, "<f4")
    if not np.isfinite(values).all():
        raise _damaged("it holds numbers that are not finite")
    tensor = torch.from_numpy(values.reshape(shape).astype(np.float32))
    return RetNetState(tensor[:, None]), label.tokens


def state_checksum(state: RetNetState) -> str:
    """SHA-256 of the numbers as float32: equal for states that are equal bit for bit."""
    return hashlib.sha256(_floats(state).tobytes()).hexdigest()


def _floats(state: RetNetState) -> Floats:
    """The numbers of a state as little-endian float32."""
    values: Floats = state.tensor.detach().cpu().float().contiguous().numpy().astype("<f4")
    return values


def _rounded(values: Floats) -> bytes:
    """The scale of each row of V, float32, then the rows as int8: x ≈ scale · int8."""
    scale = np.abs(values).max(axis=-1) / np.float32(127)  # [L, H, K]
    divisor = np.where(scale > 0, scale, 1)[..., None]
    steps: npt.NDArray[np.int8] = np.rint(values / divisor).astype(np.int8)
    return bytes(scale.astype("<f4").tobytes() + steps.tobytes())


def _restored(body: bytes, shape: tuple[int, ...]) -> Floats:
    rows = shape[0] * shape[1] * shape[2]
    scale = np.frombuffer(body, "<f4", count=rows).reshape(*shape[:3], 1)
    rounded = np.frombuffer(body, np.int8, offset=4 * rows).reshape(shape)
    with np.errstate(all="ignore"):  # what is not finite is refused by the caller, in a sentence
        restored: Floats = np.multiply(scale, rounded, dtype=np.float32)
    return restored


def _size(encoding: Encoding, shape: tuple[int, ...]) -> int:
    rows = shape[0] * shape[1] * shape[2]
    return rows * (4 + shape[3]) if encoding == "int8" else rows * shape[3] * 4


def _head(label: Label, shape: tuple[int, ...]) -> bytes:
    """All before the numbers, with zeros as the digest: a length, then JSON padded to 8 bytes."""
    rows = shape[0] * shape[1] * shape[2]
    body = _size(label.encoding, shape)
    fields: dict[str, Any] = {"__metadata__": _metadata(label)}
    if label.encoding == "int8":
        fields["scale"] = {"dtype": "F32", "shape": shape[:3], "data_offsets": (0, 4 * rows)}
        fields["state"] = {"dtype": "I8", "shape": shape, "data_offsets": (4 * rows, body)}
    else:
        fields["state"] = {"dtype": "F32", "shape": shape, "data_offsets": (0, body)}
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


def _verified(payload: bytes) -> tuple[bytes, bytes]:
    """The head with zeros for its digest, and the numbers, once the digest has been found true."""
    length = int.from_bytes(payload[:8], "little")
    if len(payload) < 8 or length > min(len(payload) - 8, LONGEST_HEADER):
        raise _damaged("it is cut off, or its header is too long")
    head, body = payload[: 8 + length], payload[8 + length :]
    digests = _digest.findall(head)
    if len(digests) != 1:
        raise _damaged("its header holds no checksum")
    blank = head.replace(digests[0], NO_DIGEST, 1)
    if _digest_of(blank, body) != digests[0]:
        raise _damaged("its checksum is wrong")
    return blank, body


def _digest_of(blank: bytes, body: bytes) -> bytes:
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
