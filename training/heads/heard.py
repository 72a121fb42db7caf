"""What the body makes of passages and questions: its hidden vectors, read once and kept.

heard_passages [N, D], heard_questions [M, D]: bfloat16 seen as uint16, one row for each token of
`tokens` and of `question_tokens` (pairs.py). Documents are read as readonce reads them: in groups
of whole passages with the state carried; each question is read from the empty state.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from retnet_core.checkpoint import LoadedReader
from retnet_core.reading import inference
from retnet_core.state import RetNetState

GROUP_TOKENS = 2_048  # as pipelines.read
BATCH = 64

Hidden = npt.NDArray[np.uint16]


def hear_documents(loaded: LoadedReader, folder: Path) -> Hidden:
    """The hidden vectors of all documents of a folder: [N, D]."""
    tokens = torch.from_numpy(np.load(folder / "tokens.npy").astype(np.int64))
    starts = np.load(folder / "doc_starts.npy").tolist()
    ends = np.load(folder / "passages.npy")[:, 1]
    rows = []
    with inference(loaded):
        for first, last in pairwise(starts):
            state: RetNetState | None = None
            inside = ends[(ends > first) & (ends <= last)].tolist()
            for start, end in groups(first, inside):
                hidden, state = loaded.reader.body(tokens[None, start:end], state)
                rows.append(_kept(hidden[0]))
    return np.concatenate(rows)


def groups(start: int, ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Whole passages together, as soon as they have GROUP_TOKENS; ends: of the passages."""
    for end in ends:
        if end - start >= GROUP_TOKENS or end == ends[-1]:
            yield start, end
            start = end


def hear_questions(loaded: LoadedReader, folder: Path) -> Hidden:
    """The hidden vectors of all questions of a folder: [M, D]."""
    tokens = np.load(folder / "question_tokens.npy").astype(np.int64)
    starts = np.load(folder / "question_starts.npy")
    lengths = np.diff(starts)
    order = np.argsort(lengths, kind="stable")
    out = np.zeros((len(tokens), loaded.reader.config.body.width), dtype=np.uint16)
    with inference(loaded):
        for first in range(0, len(order), BATCH):
            chosen = order[first : first + BATCH]
            batch = torch.zeros(len(chosen), max(1, int(lengths[chosen].max())), dtype=torch.int64)
            for row, number in enumerate(chosen):
                piece = tokens[starts[number] : starts[number + 1]]
                batch[row, : len(piece)] = torch.from_numpy(piece)
            hidden, _ = loaded.reader.body(batch, None)
            for row, number in enumerate(chosen):
                kept = hidden[row, : lengths[number]]
                out[starts[number] : starts[number + 1]] = _kept(kept)
    return out


def _kept(hidden: Tensor) -> Hidden:
    found: Hidden = hidden.to(torch.bfloat16).view(torch.int16).numpy().view(np.uint16)
    return found


def widened(hidden: Hidden) -> Tensor:
    """Kept hidden vectors as float32."""
    return torch.from_numpy(hidden.view(np.int16)).view(torch.bfloat16).float()


def kept(path: Path, make: Callable[[], Hidden]) -> Hidden:
    """An array of a file, made where it is missing and written whole or not at all."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        began = time.monotonic()
        with unfinished.open("wb") as file:
            np.save(file, make())
        os.replace(unfinished, path)
        print(path.parent.name, path.stem, round(time.monotonic() - began, 1), "s", flush=True)
    found: Hidden = np.load(path, mmap_mode="r")
    return found
