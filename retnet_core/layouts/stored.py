"""The tensors of a folder: one model.safetensors, or shards that an index names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from retnet_core.errors import InvalidCheckpoint
from retnet_core.tensors import Shape

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")
_TYPES = ("F64", "F32", "F16", "BF16")


@dataclass(frozen=True, slots=True)
class Stored:
    """One tensor in a file: nothing of it is read yet."""

    file: Path
    shape: Shape
    type: str


def stored_tensors(folder: Path) -> dict[str, Stored]:
    """Every tensor of a folder by its name, from the headers; raises InvalidCheckpoint."""
    if (folder / WEIGHTS).is_file():
        return _inside(folder / WEIGHTS)
    if (folder / INDEX).is_file():
        return _sharded(folder)
    pickles = sorted(path.name for kind in _PICKLES for path in folder.glob(kind))
    if pickles:
        raise InvalidCheckpoint(
            f"its weights are in {pickles[0]}, a pickle, which may run any program when it is "
            f"opened: write them with safetensors.torch.save_file as {WEIGHTS} first"
        )
    raise InvalidCheckpoint(f"it has neither {WEIGHTS} nor {INDEX}")


def _sharded(folder: Path) -> dict[str, Stored]:
    """The tensors of the index, each in the shard named there."""
    places = _index(folder / INDEX)
    shards = {name: _inside(folder / name) for name in sorted(set(places.values()))}
    for tensor, shard in places.items():
        if tensor not in shards[shard]:
            raise InvalidCheckpoint(f"{INDEX} promises {tensor} in {shard}, which lacks it")
    return {tensor: shards[shard][tensor] for tensor, shard in places.items()}


def _index(path: Path) -> dict[str, str]:
    try:
        places = json.loads(path.read_bytes())["weight_map"]
        sound = all(isinstance(shard, str) and shard for shard in places.values())
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InvalidCheckpoint(f"{path.name} cannot be understood") from error
    for shard in places.values() if sound else [None]:
        # A shard lies beside its index: a path could name any file of this computer.
        if shard is None or Path(shard).name != shard or not (path.parent / shard).is_file():
            raise InvalidCheckpoint(f"{path.name} names {shard!r}, which is no file beside it")
    return dict(places)


def _inside(file: Path) -> dict[str, Stored]:
    with opened(file) as content:
        slices = {name: content.get_slice(name) for name in content.keys()}  # noqa: SIM118
        found = {
            name: Stored(file, tuple(each.get_shape()), str(each.get_dtype()))
            for name, each in slices.items()
        }
    for name, tensor in found.items():
        if tensor.type not in _TYPES:
            raise InvalidCheckpoint(
                f"the tensor {name} is of type {tensor.type}, and only float32, bfloat16, float16 "
                "and float64 are read"
            )
    return found


@contextmanager
def opened(file: Path) -> Iterator[Any]:
    """A safetensors file, mapped: a tensor of it takes no memory of its own.

    The mapping lasts as long as one of its tensors does.
    """
    try:
        with safe_open(file, framework="pt") as content:
            yield content
    except (OSError, SafetensorError) as error:
        raise InvalidCheckpoint(f"{file.name} is damaged or cut off ({error})") from error


@contextmanager
def reading(tensors: Mapping[str, Stored], *, kept: bool) -> Iterator[Callable[[str], Tensor]]:
    """A function that gives a tensor by its name, as it lies in its file.

    kept: the tensors are to stay mapped, so each file is mapped once. Else a file is mapped anew
    for each tensor: when that tensor has been converted, no page of it stays in memory.
    """
    with ExitStack() as stack:
        files = {tensor.file for tensor in tensors.values()} if kept else ()
        contents = {file: stack.enter_context(opened(file)) for file in files}

        def get(name: str) -> Tensor:
            file = tensors[name].file
            with nullcontext(contents[file]) if kept else opened(file) as content:
                tensor: Tensor = content.get_tensor(name)
                return tensor

        yield get
