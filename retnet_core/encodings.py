"""The numbers of a state as bytes and back, in the three encodings of docs/state_format.md.

Letters: L layers, H heads, K key width, V value width. Every function takes or gives float32
[L, H, K, V]; bytes are little-endian on every machine.
"""

from __future__ import annotations

from math import prod
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Encoding = Literal["float32", "bfloat16", "int8"]
Floats = npt.NDArray[np.float32]
Shape = tuple[int, int, int, int]
Body = bytes | memoryview


class Part(NamedTuple):
    """One tensor in a body: its name, its type in the header, its shape and its size in bytes."""

    name: str
    kind: str
    shape: tuple[int, ...]
    size: int


def parts(encoding: Encoding, shape: Shape) -> tuple[Part, ...]:
    """The tensors of a body in their order; together they are the whole body."""
    elements, rows = prod(shape), prod(shape[:3])
    match encoding:
        case "float32":
            return (Part("state", "F32", shape, 4 * elements),)
        case "bfloat16":
            return (Part("state", "BF16", shape, 2 * elements),)
        case "int8":
            return (
                Part("scale", "F32", shape[:3], 4 * rows),
                Part("state", "I8", shape, elements),
            )


def to_bytes(values: Floats, encoding: Encoding) -> bytes:
    """float32 exact; bfloat16 and int8 rounded to the nearest, halves to even."""
    match encoding:
        case "float32":
            return values.astype("<f4").tobytes()
        case "bfloat16":
            return _upper_halves(values).astype("<u2").tobytes()
        case "int8":
            return _scaled_steps(values)


def from_bytes(body: Body, encoding: Encoding, shape: Shape) -> Floats:
    """A new array of the numbers that to_bytes wrote; what overflows becomes infinite."""
    match encoding:
        case "float32":
            return np.frombuffer(body, "<f4").reshape(shape).astype(np.float32)
        case "bfloat16":
            bits = np.frombuffer(body, "<u2").astype(np.uint32)
            return (bits << np.uint32(16)).view(np.float32).reshape(shape)
        case "int8":
            return _unscaled(body, shape)


def _upper_halves(values: Floats) -> npt.NDArray[np.uint32]:
    """The upper 16 bits of each number: adding 0x7fff, or 0x8000 before an odd one, rounds it."""
    bits = np.ascontiguousarray(values).view(np.uint32)
    odd = (bits >> np.uint32(16)) & np.uint32(1)
    halves: npt.NDArray[np.uint32] = (bits + (np.uint32(0x7FFF) + odd)) >> np.uint32(16)
    return halves


def _scaled_steps(values: Floats) -> bytes:
    """The scale of each row of V, float32, then the rows as int8: x ≈ scale · int8."""
    scale = np.abs(values).max(axis=-1) / np.float32(127)  # [L, H, K]
    divisor = np.where(scale > 0, scale, 1)[..., None]
    steps: npt.NDArray[np.int8] = np.rint(values / divisor).astype(np.int8)
    return bytes(scale.astype("<f4").tobytes() + steps.tobytes())


def _unscaled(body: Body, shape: Shape) -> Floats:
    rows = prod(shape[:3])
    scale = np.frombuffer(body, "<f4", count=rows).reshape(*shape[:3], 1)
    steps = np.frombuffer(body, np.int8, offset=4 * rows).reshape(shape)
    with np.errstate(all="ignore"):  # what is not finite is refused by the caller, in a sentence
        restored: Floats = np.multiply(scale, steps, dtype=np.float32)
    return restored
