"""Where a model computes: on the processor, or on an NVIDIA GPU."""

from __future__ import annotations

from typing import Literal

import torch

from retnet_core.errors import NoGpu
from retnet_core.held import Kind, quickest

Wanted = Literal["auto", "cpu", "cuda"]
Device = Literal["cpu", "cuda"]


def device_for(wanted: Wanted) -> Device:
    """The device that is meant: auto is a GPU where torch can use one; raises NoGpu."""
    present = wanted != "cpu" and torch.cuda.is_available()
    if wanted == "cuda" and not present:
        raise NoGpu(
            "There is no NVIDIA GPU here that torch can use: install its driver and a build of "
            "torch for CUDA, or let READONCE_DEVICE be auto or cpu."
        )
    return "cuda" if present else "cpu"


def kind_for(device: Device, weights: Literal["auto"] | Kind) -> Kind:
    """How weights are best held there, where nothing else is wanted."""
    if weights != "auto":
        return weights
    return quickest() if device == "cpu" else "float32"


def called(device: Device) -> str:
    """The device in words, a GPU by its name."""
    return torch.cuda.get_device_name() if device == "cuda" else "the processor"
