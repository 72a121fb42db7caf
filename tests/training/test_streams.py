"""Running text goes on from step to step, the same at every start."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from training.streams import Streams

LENGTH, ROWS = 1000, 3


@dataclass(frozen=True)
class Source:
    """A text whose tokens count upwards, so that a place in it can be told."""

    name: str
    first: int
    tokens: int


LONG, SHORT = Source("long", 0, 40_000), Source("short", 50_000, 3000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lm")
    for source in (LONG, SHORT):
        (folder / source.name).mkdir()
        tokens = np.arange(source.first, source.first + source.tokens, dtype=np.uint16)
        np.save(folder / source.name / "tokens.npy", tokens)
    return folder


def test_each_step_goes_on_where_the_last_one_ended(folder: Path) -> None:
    streams = Streams(folder, {"long": 1, "short": 1}, seed=1)
    steps = [streams.rows(step, ROWS, LENGTH) for step in range(40)]
    for now, following in pairwise(steps):
        assert now.shape == (ROWS, LENGTH + 1)
        assert torch.equal(now[:, -1], following[:, 0])


def test_tokens_follow_each_other_within_a_block(folder: Path) -> None:
    streams = Streams(folder, {"long": 1}, seed=2)
    row = torch.cat([streams.rows(step, 1, LENGTH)[0, :-1] for step in range(40)])
    breaks = (torch.diff(row) != 1).nonzero().flatten() + 1
    assert breaks.tolist() == [Streams.BLOCK * n for n in range(1, 5)]


def test_a_source_shorter_than_a_block_is_repeated(folder: Path) -> None:
    streams = Streams(folder, {"short": 1}, seed=2)
    row = torch.cat([streams.rows(step, 1, LENGTH)[0, :-1] for step in range(8)])
    assert torch.equal(row[:6000], torch.arange(3000).repeat(2) + SHORT.first)


def test_equal_seeds_draw_equal_rows_and_rows_differ(folder: Path) -> None:
    weights = {"long": 1.0, "short": 1.0}
    one, same, other = (Streams(folder, weights, seed) for seed in (3, 3, 4))
    assert torch.equal(one.rows(7, ROWS, LENGTH), same.rows(7, ROWS, LENGTH))
    assert not torch.equal(one.rows(7, ROWS, LENGTH), other.rows(7, ROWS, LENGTH))
    rows = one.rows(0, ROWS, LENGTH)
    assert len({tuple(row.tolist()) for row in rows}) == ROWS
    assert torch.equal(one.rows(7, 1, LENGTH), one.rows(7, ROWS, LENGTH)[:1])


def test_sources_are_drawn_by_their_weights(folder: Path) -> None:
    streams = Streams(folder, {"long": 3, "short": 1}, seed=5)
    steps = range(0, 8 * 400, 8)  # a block apart, or nearly
    firsts = [int(streams.rows(step, 1, 1024)[0, 0]) for step in steps]
    share = sum(first < SHORT.first for first in firsts) / len(firsts)
    assert share == pytest.approx(0.75, abs=0.07)
