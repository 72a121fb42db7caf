"""What the folders of models have in common: shapes in sentences, and a name for what is inside."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

Shape = tuple[int, ...]


class Fingerprint:
    """SHA-256 over a config and every tensor's name, type, shape and bytes, added one by one."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._whole = hashlib.sha256(json.dumps(config, sort_keys=True).encode())

    def add(self, name: str, tensor: Tensor) -> None:
        """The next tensor, in order of names."""
        self._whole.update(f"\n{name} {tensor.dtype} {list(tensor.shape)}\n".encode())
        self._whole.update(tensor.reshape(-1).view(torch.uint8).numpy().data)

    @property
    def text(self) -> str:
        return self._whole.hexdigest()


def fingerprint(config: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> str:
    """The fingerprint of weights that are all at hand."""
    whole = Fingerprint(config)
    for name in sorted(tensors):
        whole.add(name, tensors[name])
    return whole.text


def shape_text(shapes: Mapping[str, Shape], name: str) -> str:
    """The shape of a name as a sentence says it: "29 × 12", or "missing"."""
    return " × ".join(map(str, shapes[name])) if name in shapes else "missing"
