"""Reading on in rows of different lengths at once, each as if it were alone."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from retnet_core.model import RetNet
from retnet_core.state import RetNetState


def read_rows(
    model: RetNet, rows: Sequence[Sequence[int]], state: RetNetState | None = None
) -> tuple[Tensor, RetNetState]:
    """Token ids of each row, after a state of as many rows: hidden [B, T, D] and the states.

    The rows end together: hidden[b, T − n :] belongs to the n tokens of row b, hidden[:, −1] says
    what comes next; what stands in front of a row means nothing. Shorter rows are padded in
    front, where no time passes, so each state is the one after the row's own tokens, and a row
    without tokens keeps its state bit for bit.
    """
    if state is not None and state.batch != len(rows):
        raise ValueError(f"{len(rows)} rows cannot be read after a state of {state.batch}")
    longest = max(map(len, rows), default=0)
    ids = torch.zeros(len(rows), longest, dtype=torch.int64)
    real = torch.zeros(len(rows), longest, dtype=torch.bool)
    for number, row in enumerate(rows):
        ids[number, longest - len(row) :] = torch.tensor(list(row), dtype=torch.int64)
        real[number, longest - len(row) :] = True
    device = model.embeddings.weight.device
    return model.read(model.embed(ids.to(device)), state, real.to(device))
