"""The one place where writing calls the model: what is read, and the scores of what comes next."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from retnet_core.model import RetNet
from retnet_core.state import RetNetState
from retnet_core.writing.stepper import Stepper

SEGMENT = 2048  # tokens of a row read in one call, so that a long prompt takes no more memory


class Line:
    """Rows of text that go on from a state: many tokens are read in chunks, single ones in steps.

    at: a state, where it is to begin; None is the state before the first token, of one row.
    """

    def __init__(self, model: RetNet, at: RetNetState | Stepper | None) -> None:
        self._model = model
        self._at = at if isinstance(at, Stepper) else _where(model, at)

    def read(self, rows: Sequence[Sequence[int]]) -> Tensor:
        """Read on in every row, equally far: the hidden vector of each row's last token [B, D]."""
        device = self._model.embeddings.weight.device
        tokens = torch.tensor([list(row) for row in rows], device=device)
        if tokens.shape[1] == 1:
            if isinstance(self._at, RetNetState):
                self._at = Stepper(self._model, self._at)
            return self._at.step(tokens[:, 0])
        return self._read(tokens)

    def state(self) -> RetNetState:
        """The state of all rows after what was read: a copy, and good for gradients too."""
        at = self._at
        return at.state() if isinstance(at, Stepper) else RetNetState(at.tensor.clone())

    def rows(self, chosen: Sequence[int]) -> Line:
        """Another line that goes on with these rows, one of them perhaps several times."""
        return Line(self._model, self._at.rows(chosen))

    @torch.inference_mode()
    def _read(self, tokens: Tensor) -> Tensor:
        hidden, state = torch.empty(0), self.state()
        for segment in tokens.split(SEGMENT, dim=1):
            hidden, state = self._model(segment, state)
        self._at = state
        return hidden[:, -1]


@torch.inference_mode()
def score(model: RetNet, hidden: Tensor) -> Tensor:
    """The scores of the next token [B, vocabulary], float32 or wider, on the CPU."""
    scores = model.logits(hidden)
    return scores.to("cpu", torch.promote_types(scores.dtype, torch.float32))


def _where(model: RetNet, state: RetNetState | None) -> RetNetState:
    """A state where the model is; None is the one before the first token."""
    weight = model.embeddings.weight
    if state is not None:
        return state.to(weight.device)
    wide = torch.promote_types(weight.dtype, torch.float32)  # as the model itself begins
    return RetNetState.empty(model.config, 1, weight.device, wide)


def lines(model: RetNet, states: Sequence[RetNetState | None]) -> Line:
    """One line whose rows are these states, of one row each."""
    return Line(model, RetNetState.stack([_where(model, state) for state in states]))
