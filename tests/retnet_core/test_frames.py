"""Between an absolute state and ours lies one rotation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from retnet_core.frames import from_absolute, to_absolute
from retnet_core.retention import Pace
from tests import oracle

EXPONENTS = (2.0, 7.0)


@pytest.mark.parametrize("length", [1, 7, 33])
def test_the_absolute_state_holds_keys_turned_by_their_position(length: int) -> None:
    draw = np.random.default_rng(length)
    k, v = draw.normal(size=(2, length, 6)), draw.normal(size=(2, length, 3))
    absolute = np.zeros((2, 6, 3))
    for h, exponent in enumerate(EXPONENTS):
        for m in range(length):
            key = oracle.turned(k[h, m], m)
            kept = (1.0 - 2.0**-exponent) ** (length - 1 - m)
            absolute[h] += kept * np.outer([*key.real, *key.imag], v[h, m])
    ours = torch.from_numpy(oracle.state(k, v, EXPONENTS))
    pace = Pace.of(EXPONENTS, 6)
    theirs = torch.from_numpy(absolute)
    assert_close(from_absolute(theirs, length, pace), ours, rtol=0, atol=1e-12)
    assert_close(to_absolute(ours, length, pace), theirs, rtol=0, atol=1e-12)


@given(st.integers(0, 10**7), st.sampled_from([torch.float32, torch.float64]))
def test_there_and_back_is_the_same_state(tokens: int, dtype: torch.dtype) -> None:
    pace = Pace.of(EXPONENTS, 6)
    state = torch.sin(torch.arange(72, dtype=torch.float64)).view(1, 2, 2, 6, 3).to(dtype)
    again = from_absolute(to_absolute(state, tokens, pace), tokens, pace)
    assert again.dtype == dtype
    assert_close(again, state, rtol=0, atol=1e-6 if dtype == torch.float32 else 1e-14)
