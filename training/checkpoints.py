"""Where a run stands, on disk: weights, optimizers, carried state. Nothing is pickled."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from retnet_core.state import RetNetState


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What a run needs beside its modules to go on: steps done and the state of the text rows."""

    step: int
    language_step: int
    state: RetNetState | None


def save(folder: Path, model: nn.Module, pair: tuple[Optimizer, ...], standing: Standing) -> None:
    """Replace the checkpoint of a run, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"model.{name}": value for name, value in _weights(model).items()}
    for number, optimizer in enumerate(pair):
        for index, values in optimizer.state_dict()["state"].items():
            for key, value in values.items():
                tensors[f"optimizer.{number}.{index}.{key}"] = torch.as_tensor(value)
    if standing.state is not None:
        tensors["state"] = standing.state.tensor
    facts = {"step": standing.step, "language_step": standing.language_step}
    unfinished = folder / "checkpoint.unfinished"
    owned = {name: value.contiguous().clone() for name, value in tensors.items()}
    save_file(owned, unfinished, metadata={"facts": json.dumps(facts)})
    os.replace(unfinished, folder / "checkpoint.safetensors")


def resume(folder: Path, model: nn.Module, pair: tuple[Optimizer, ...]) -> Standing | None:
    """Put a run back where it stood; None where there is no checkpoint yet."""
    path = folder / "checkpoint.safetensors"
    if not path.exists():
        return None
    tensors = load_file(path)
    load_weights(model, tensors)
    for number, optimizer in enumerate(pair):
        _restore(optimizer, f"optimizer.{number}.", tensors)
    facts = _facts(path)
    device = next(model.parameters()).device
    state = RetNetState(tensors["state"].to(device)) if "state" in tensors else None
    return Standing(facts["step"], facts["language_step"], state)


def load_weights(model: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Take only the weights out of the tensors of a checkpoint."""
    prefix = "model."
    weights = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    if unexpected or any(name not in _tied(model) for name in missing):
        raise ValueError(f"the checkpoint has other weights: {missing} / {unexpected}")


def _weights(model: nn.Module) -> dict[str, Tensor]:
    tied = _tied(model)
    return {name: value for name, value in model.state_dict().items() if name not in tied}


def _tied(model: nn.Module) -> set[str]:
    """Names that only repeat another parameter: the head that shares the embeddings."""
    return set(model.state_dict()) - {name for name, _ in model.named_parameters()}


def _restore(optimizer: Optimizer, prefix: str, tensors: dict[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith(prefix):
            index, key = name.removeprefix(prefix).split(".")
            state.setdefault(int(index), {})[key] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def _facts(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    facts: dict[str, Any] = json.loads(header["__metadata__"]["facts"])
    return facts
