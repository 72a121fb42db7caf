"""Faults of other implementations that no other test here rules out (docs/known_failures.md)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close
from torch.utils._python_dispatch import TorchDispatchMode

from retnet_core import retention
from retnet_core.checkpoint import load_reader
from retnet_core.codec import decode_state, encode_state, state_checksum
from retnet_core.model import CHUNK, RetNet, pace_of
from retnet_core.reading import read_on
from retnet_core.retention import Pace
from retnet_core.state import RetNetState
from tests import oracle
from tests.retnet_core import tiny
from tests.tiny_reader import make_reader

assert_exact = partial(assert_close, rtol=0.0, atol=1e-10)
FINGERPRINTS = ("a" * 64, "b" * 64)


def first_drawn(seed: int) -> RetNet:
    """A model in float32 with the weights that torch draws."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return RetNet(replace(tiny.CONFIG, width=24, key_width=8)).requires_grad_(False)


def step_by_step(model: RetNet, tokens: Tensor, state: RetNetState | None) -> Tensor:
    hidden = []
    for token in tokens.split(1, dim=1):
        now, state = model(token, state)
        hidden.append(now)
    return torch.cat(hidden, dim=1)


@pytest.mark.parametrize("seed", range(3))
def test_all_forms_agree_in_a_model_as_it_is_first_drawn(seed: int) -> None:
    model, tokens = first_drawn(seed), tiny.text(CHUNK + 12, seed=seed)
    expected = torch.from_numpy(
        oracle.hidden(
            tiny.weights(model), 2, tiny.CONFIG.decay_exponents, [int(t) for t in tokens[0]]
        )
    ).float()
    chunks, steps = model(tokens)[0], step_by_step(model, tokens, None)
    for hidden in (chunks, steps):
        scores, right = model.logits(hidden[0]), model.logits(expected)
        assert_close(scores, right, rtol=0, atol=2e-5 * float(right.abs().max()))


@pytest.mark.parametrize("length", [1, 2, 5, CHUNK, CHUNK + 1])
def test_every_token_read_after_a_state_counts(length: int) -> None:
    model = tiny.model()
    _, state = model(tiny.text(30))
    tokens = tiny.text(length, seed=1)
    hidden, after = model(tokens, state)
    assert_exact(step_by_step(model, tokens, state), hidden)
    for place in {0, length // 2, length - 1}:
        other = tokens.clone()
        other[0, place] = (other[0, place] + 1) % tiny.CONFIG.vocabulary
        changed, moved = model(other, state)
        assert not torch.equal(changed[:, -1], hidden[:, -1])
        assert not torch.equal(moved.tensor, after.tensor)


class Sizes(TorchDispatchMode):
    """Notes every operation of torch with the shapes that it makes."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.made: list[tuple[str, list[list[int]]]] = []

    def __torch_dispatch__(
        self,
        func: Callable[..., object],
        types: Sequence[type],
        args: tuple[object, ...] = (),
        kwargs: dict[str, object] | None = None,
    ) -> object:
        out = func(*args, **(kwargs or {}))
        tensors = out if isinstance(out, tuple | list) else [out]
        self.made.append((str(func), [list(t.shape) for t in tensors if isinstance(t, Tensor)]))
        return out


@pytest.mark.parametrize("length", [1, CHUNK])
def test_reading_on_does_the_same_work_wherever_in_the_text(length: int) -> None:
    """No prefix is read again, no table of positions is made or grows."""
    model, tokens = tiny.model(), tiny.text(length, seed=9)
    works = []
    for before in (10, 3_000):
        _, state = model(tiny.text(before))
        with Sizes() as sizes:
            model(tokens, state)
        works.append(sizes.made)
    assert len(works[0]) > 50
    assert works[0] == works[1]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_a_cast_of_the_model_rounds_no_decay(dtype: torch.dtype) -> None:
    exponents = tuple(range(5, 21))
    config = replace(tiny.CONFIG, decay_exponents=tuple(float(e) for e in exponents))
    model = RetNet(config).to(dtype)
    assert not list(model.buffers())
    decays = pace_of(model.config, torch.device("cpu")).decay(1)
    assert_exact(decays, 1 - torch.tensor(exponents).double().neg().exp2())
    assert (decays.to(dtype) == 1).any()  # what rounding it would have done


@pytest.mark.parametrize(
    "tokens", [500_000, pytest.param(10_000_000, marks=pytest.mark.slow)], ids="{:,}".format
)
def test_a_key_is_found_at_its_true_angle_however_much_was_read(tokens: int) -> None:
    """All of it is truly read, in float32, by heads that still remember the first tokens."""
    exponents, keys, sitting = (30.0, 40.0), 4, 62_500
    pace = Pace.of(exponents, keys)
    generator = torch.Generator().manual_seed(0)
    k = torch.randn(1, 2, 9, keys, generator=generator)
    v = torch.randn(1, 2, 9, 2, generator=generator)
    _, state = retention.chunkwise(k, k, v, torch.zeros(1, 2, keys, 2), pace)
    nothing = torch.zeros(1, 2, sitting, keys)
    for _ in range(tokens // sitting):
        _, state = retention.chunkwise(nothing, nothing, nothing[..., :2], state, pace)
    first = oracle.state(k[0].double().numpy(), v[0].double().numpy(), exponents)
    expected = torch.from_numpy(oracle.aged(first, tokens, exponents))
    assert float((state[0] - expected).abs().max() / expected.abs().max()) < 1e-5


@pytest.mark.parametrize("cut", [1, 37, CHUNK, 300])
def test_nothing_of_a_reading_is_lost_in_a_round_trip(cut: int) -> None:
    """The bytes are all that is kept: no position, cache or mask beside them."""
    model, tokens = tiny.model(torch.float32), tiny.text(cut + 40)
    _, state = model(tokens[:, :cut])
    payload = encode_state(state, "float32", *FINGERPRINTS, cut)
    again, count = decode_state(payload, model.config, *FINGERPRINTS)
    assert count == cut
    for end in (cut + 1, cut + 40):
        kept, resumed = model(tokens[:, cut:end], state), model(tokens[:, cut:end], again)
        assert torch.equal(kept[0], resumed[0])
        assert torch.equal(kept[1].tensor, resumed[1].tensor)


def test_another_process_reads_on_from_the_stored_bytes(tmp_path: Path) -> None:
    folder = make_reader(tmp_path / "model")
    loaded = load_reader(folder)
    marks = (loaded.weights_fingerprint, loaded.tokenizer_fingerprint)
    state = read_on(loaded, range(50, 90), None)
    (tmp_path / "state").write_bytes(encode_state(state, "float32", *marks, 40))
    script = (
        "import sys; from pathlib import Path\n"
        "from retnet_core.checkpoint import load_reader\n"
        "from retnet_core.codec import decode_state, state_checksum\n"
        "from retnet_core.reading import read_on\n"
        "loaded = load_reader(Path(sys.argv[1]))\n"
        "marks = (loaded.weights_fingerprint, loaded.tokenizer_fingerprint)\n"
        "state, read = decode_state(Path(sys.argv[2]).read_bytes(), loaded.reader.config.body,"
        " *marks)\n"
        "print(read, state_checksum(read_on(loaded, range(90, 120), state)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, folder, tmp_path / "state"],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["40", state_checksum(read_on(loaded, range(90, 120), state))]
