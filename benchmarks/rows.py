"""Documents read side by side as rows of one batch, against one after the other.

`python -m benchmarks rows`: texts of one length, and of lengths drawn at random as in a folder of
short files, through the body of the reader after a state of each row. All in turns in one run.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import torch

from benchmarks.options import command, parsed
from benchmarks.timing import in_turns, machine, print_table
from retnet_core.checkpoint import LoadedReader, load_reader
from retnet_core.held import quickest
from retnet_core.ragged import read_rows
from retnet_core.reading import inference
from retnet_core.state import RetNetState

SHIPPED = Path(__file__).parent.parent / "app" / "model"
DOCUMENTS = 8
AT_ONCE = (1, 2, 4, 8)
LENGTHS = {
    "a short file, 64 tokens": (64, 64),
    "a page, 512": (512, 512),
    "a group, 2,048": (2_048, 2_048),
    "drawn from 32 to 1,024": (32, 1_024),
}


@torch.inference_mode()
def main(arguments: list[str]) -> None:
    parser = command("rows", __doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    options = parsed(parser, arguments)
    held = quickest() if options.device == "cpu" else "float32"
    loaded = load_reader(SHIPPED, held=held)
    loaded.reader.to(options.device)
    print(machine())
    rows = []
    for name, bounds in LENGTHS.items():
        texts = _texts(loaded, bounds)
        work: dict[str, Callable[[], object]] = {
            str(count): partial(_read, loaded, texts, count) for count in AT_ONCE
        }
        seconds = in_turns(work, options.rounds)
        alone, tokens = seconds["1"], sum(map(len, texts))
        ratios = (f"{alone / seconds[str(count)]:.2f}" for count in AT_ONCE)
        rows.append([name, f"{tokens / alone:,.0f}", *ratios])
    head = ["tokens of each document", "tokens/s alone", *(f"{n} at once" for n in AT_ONCE)]
    print_table("Times as many tokens a second as one after the other", head, rows)


def _texts(loaded: LoadedReader, bounds: tuple[int, int]) -> list[list[int]]:
    """Random tokens: the time to read does not depend on what is read."""
    chance = random.Random(bounds[1])
    most = loaded.reader.config.body.vocabulary
    return [
        [chance.randrange(most) for _ in range(chance.randint(*bounds))] for _ in range(DOCUMENTS)
    ]


def _read(loaded: LoadedReader, texts: Sequence[Sequence[int]], count: int) -> None:
    """All texts, so many at once, the shortest first so that rows of a batch are much alike."""
    ordered = sorted(texts, key=len)
    device = next(loaded.reader.parameters()).device
    empty = RetNetState.empty(loaded.reader.config.body, count, device)
    with inference(loaded):
        for first in range(0, len(ordered), count):
            _, state = read_rows(loaded.reader.body, ordered[first : first + count], empty)
        state.tensor.cpu()
