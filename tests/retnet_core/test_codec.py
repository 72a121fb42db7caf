"""A state as bytes: exact, small, and refused when anything about them is wrong."""

from __future__ import annotations

import hashlib
import json
import random
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

from retnet_core.codec import Encoding, decode_state, encode_state, state_checksum
from retnet_core.config import RetNetConfig
from retnet_core.errors import RetNetError, StateDamaged, StateMismatch
from retnet_core.state import RetNetState

CONFIG = RetNetConfig(
    vocabulary=7, width=4, layers=1, key_width=2, value_width=3, feedforward=5,
    decay_exponents=(5.0, 9.0),
)  # fmt: skip
WEIGHTS, TOKENIZER = "a" * 64, "b" * 64
ENCODINGS: tuple[Encoding, ...] = ("float32", "int8")
SHAPE = (1, 1, 2, 2, 3)  # [L, B, H, K, V]


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
    blank = head.replace(b"@" * 64, b"0" * 64)
    digest = hashlib.sha256(blank + body).hexdigest().encode()
    return head.replace(b"@" * 64, digest) + body


def parts(payload: bytes) -> tuple[str, bytes]:
    """The header with @ for its checksum, and the body."""
    length = struct.unpack("<Q", payload[:8])[0]
    header = payload[8 : 8 + length].decode()
    return header.replace(json.loads(header)["__metadata__"]["sha256"], "@" * 64), payload[
        8 + length :
    ]


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


def test_int8_takes_about_a_quarter_of_float32() -> None:
    config = replace(CONFIG, layers=6, key_width=64, value_width=128, decay_exponents=(5.0,) * 4)
    state = RetNetState(
        torch.sin(torch.arange(float(config.state_elements))).view(6, 1, 4, 64, 128)
    )
    sizes = [len(encode_state(state, kind, WEIGHTS, TOKENIZER, 1)) for kind in ENCODINGS]
    assert sizes[0] == pytest.approx(4 * config.state_elements, rel=0.01)
    assert sizes[1] == pytest.approx(config.state_elements * (1 + 4 / 128), rel=0.01)


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
    "int8": "ce7c77f58393812f410728e63d909d12ad0275c4f7e3def3d6411c2699179407",
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_safetensors_library_reads_the_bytes(encoding: Encoding, tmp_path: Path) -> None:
    tensors = load(encoded(encoding))
    restored = tensors["state"].float()
    if encoding == "int8":
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
    with pytest.raises(StateDamaged, match="not finite"):
        decoded(signed(header, struct.pack("<f", value) + body[4:]))


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


def test_five_thousand_mutations_are_all_refused() -> None:
    """Half of them carry a true checksum, so that what lies behind it is tried too."""
    chance = random.Random(7)
    refused = 0
    for number in range(5000):
        payload = encoded(chance.choice(ENCODINGS))
        header, body = parts(payload)
        if number % 2:
            mutant = bytes(mutated(bytearray(payload), chance))
        else:  # % stands for the checksum, so that a change seldom hits it
            text = mutated(bytearray(header.replace("@" * 64, "%").encode()), chance)
            mutant = signed(bytes(text).replace(b"%", b"@" * 64), body)
        refused += is_refused(mutant)
    assert refused > 4900


def is_refused(payload: bytes) -> bool:
    """True for one of our errors; a payload that is taken must be one that encode_state writes."""
    try:
        state, tokens = decoded(payload)
    except RetNetError:
        return True
    again = [encode_state(state, kind, WEIGHTS, TOKENIZER, tokens) for kind in ENCODINGS]
    assert payload in again
    return False


def mutated(data: bytearray, chance: random.Random) -> bytearray:
    """One to four changes of bytes: flipped, cut, doubled, removed, written over."""
    for _ in range(chance.randint(1, 4)):
        a, b = sorted(chance.choices(range(len(data) + 1), k=2))
        match chance.randrange(5):
            case 0 if a < len(data):
                data[a] ^= 1 << chance.randrange(8)
            case 1:
                data = data[:a]
            case 2:
                data[a:a] = data[a : min(b, a + 40)]
            case 3:
                del data[a : min(b, a + 40)]
            case _:
                data[a : a + 4] = chance.randbytes(4)
    return data


def test_a_batch_or_a_state_with_nan_cannot_be_stored() -> None:
    with pytest.raises(ValueError, match="batch of 2"):
        encode_state(RetNetState(torch.zeros(1, 2, 2, 2, 3)), "int8", WEIGHTS, TOKENIZER, 1)
    with pytest.raises(ValueError, match="NaN"):
        encode_state(state_of([float("nan")] * 12), "int8", WEIGHTS, TOKENIZER, 1)


def test_the_checksum_sees_one_bit() -> None:
    state = state_of()
    other = state.tensor.clone()
    other[0, 0, 1, 1, 2] = torch.nextafter(other[0, 0, 1, 1, 2], torch.tensor(100.0))
    assert state_checksum(state) != state_checksum(RetNetState(other))
    numbers = struct.pack("<12f", *range(1, 13))
    assert state_checksum(state) == hashlib.sha256(numbers).hexdigest()
