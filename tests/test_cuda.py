"""The model and its training on an NVIDIA GPU: the same function as on a CPU, compiled or not."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from retnet_core import retention
from retnet_core.config import RetNetConfig
from retnet_core.model import RetNet
from retnet_core.retention import Pace
from retnet_core.state import RetNetState
from training.losses import language_loss

pytestmark = pytest.mark.gpu

CUDA = torch.device("cuda")
EXPONENTS = (5.0, 6.0, 9.0, 13.0)
CONFIG = RetNetConfig(
    vocabulary=64,
    width=64,
    layers=2,
    key_width=16,
    value_width=32,
    feedforward=96,
    decay_exponents=EXPONENTS,
)


@pytest.fixture(autouse=True)
def exact_float32() -> None:
    """Products of float32 in float32, not in TF32: the forms are to be compared."""
    torch.set_float32_matmul_precision("highest")


def model(seed: int = 0) -> RetNet:
    torch.manual_seed(seed)
    return RetNet(CONFIG)


def text(length: int, batch: int = 2) -> Tensor:
    chance = torch.Generator().manual_seed(length)
    return torch.randint(0, CONFIG.vocabulary, (batch, length), generator=chance).to(CUDA)


@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [(torch.float64, 1e-10), (torch.float32, 2e-5), (torch.bfloat16, 3e-2)],
    ids=["float64", "float32", "bfloat16"],
)
@pytest.mark.parametrize("length", [1, 127, 128, 300])
def test_the_three_forms_are_equal(length: int, dtype: torch.dtype, tolerance: float) -> None:
    chance = torch.Generator().manual_seed(length)
    shapes = [(2, 4, length, width) for width in (16, 16, 32)]
    q, k, v = (torch.randn(s, generator=chance).to(CUDA, dtype) * 0.25 for s in shapes)
    pace = Pace.of(EXPONENTS, 16, device=CUDA)
    empty = torch.zeros(2, 4, 16, 32, device=CUDA, dtype=torch.promote_types(dtype, torch.float32))
    expected = retention.parallel(q, k, v, pace)
    chunked, after = retention.chunkwise(q, k, v, empty, pace)
    state, rows = empty, []
    for n in range(length):
        row, state = retention.recurrent(q[:, :, n], k[:, :, n], v[:, :, n], state, pace)
        rows.append(row)
    scale = float(expected.abs().max())
    assert_close(chunked, expected, rtol=0, atol=tolerance * scale)
    assert_close(torch.stack(rows, dim=2), expected, rtol=0, atol=tolerance * scale)
    assert_close(after, state, rtol=0, atol=tolerance * float(state.abs().max()))


def test_the_gpu_reads_what_the_cpu_reads() -> None:
    here = model()
    there = copy.deepcopy(here).to(CUDA)
    tokens = text(200)
    expected, after = here(tokens.cpu())
    found, after_too = there(tokens)
    assert_close(found.cpu(), expected, rtol=1e-4, atol=1e-4)
    assert_close(after_too.tensor.cpu(), after.tensor, rtol=1e-4, atol=1e-4)


def test_reading_in_two_sittings_equals_reading_in_one() -> None:
    built, tokens = model().to(CUDA), text(201)
    whole, after = built(tokens)
    first, state = built(tokens[:, :77])
    second, state = built(tokens[:, 77:], state)
    assert_close(torch.cat((first, second), dim=1), whole, rtol=1e-4, atol=1e-4)
    assert_close(state.tensor, after.tensor, rtol=1e-4, atol=1e-4)


def learn(
    built: RetNet, steps: int, *, sparing: bool = False, compiled: bool = False
) -> tuple[list[float], RetNetState]:
    """Losses of some steps of AdamW in bfloat16 autocast on one text, the state carried on."""
    step = torch.compile(language_loss, dynamic=False) if compiled else language_loss
    optimizer = torch.optim.AdamW(built.parameters(), lr=3e-3)
    losses, tokens = [], text(129)
    state = RetNetState.empty(CONFIG, 2, CUDA)
    for _ in range(steps):
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cuda", torch.bfloat16):
            loss, state = step(built, tokens, state, sparing)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses, state


def test_training_in_bfloat16_learns_and_keeps_a_float32_state() -> None:
    built = model().to(CUDA)
    losses, state = learn(built, 30)
    assert losses[-1] < 0.7 * losses[0]
    assert state.tensor.dtype == torch.float32
    assert not state.tensor.requires_grad
    assert all(bool(weight.isfinite().all()) for weight in built.parameters())


def test_a_sparing_step_takes_the_gradient_of_a_whole_one_in_less_memory() -> None:
    built = model().to(CUDA)
    found: list[tuple[int, dict[str, Tensor]]] = []
    for sparing in (False, True):
        copied = copy.deepcopy(built)
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        with torch.autocast("cuda", torch.bfloat16):
            loss, _ = language_loss(copied, text(4097), None, sparing)
        loss.backward()
        named = copied.named_parameters()
        grads = {name: weight.grad for name, weight in named if weight.grad is not None}
        found.append((torch.cuda.max_memory_allocated(), grads))
        del copied, loss
    (whole, expected), (spared, same) = found
    assert spared < whole
    for name in expected:
        apart = (same[name] - expected[name]).norm() / expected[name].norm()
        assert float(apart) < 0.02, name


@pytest.mark.filterwarnings("ignore")  # the compiler of torch warns of torch
def test_a_compiled_step_of_training_equals_an_eager_one() -> None:
    built = model().to(CUDA)
    eager, _ = learn(copy.deepcopy(built), 5)
    compiled, _ = learn(copy.deepcopy(built), 5, compiled=True)
    assert compiled == pytest.approx(eager, rel=0.01)


def test_a_state_read_on_the_gpu_is_read_on_from_on_the_cpu() -> None:
    here, tokens = model(), text(160)
    there = copy.deepcopy(here).to(CUDA)
    _, state = there(tokens[:, :100])
    carried = RetNetState(state.tensor.cpu())
    found, _ = here(tokens[:, 100:].cpu(), carried)
    expected, _ = here(tokens.cpu())
    assert_close(found, expected[:, 100:], rtol=1e-3, atol=1e-4)
