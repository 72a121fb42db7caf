"""What joining states loses: two texts read apart and merged, beside reading them in one go.

Every layer adds up exactly what it wrote; but a text that is read cold is not told by the layers
below what came before it, so all layers above the first write other keys and values.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

import torch

from app.settings import SHIPPED_MODEL
from benchmarks.states import after, mean_with_interval, next_loss, sample_tokens
from benchmarks.timing import machine, print_table
from retnet_core.algebra import advance, merge, merge_all
from retnet_core.checkpoint import load_reader
from retnet_core.model import RetNet
from retnet_core.state import RetNetState

BEFORE, FOLLOWING = 2_048, 256  # tokens of A, and tokens whose loss is taken after A and B
LENGTHS = (32, 128, 512, 2_048)  # tokens of B
STEP = 1_024  # tokens between the places where A begins
WAYS = ("A + B in one go", "merged", "B alone", "A, then time", "nothing")
States = Mapping[str, RetNetState]


@torch.inference_mode()
def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks merging", description=__doc__)
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL)
    options = parser.parse_args(arguments)
    loaded = load_reader(options.model)
    model, tokens = loaded.reader.body, sample_tokens(loaded)
    print(machine())
    for length in LENGTHS:
        _two_texts(model, tokens, length)
    _many_parts(model, tokens)


def _two_texts(model: RetNet, tokens: Sequence[int], length: int) -> None:
    starts = range(0, len(tokens) - BEFORE - length - FOLLOWING, STEP)
    losses: dict[str, list[float]] = {way: [] for way in WAYS}
    errors: dict[str, list[torch.Tensor]] = {way: [] for way in WAYS}
    for start in starts:
        first = tokens[start : start + BEFORE]
        second = tokens[start + BEFORE : start + BEFORE + length]
        end = start + BEFORE + length
        states = _ways(model, first, second)
        for way, state in states.items():
            losses[way].append(next_loss(model, tokens[end : end + FOLLOWING], state))
            errors[way].append(_errors(state, states[WAYS[0]]))
    title = f"A of {BEFORE:,} tokens, B of {length:,}, at {len(starts)} places"
    _print(title, losses, errors)


def _ways(model: RetNet, first: Sequence[int], second: Sequence[int]) -> States:
    before, cold, count = after(model, first), after(model, second), len(second)
    states = (
        after(model, second, before),
        merge(before, cold, count, model.config),
        cold,
        advance(before, count, model.config),
        RetNetState.empty(model.config),
    )
    return dict(zip(WAYS, states, strict=True))


def _many_parts(model: RetNet, tokens: Sequence[int]) -> None:
    """The whole sample, read in parts of several lengths that know nothing of each other."""
    text = tokens[: len(tokens) - FOLLOWING]
    rest = tokens[len(text) :]
    whole = after(model, text)
    rows = [["in one go", "", f"{next_loss(model, rest, whole):.4f}"]]
    for length in (4_096, 1_024, 256):
        parts = [text[start : start + length] for start in range(0, len(text), length)]
        merged = merge_all([(after(model, part), len(part)) for part in parts], model.config)
        error = float(_errors(merged, whole)[-1])
        rows.append(
            [f"{len(parts)} parts", f"{error:.3f}", f"{next_loss(model, rest, merged):.4f}"]
        )
    head = ["read", "relative error", f"loss of the next {FOLLOWING}"]
    print_table(f"{len(text):,} tokens read in parts and merged", head, rows)


def _errors(state: RetNetState, exact: RetNetState) -> torch.Tensor:
    """Relative error of every layer, then of the whole."""
    off = (state.tensor - exact.tensor).flatten(1).norm(dim=1)
    size = exact.tensor.flatten(1).norm(dim=1)
    return torch.cat((off / size, (off.norm() / size.norm())[None]))


def _print(
    title: str, losses: Mapping[str, list[float]], errors: Mapping[str, list[torch.Tensor]]
) -> None:
    rows = []
    for way in WAYS:
        error = torch.stack(errors[way]).mean(0)
        differences = [a - b for a, b in zip(losses[way], losses[WAYS[0]], strict=True)]
        rows.append(
            [
                way,
                " ".join(f"{each:.2g}" for each in error[:-1]),
                f"{error[-1]:.3f}",
                f"{fmean(losses[way]):.4f}",
                mean_with_interval(differences),
            ]
        )
    head = ["state", "relative error of each layer", "of all", "loss after", "difference [95 %]"]
    print_table(title, head, rows)
