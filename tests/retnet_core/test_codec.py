"""A state as bytes: exact, small, and refused when anything about them is wrong."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors import safe_open
from safetensors.torch import load
from torch.testing import assert_close

from retnet_core.codec import decode_state, encode_state, state_checksum
from retnet_core.encodings import Encoding
from retnet_core.errors import StateDamaged, StateMismatch
from retnet_core.state import RetNetState
from tests.retnet_core.state_files import (
    CONFIG,
    ENCODINGS,
    SHAPE,
    TOKENIZER,
    WEIGHTS,
    decoded,
    encoded,
    parts,
    signed,
    state_of,
)

ARRAYS = hnp.arrays(np.float32, SHAPE, elements=st.floats(-(2.0**100), 2.0**100, width=32))


@settings(max_examples=60, deadline=None)
@given(ARRAYS, st.integers(0, 10**12))
def test_float32_comes_back_bit_for_bit(values: np.ndarray, tokens: int) -> None:
    state = RetNetState(torch.from_numpy(values))
    again, read = decoded(encode_state(state, "float32", WEIGHTS, TOKENIZER, tokens))
    assert again.tensor.numpy().tobytes() == values.tobytes()
    assert state_checksum(again) == state_checksum(state)
    assert read == tokens


@settings(max_examples=60, deadline=None)
@given(ARRAYS)
def test_int8_errs_by_half_a_step_of_its_row(values: np.ndarray) -> None:
    state = RetNetState(torch.from_numpy(values))
    again, _ = decoded(encode_state(state, "int8", WEIGHTS, TOKENIZER, 1))
    largest = np.abs(values).max(axis=-1, keepdims=True)
    assert (np.abs(again.tensor.numpy() - values) <= largest / 127 * 0.501 + 1e-44).all()


def test_int8_rounds_once() -> None:
    once, _ = decoded(encoded("int8"))
    twice, _ = decoded(encode_state(once, "int8", WEIGHTS, TOKENIZER, 42))
    assert_close(once.tensor, state_of().tensor, rtol=0.01, atol=0)
    assert_close(twice.tensor, once.tensor, rtol=1e-6, atol=0)


@settings(max_examples=60, deadline=None)
@given(ARRAYS)
def test_bfloat16_is_the_nearest_number_that_torch_knows(values: np.ndarray) -> None:
    again, _ = decoded(encode_state(state_of(values), "bfloat16", WEIGHTS, TOKENIZER, 1))
    assert torch.equal(again.tensor, state_of(values).tensor.bfloat16().float())


def test_bfloat16_rounds_once() -> None:
    once, _ = decoded(encoded("bfloat16"))
    assert encode_state(once, "bfloat16", WEIGHTS, TOKENIZER, 42) == encoded("bfloat16")


def test_the_smaller_encodings_take_a_half_and_about_a_quarter_of_float32() -> None:
    config = replace(CONFIG, layers=6, key_width=64, value_width=128, decay_exponents=(5.0,) * 4)
    state = RetNetState(
        torch.sin(torch.arange(float(config.state_elements))).view(6, 1, 4, 64, 128)
    )
    sizes = [len(encode_state(state, kind, WEIGHTS, TOKENIZER, 1)) for kind in ENCODINGS]
    assert sizes[0] == pytest.approx(4 * config.state_elements, rel=0.01)
    assert sizes[1] == pytest.approx(2 * config.state_elements, rel=0.01)
    assert sizes[2] == pytest.approx(config.state_elements * (1 + 4 / 128), rel=0.01)


def test_the_bytes_are_those_of_the_format() -> None:
    """docs/state_format.md promises these bytes: a change of them is a new format."""
    metadata = (
        '"format":"readonce-state-1","sha256":"' + "@" * 64 + '","encoding":"{}",'
        '"weights":"' + WEIGHTS + '","tokenizer":"' + TOKENIZER + '","tokens_read":"42"'
    )
    header = (
        '{"__metadata__":{' + metadata.replace("{}", "float32") + "},"
        '"state":{"dtype":"F32","shape":[1,2,2,3],"data_offsets":[0,48]}}'
    )
    header += " " * (-len(header) % 8)
    assert encoded() == signed(header, struct.pack("<12f", *range(1, 13)))
    header = (
        '{"__metadata__":{' + metadata.replace("{}", "bfloat16") + "},"
        '"state":{"dtype":"BF16","shape":[1,2,2,3],"data_offsets":[0,24]}}'
    )
    header += " " * (-len(header) % 8)
    halves = [struct.pack(">f", number)[1::-1] for number in range(1, 13)]  # exact in 8 bits
    assert encoded("bfloat16") == signed(header, b"".join(halves))
    header = (
        '{"__metadata__":{' + metadata.replace("{}", "int8") + "},"
        '"scale":{"dtype":"F32","shape":[1,2,2],"data_offsets":[0,16]},'
        '"state":{"dtype":"I8","shape":[1,2,2,3],"data_offsets":[16,28]}}'
    )
    header += " " * (-len(header) % 8)
    scales = struct.pack("<4f", *(np.array([3, 6, 9, 12], np.float32) / np.float32(127)))
    body = scales + bytes([42, 85, 127, 85, 106, 127, 99, 113, 127, 106, 116, 127])
    assert encoded("int8") == signed(header, body)


def test_the_digests_are_those_of_the_format() -> None:
    """The same promise, against bytes that no code of this test has made."""
    assert {kind: hashlib.sha256(encoded(kind)).hexdigest() for kind in ENCODINGS} == GOLDEN


GOLDEN = {
    "float32": "8e07ad026e339d7f7cb22c0aac6868dc601e969dfdf9eabbd13e865e63651116",
    "bfloat16": "d22a8d5d0662b573c285478f2a1cbe1a24e51b941cdfb2df0afc276594d89b2d",
    "int8": "ce7c77f58393812f410728e63d909d12ad0275c4f7e3def3d6411c2699179407",
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_safetensors_library_reads_the_bytes(encoding: Encoding, tmp_path: Path) -> None:
    tensors = load(encoded(encoding))
    restored = tensors["state"].float()
    if "scale" in tensors:
        restored = restored * tensors["scale"][..., None]
    assert_close(restored[:, None], decoded(encoded(encoding))[0].tensor)
    (tmp_path / "state").write_bytes(encoded(encoding))
    with safe_open(tmp_path / "state", "pt") as file:
        assert file.metadata()["tokens_read"] == "42"


def test_another_model_or_tokenizer_is_refused() -> None:
    with pytest.raises(StateMismatch, match="another model"):
        decode_state(encoded(), CONFIG, "c" * 64, TOKENIZER)
    with pytest.raises(StateMismatch, match="another tokenizer"):
        decode_state(encoded(), CONFIG, WEIGHTS, "c" * 64)


def test_a_later_format_is_refused_as_such() -> None:
    header, body = parts(encoded())
    with pytest.raises(StateMismatch, match="readonce-state-2"):
        decoded(signed(header.replace("state-1", "state-2"), body))


def test_every_flipped_bit_is_found() -> None:
    for encoding in ENCODINGS:
        payload = encoded(encoding)
        for bit in range(8 * len(payload)):
            broken = bytearray(payload)
            broken[bit // 8] ^= 1 << bit % 8
            with pytest.raises(StateDamaged):
                decoded(bytes(broken))


def test_every_truncation_is_found() -> None:
    payload = encoded()
    for length in range(len(payload)):
        with pytest.raises(StateDamaged):
            decoded(payload[:length])
    with pytest.raises(StateDamaged):
        decoded(payload + b"\0")


HOSTILE = {
    "an absurd shape": ("[1,2,2,3]", "[1000000,1000000,1000000,1000000]"),
    "a shape of another size": ("[1,2,2,3]", "[1,2,2,4]"),
    "a negative shape": ("[1,2,2,3]", "[-1,-2,2,3]"),
    "offsets beyond the end": ("[0,48]", "[0,480000000000]"),
    "offsets backwards": ("[0,48]", "[48,0]"),
    "another type": ("F32", "F64"),
    "another name": ('"state":', '"other":'),
    "an unknown encoding": ('"float32"', '"float16"'),
    "negative tokens": ('"42"', '"-42"'),
    "tokens with a sign": ('"42"', '"+42"'),
    "tokens beyond counting": ('"42"', '"' + "9" * 500 + '"'),
    "tokens as a number": ('"42"', "42"),
    "tokens in other digits": ('"42"', '"\uff14\uff12"'),
    "a missing field": ('"tokens_read":', '"tokens_red":'),
    "metadata that is a list": ('{"format"', '[{"format"'),
    "a second field": ('"state":', '"state":1,"state":'),
    "white space": ("{", "{ "),
    "no JSON": ("{", "<"),
    "deep nesting": ('"42"', '"42","x":' + "[" * 3000),
    "a lone surrogate": ('"42"', '"\\ud800"'),
    "a nul": ("{", "{\0"),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_header_with_a_true_checksum_is_damaged(change: tuple[str, str]) -> None:
    header, body = parts(encoded())
    assert change[0] in header
    with pytest.raises(StateDamaged):
        decoded(signed(header.replace(*change), body))


@pytest.mark.parametrize("length", [2**64 - 1, 2**63, 2**31, 5000, 4097, 10**9])
def test_a_huge_header_is_damaged(length: int) -> None:
    header, body = parts(encoded())
    with pytest.raises(StateDamaged):
        decoded(signed(header, body + bytes(6000), length))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_numbers_that_are_not_finite_are_damaged(value: float, encoding: Encoding) -> None:
    header, body = parts(encoded(encoding))
    number = struct.pack("<f", value)[2 if encoding == "bfloat16" else 0 :]
    with pytest.raises(StateDamaged, match="not finite"):
        decoded(signed(header, number + body[len(number) :]))


def test_a_scale_that_overflows_is_damaged() -> None:
    header, body = parts(encoded("int8"))
    with pytest.raises(StateDamaged, match="not finite"):
        decoded(signed(header, struct.pack("<f", 3e38) + body[4:]))


def test_a_state_of_another_size_is_damaged() -> None:
    """The fingerprints are those of this model, so the bytes cannot be."""
    for config in (replace(CONFIG, layers=2), replace(CONFIG, key_width=10**9)):
        with pytest.raises(StateDamaged, match="laid out"):
            decoded(encoded(), config)


@pytest.mark.parametrize("payload", [b"", b"\0" * 8, b"{}", bytes(1000)], ids=repr)
def test_what_never_was_a_state_is_damaged(payload: bytes) -> None:
    with pytest.raises(StateDamaged):
        decoded(payload[:1000])


def test_a_batch_or_a_state_with_nan_cannot_be_stored() -> None:
    with pytest.raises(ValueError, match="batch of 2"):
        encode_state(RetNetState(torch.zeros(1, 2, 2, 2, 3)), "int8", WEIGHTS, TOKENIZER, 1)
    with pytest.raises(ValueError, match="NaN"):
        encode_state(state_of([float("nan")] * 12), "int8", WEIGHTS, TOKENIZER, 1)


@pytest.mark.parametrize("encoding", ["bfloat16", "int8"])
def test_what_would_be_refused_when_read_is_not_written(encoding: Encoding) -> None:
    """The largest float32 leaves the range where it is rounded up."""
    largest = state_of([np.finfo(np.float32).max] * 12)
    assert decoded(encode_state(largest, "float32", WEIGHTS, TOKENIZER, 1))[1] == 1
    with pytest.raises(ValueError, match=f"cannot be stored as {encoding}"):
        encode_state(largest, encoding, WEIGHTS, TOKENIZER, 1)


def test_the_checksum_sees_one_bit() -> None:
    state = state_of()
    other = state.tensor.clone()
    other[0, 0, 1, 1, 2] = torch.nextafter(other[0, 0, 1, 1, 2], torch.tensor(100.0))
    assert state_checksum(state) != state_checksum(RetNetState(other))
    numbers = struct.pack("<12f", *range(1, 13))
    assert state_checksum(state) == hashlib.sha256(numbers).hexdigest()
