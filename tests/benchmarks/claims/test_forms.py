"""The three forms as the benchmark compares them."""

from __future__ import annotations

import torch

from benchmarks.claims import forms
from retnet_core import retention
from tests.benchmarks.shapes import SMALL

LARGEST = {"float64": 1e-12, "float32": 1e-4, "bfloat16": 0.03}


def test_the_forms_agree_as_far_as_their_type_can_tell() -> None:
    records = list(forms.measure(SMALL, 150))
    assert len(records) == 3 * 3 + 2
    for record in records:
        assert 0 < record["difference"] < LARGEST[record["dtype"]], record


def test_a_form_that_is_wrong_is_seen() -> None:
    q, k, v = forms._random(SMALL, 40, torch.float64)
    pace = retention.Pace.of(SMALL.decay_exponents, SMALL.key_width)
    other = retention.Pace.of((5.0, 6.5), SMALL.key_width)
    found = forms._apart(retention.parallel(q, k, v, other), retention.parallel(q, k, v, pace))
    assert found["difference"] > 1e-3
