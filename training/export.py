"""From a run to a checkpoint that the app loads."""

from pathlib import Path

import torch
from safetensors.torch import load_file

from retnet_core.checkpoint import save_reader
from retnet_core.reader import Reader
from training.checkpoints import load_weights
from training.stage import Stage


def export(stage: Stage, folder: Path, dtype: torch.dtype = torch.bfloat16) -> str:
    """Write the weights that a run stands at into a folder; gives their fingerprint.

    The model card (README.md) that is in the folder stays.
    """
    reader = Reader(stage.model)
    load_weights(reader, load_file(stage.run / "checkpoint.safetensors"))
    return save_reader(folder, reader, stage.tokenizer, dtype)
