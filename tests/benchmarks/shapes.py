"""A RetNet that has a Transformer of its size and is done with in no time."""

from __future__ import annotations

from retnet_core.config import RetNetConfig

SMALL = RetNetConfig(
    vocabulary=64, width=32, layers=2, key_width=16, value_width=32, feedforward=48,
    decay_exponents=(5.0, 6.0),
)  # fmt: skip
