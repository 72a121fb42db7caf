"""What can be done with states without reading: let time pass, join texts, take one away.

With S_A after a text A read alone and S_B after B read alone, the state after A and then B is

    S_AB = γ^|B| Rot(−|B|) S_A + S_B

Within one layer this is exact for given keys and values. Through several layers it is an
approximation: in a true reading of A and B the layers above the first see, in B, what the layers
below recalled of A, and write other keys and values (`python -m benchmarks merging` measures by how
much). Joined and summed in float64, rounded once to the type of the states.

Every state is [L, B, H, K, V] of the config that is handed in; `tokens` is one number for all rows
or one for each row. ValueError is raised for negative numbers, and for shapes that do not fit.
Nothing is changed in place.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from retnet_core import past
from retnet_core.config import RetNetConfig
from retnet_core.model import pace_of
from retnet_core.state import RetNetState

Tokens = int | Sequence[int]


def advance(state: RetNetState, tokens: Tokens, config: RetNetConfig) -> RetNetState:
    """The state seen `tokens` later, with nothing read in between: γ^C Rot(−C) S.

    There is no way back: γ^−C would make the rounding of a fast head as large as its content.
    """
    return RetNetState(_later(state, tokens, config).to(state.tensor.dtype))


def merge(
    first: RetNetState, second: RetNetState, tokens: Tokens, config: RetNetConfig
) -> RetNetState:
    """The state after two texts; tokens: how many were read into the second, from an empty state.

    Associative, and the empty state (with 0 tokens) is neutral on both sides.
    """
    return merge_all([(first, 0), (second, tokens)], config)


def merge_all(parts: Sequence[tuple[RetNetState, Tokens]], config: RetNetConfig) -> RetNetState:
    """The state after several texts in order: (state, tokens read into it) of each."""
    if not parts:
        raise ValueError("at least one state is needed to merge")
    _check_one_kind([state for state, _ in parts])
    whole = RetNetState(torch.zeros_like(parts[0][0].tensor, dtype=torch.float64))
    for state, tokens in parts:
        aged = _later(whole, tokens, config)
        whole = RetNetState(aged + _fitting(state, config).double())
    return RetNetState(whole.tensor.to(parts[0][0].tensor.dtype))


def without(
    whole: RetNetState, first: RetNetState, tokens: Tokens, config: RetNetConfig
) -> RetNetState:
    """The second of two texts alone: S_B = S_AB − γ^|B| Rot(−|B|) S_A; tokens: read since `first`.

    No power of γ is inverted, so the error stays about one rounding of S_AB. Where S_B is much
    smaller than what is left of S_A (a slow head, few tokens), that is a large part of S_B.
    The first text cannot be told from the whole and the second: it was forgotten by γ^|B|.
    """
    _check_one_kind([whole, first])
    rest = _fitting(whole, config).double() - _later(first, tokens, config)
    return RetNetState(rest.to(whole.tensor.dtype))


def _later(state: RetNetState, tokens: Tokens, config: RetNetConfig) -> Tensor:
    """The state aged, in float64."""
    tensor = _fitting(state, config)
    passed = torch.as_tensor(tokens, dtype=torch.int64, device=tensor.device)
    if passed.dim() and passed.shape != (state.batch,):
        raise ValueError(f"{len(passed)} numbers of tokens were given for {state.batch} rows")
    if bool((passed < 0).any()):
        raise ValueError("time cannot be turned back: tokens must be 0 or above")
    return past.advance(tensor.double(), passed, pace_of(config, tensor.device))


def _fitting(state: RetNetState, config: RetNetConfig) -> Tensor:
    expected = (config.layers, state.batch, config.heads, config.key_width, config.value_width)
    if state.tensor.shape != expected:
        found = list(state.tensor.shape)
        raise ValueError(f"this state has the shape {found}, the model's is {list(expected)}")
    return state.tensor


def _check_one_kind(states: Sequence[RetNetState]) -> None:
    if len({(state.tensor.shape, state.tensor.dtype) for state in states}) > 1:
        raise ValueError("states of other shapes or types cannot be put together")
