"""A config says what it was told, and what cannot be is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from retnet_core.config import ReaderConfig, RetNetConfig
from tests.retnet_core import tiny
from tests.tiny_reader import CONFIG as READER

SHARED = replace(tiny.CONFIG, key_value_heads=1, activation="gelu", tied_head=False)


@pytest.mark.parametrize("config", [tiny.CONFIG, SHARED], ids=["plain", "shared"])
def test_a_config_comes_back_from_its_values(config: RetNetConfig) -> None:
    assert RetNetConfig.from_dict(config.to_dict()) == config
    reader = replace(READER, body=config)
    assert ReaderConfig.from_dict(reader.to_dict()) == reader


def test_a_config_of_the_first_checkpoints_has_the_values_that_it_had() -> None:
    """Its weights keep their fingerprint, and stored states their model."""
    assert tiny.CONFIG.to_dict().keys() == {
        "vocabulary", "width", "layers", "key_width", "value_width", "feedforward",
        "decay_exponents", "rotary_base", "norm_epsilon", "tied_head",
    }  # fmt: skip
    assert SHARED.to_dict().keys() - tiny.CONFIG.to_dict().keys() == {
        "key_value_heads", "activation",
    }  # fmt: skip


def test_heads_without_keys_of_their_own_are_not_counted() -> None:
    assert (tiny.CONFIG.heads, tiny.CONFIG.heads_written) == (3, 3)
    assert (SHARED.heads, SHARED.heads_written) == (3, 1)
    assert SHARED.state_elements == tiny.CONFIG.state_elements == 2 * 3 * 4 * 6


@pytest.mark.parametrize("shared", [0, -1, 2, 4])
def test_heads_that_cannot_be_shared_evenly_are_refused(shared: int) -> None:
    with pytest.raises(ValueError, match=f"3 heads cannot share {shared}"):
        replace(tiny.CONFIG, key_value_heads=shared)


def test_an_unknown_activation_is_refused() -> None:
    with pytest.raises(ValueError, match="silu or gelu, not 'relu'"):
        replace(tiny.CONFIG, activation="relu")  # type: ignore[arg-type]


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(TypeError):
        RetNetConfig.from_dict({**tiny.CONFIG.to_dict(), "colour": "red"})
