"""What a process says that it holds, against memory that is truly taken."""

from __future__ import annotations

import os
from concurrent.futures.process import BrokenProcessPool

import numpy as np
import pytest
import torch

from benchmarks.memory import REFERENCES, STATUS, apart, forget_most, held, most_held

MUCH = 64_000_000

linux = pytest.mark.skipif(not STATUS.exists(), reason="this system does not say what is resident")


def take_and_leave() -> tuple[int, int, int]:
    """Growth while memory is held, after it was given back, and at the most."""
    before = held()
    taken = np.ones(MUCH, dtype=np.uint8)
    while_held = held() - before
    del taken
    return while_held, held() - before, most_held() - before


@linux
def test_memory_is_counted_while_it_is_held_and_remembered_after() -> None:
    while_held, after, most = apart(1, take_and_leave)
    # A system takes pages of libraries back and gives them again as it likes: nothing is exact.
    assert 0.7 * MUCH < while_held < 2 * MUCH
    assert 0.7 * MUCH < most < 2 * MUCH
    assert after < while_held - MUCH / 2


def most_after_forgetting() -> int:
    before = held()
    np.ones(MUCH, dtype=np.uint8)
    forget_most()
    return most_held() - before


@pytest.mark.slow
@pytest.mark.skipif(not REFERENCES.exists(), reason="this system does not forget the most")
def test_the_most_can_be_forgotten() -> None:
    assert apart(1, most_after_forgetting) < MUCH / 4


@pytest.mark.slow
@linux
def test_a_fresh_process_does_not_count_what_its_parent_holds() -> None:
    here = np.ones(4 * MUCH, dtype=np.uint8)
    assert apart(1, most_held) < most_held() - 2 * MUCH
    del here


def place_and_threads(seed: int) -> tuple[int, int, int]:
    return os.getpid(), torch.get_num_threads(), seed


def test_work_apart_has_its_own_process_threads_and_arguments() -> None:
    process, threads, seed = apart(1, place_and_threads, seed=7)
    assert process != os.getpid()
    assert (threads, seed) == (1, 7)


def end_at_once() -> None:
    os._exit(9)


def test_a_process_that_is_ended_is_told() -> None:
    with pytest.raises(BrokenProcessPool):
        apart(1, end_at_once)
