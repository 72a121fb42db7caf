"""Spoilt files by the thousand: none is taken wrongly, none does more than raise our errors."""

from __future__ import annotations

import hashlib
import math
import re
import struct
import subprocess
import sys
import tracemalloc
from collections import Counter
from pathlib import Path
from random import Random

import pytest
import torch

from retnet_core.codec import encode_state
from retnet_core.config import RetNetConfig
from retnet_core.errors import StateDamaged, StateMismatch
from retnet_core.state import RetNetState
from tests.retnet_core.mutations import MUTATIONS, Mutation, huge, misleading, nested
from tests.retnet_core.state_files import (
    ENCODINGS,
    TOKENIZER,
    WEIGHTS,
    decoded,
    encoded,
    state_of,
)

METADATA = (
    '{"__metadata__":{"format":"readonce-state-1","sha256":"([0-9a-f]{64})","encoding":"%s",'
    f'"weights":"{WEIGHTS}","tokenizer":"{TOKENIZER}",'
    '"tokens_read":"(0|[1-9][0-9]{0,17})"},'
)
TENSORS = {
    "float32": '"state":{"dtype":"F32","shape":[1,2,2,3],"data_offsets":[0,48]}}',
    "bfloat16": '"state":{"dtype":"BF16","shape":[1,2,2,3],"data_offsets":[0,24]}}',
    "int8": '"scale":{"dtype":"F32","shape":[1,2,2],"data_offsets":[0,16]},'
    '"state":{"dtype":"I8","shape":[1,2,2,3],"data_offsets":[16,28]}}',
}


def literal(payload: bytes) -> tuple[list[float], int] | None:
    """Numbers and tokens of a file that docs/state_format.md allows for this model, else None.

    Shares no code with the codec: the whole header is one pattern, the numbers are unpacked.
    """
    for encoding, tensors in TENSORS.items():
        pattern = METADATA.replace("{", r"\{", 2) % encoding + re.escape(tensors) + " {0,7}"
        head = re.match(pattern.encode(), payload[8:])
        if head is None:
            continue
        header, body = payload[8 : 8 + head.end()], payload[8 + head.end() :]
        blank = payload[:8] + header.replace(head[1], b"0" * 64) + body
        numbers = unpacked(body, encoding)
        if (
            payload[:8] == struct.pack("<Q", len(header))
            and len(header) == -(-len(header.rstrip()) // 8) * 8
            and hashlib.sha256(blank).hexdigest().encode() == head[1]
            and all(map(math.isfinite, numbers))
        ):
            return numbers, int(head[2])
    return None


def unpacked(body: bytes, encoding: str) -> list[float]:
    """The numbers one by one; NaN where there are not twelve."""
    sizes = {"float32": 48, "bfloat16": 24, "int8": 28}
    if len(body) != sizes[encoding]:
        return [math.nan]
    if encoding == "float32":
        return list(struct.unpack("<12f", body))
    if encoding == "bfloat16":
        halves = (body[n : n + 2] for n in range(0, 24, 2))
        return [struct.unpack("<f", b"\0\0" + half)[0] for half in halves]
    scales, steps = struct.unpack("<4f", body[:16]), struct.unpack("<12b", body[16:])
    return [single(scales[n // 3] * step) for n, step in enumerate(steps)]


def single(number: float) -> float:
    """The nearest float32."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", number))[0])
    except OverflowError:
        return math.inf


def taken(payload: bytes) -> tuple[list[float], int] | None:
    """What decode_state makes of it; None for one of our errors, any other ends the test."""
    try:
        state, tokens = decoded(payload)
    except (StateDamaged, StateMismatch):
        return None
    return state.tensor.flatten().tolist(), tokens


def sources() -> list[bytes]:
    """Files of this model, and of others, to be spoilt and mixed."""
    ours = [encoded(kind, tokens) for kind in ENCODINGS for tokens in (42, 10**12)]
    theirs = [encode_state(state_of(), kind, "c" * 64, TOKENIZER, 42) for kind in ENCODINGS]
    return ours + theirs


def counts(files: int, seed: int) -> Counter[tuple[str, bool]]:
    """How many of each mutation were taken; fails where one is taken or refused wrongly."""
    chance, whole = Random(seed), sources()
    found: Counter[tuple[str, bool]] = Counter()
    for number in range(files):
        mutation: Mutation = MUTATIONS[number % len(MUTATIONS)]
        spoilt = mutation(chance.choice(whole), chance.choice(whole), chance)
        result = taken(spoilt)
        assert result == literal(spoilt), f"{mutation.__name__}: {spoilt!r}"
        found[mutation.__name__, result is not None] += 1
    return found


@pytest.mark.parametrize(
    "files", [5_000, pytest.param(100_000, marks=pytest.mark.slow)], ids="{:,} files".format
)
def test_spoilt_files_are_refused_and_whole_ones_taken(files: int) -> None:
    found = counts(files, seed=7)
    assert found["whole", True] > 0.5 * found["whole", False]  # a third are another model's
    assert found["forged", True] > 0.2 * found["forged", False]
    harmless = {"whole", "forged", "edited", "scrambled", "spliced", "misleading"}
    for mutation in MUTATIONS:
        name, each = mutation.__name__, files // len(MUTATIONS)
        assert found[name, True] + found[name, False] >= each
        if name not in harmless:
            assert found[name, True] <= 0.01 * each, name


def test_what_is_refused_takes_no_memory() -> None:
    """Sizes beyond reason, deep nesting, lies about lengths: less than 100 KB for any of them."""
    chance, whole = Random(3), sources()
    for number in range(600):
        mutation = (huge, nested, misleading)[number % 3]
        spoilt = mutation(whole[number % len(whole)], b"", chance)
        tracemalloc.start()
        result = taken(spoilt)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert result is None or literal(spoilt) is not None
        assert peak < 100_000, mutation.__name__


def test_a_hostile_file_leaves_the_memory_of_a_process_alone() -> None:
    """Nothing that tracemalloc does not see is taken either: the peak of a process of its own."""
    root = Path(__file__).parents[2]
    script = (
        "import resource, random\n"
        "from tests.retnet_core.test_codec_fuzz import huge, nested, sources, taken\n"
        "chance, whole = random.Random(5), sources()\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "spoil = lambda n: taken((huge, nested)[n % 2](whole[n % 9], b'', chance))\n"
        "[spoil(n) for n in range(50)]\n"
        "before = peak()\n"
        "[spoil(n) for n in range(300)]\n"
        "print(peak() - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True
    )
    kib = int(done.stdout) // (1024 if sys.platform == "darwin" else 1)
    assert kib < 8_192


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_reading_a_large_state_takes_no_second_copy(encoding: str) -> None:
    config = RetNetConfig(7, 4, 2, 64, 256, 5, (5.0,) * 4)
    state = RetNetState.empty(config)
    payload = encode_state(state, encoding, WEIGHTS, TOKENIZER, 1)  # type: ignore[arg-type]
    tracemalloc.start()
    decoded(payload, config)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2.1 * state.tensor.nbytes


def test_the_literal_reading_is_that_of_the_codec() -> None:
    for encoding in ENCODINGS:
        assert taken(encoded(encoding)) == literal(encoded(encoding))
    assert literal(encoded()) == (torch.arange(1.0, 13.0).tolist(), 42)
    assert literal(encoded()[:-1]) is literal(b"") is None
