from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.apart.framing import BrokenFrame, read_frame, write_frames


@given(st.lists(st.binary(max_size=50)))
def test_what_is_sent_arrives_in_order(frames: list[bytes]) -> None:
    pipe = io.BytesIO()
    write_frames(pipe, frames)
    pipe.seek(0)
    assert [read_frame(pipe, 50) for _ in frames] == frames
    assert read_frame(pipe, 50) is None


@pytest.mark.parametrize(
    "sent",
    [b"\0", bytes(7), bytes(7) + b"\x05abcd", b"\xff" * 8 + b"a", bytes(7) + b"\x06abcdef"],
    ids=["one byte", "no whole length", "cut off", "a length beyond reason", "one too many"],
)
def test_what_is_no_frame_is_refused(sent: bytes) -> None:
    with pytest.raises(BrokenFrame):
        read_frame(io.BytesIO(sent), 5)
