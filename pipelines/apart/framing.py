"""Bytes in pieces over a pipe: eight bytes of length, big-endian, then so many bytes.

Nothing is allocated for a length beyond what the reader allows.
"""

import struct
from collections.abc import Sequence
from typing import IO

_LENGTH = struct.Struct(">Q")
_BLOCK = 1 << 20


class BrokenFrame(Exception):
    """The other side sent what is no frame, or more than is allowed."""


def write_frames(out: IO[bytes], frames: Sequence[bytes]) -> None:
    """Send the pieces; OSError where nobody reads them any more."""
    for frame in frames:
        out.write(_LENGTH.pack(len(frame)))
        view = memoryview(frame)
        for start in range(0, len(frame), _BLOCK):  # a whole large one would be copied
            out.write(view[start : start + _BLOCK])
    out.flush()


def read_frame(source: IO[bytes], most: int) -> bytes | None:
    """The next piece, None at the end of the stream; BrokenFrame where it is no good."""
    head = source.read(_LENGTH.size)
    if not head:
        return None
    if len(head) < _LENGTH.size:
        raise BrokenFrame("a length that is cut off")
    (length,) = _LENGTH.unpack(head)
    if length > most:
        raise BrokenFrame(f"{length} bytes, and {most} are allowed")
    content = source.read(length)
    if len(content) < length:
        raise BrokenFrame(f"{len(content)} of {length} bytes")
    return content
