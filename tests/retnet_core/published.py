"""Published folders built for tests: another implementation's config, weights from sines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from tests.golden.values import Shape, weights

GOLDEN = Path(__file__).parents[1] / "golden"


def told(golden: Path) -> tuple[dict[str, Any], dict[str, Shape], dict[str, Tensor]]:
    """The config, the shapes of the tensors, and the outputs that a golden file holds."""
    with safe_open(golden, framework="pt") as file:
        about = file.metadata()
    shapes = {name: tuple(shape) for name, shape in json.loads(about["shapes"]).items()}
    return json.loads(about["config"]), shapes, load_file(golden)


def folder_of(
    folder: Path, config: Mapping[str, Any], tensors: Mapping[str, Tensor], shards: int = 1
) -> Path:
    """A folder as it would be published, its tensors in one file or spread over shards."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    if shards == 1:
        save_file(dict(tensors), folder / "model.safetensors")
        return folder
    places = {}
    for number in range(shards):
        name = f"model-{number + 1:05d}-of-{shards:05d}.safetensors"
        part = dict(list(tensors.items())[number::shards])
        save_file(part, folder / name)
        places.update(dict.fromkeys(part, name))
    index = {"metadata": {"total_size": 0}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


def golden_folder(
    folder: Path, golden: Path, dtype: torch.dtype = torch.float32, shards: int = 1
) -> Path:
    """The folder whose outputs the golden file holds."""
    config, shapes, _ = told(golden)
    tensors = {name: tensor.to(dtype) for name, tensor in weights(shapes).items()}
    return folder_of(folder, config, tensors, shards)
