"""Which device is meant; what a GPU does with it is in tests/test_cuda.py."""

from __future__ import annotations

import pytest
import torch

from retnet_core.devices import Device, Wanted, called, device_for, kind_for
from retnet_core.errors import NoGpu
from retnet_core.held import quickest


@pytest.mark.parametrize(
    ("wanted", "present", "meant"),
    [
        ("auto", False, "cpu"),
        ("auto", True, "cuda"),
        ("cpu", False, "cpu"),
        ("cpu", True, "cpu"),
        ("cuda", True, "cuda"),
    ],
)
def test_auto_is_a_gpu_where_there_is_one(
    wanted: Wanted, present: bool, meant: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: present)
    assert device_for(wanted) == meant


def test_a_gpu_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(NoGpu, match="let READONCE_DEVICE be auto or cpu"):
        device_for("cuda")


def test_weights_are_held_as_is_wanted_or_as_is_best_there() -> None:
    assert kind_for("cpu", "auto") == quickest()
    assert kind_for("cuda", "auto") == "float32"  # products are bfloat16 there anyway
    assert kind_for("cuda", "int8") == "int8"
    assert called("cpu") == "the processor"
