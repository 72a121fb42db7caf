"""From a run to a checkpoint that the app loads."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from retnet_core.checkpoint import save_reader
from retnet_core.reader import Reader
from training.checkpoints import load_weights
from training.stage import Stage


def export(
    stage: Stage, folder: Path, dtype: torch.dtype = torch.bfloat16, earlier: float = 0.0
) -> str:
    """Write the weights that a run stands at into a folder; gives their fingerprint.

    earlier: the share, 0 to 1, of the weights that the stage started from in the average that is
    written (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models"). The model card
    (README.md) that is in the folder stays. Raises ValueError for a share of nothing, where the
    stage started from no earlier one.
    """
    weights = load_file(stage.run / "checkpoint.safetensors")
    if earlier:
        if stage.start_from is None:
            raise ValueError("the stage has no start_from to average with: leave --earlier out")
        weights = _between(weights, load_file(stage.start_from), earlier)
    reader = Reader(stage.model)
    load_weights(reader, weights)
    return save_reader(folder, reader, stage.tokenizer, dtype)


def _between(
    later: dict[str, Tensor], before: dict[str, Tensor], share: float
) -> dict[str, Tensor]:
    return {
        name: torch.lerp(later[name], before[name].to(later[name]), share)
        for name in before
        if name.startswith("model.")
    }
