"""How long texts made to be slow take to be split into passages, beside prose of the same size."""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.timing import machine, print_table
from pipelines.document import Document
from pipelines.split import split
from retnet_core.tokenizer import Tokenizer

MODEL = Path(__file__).parent.parent / "app" / "model" / "tokenizer.model"
HEAD = ["text", "characters", "seconds", "seconds for a million", "passages"]


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks splitting", description=__doc__)
    parser.add_argument("--characters", type=int, default=3_000_000)
    parser.add_argument("--only", default="", help="a part of the names of those to split")
    options = parser.parse_args(arguments)
    print(machine())
    made = texts(options.characters, random.Random(1))
    count = Tokenizer.from_file(MODEL).count
    rows = [_row(name, make(), count) for name, make in made.items() if options.only in name]
    print_table("Texts that are split into passages", HEAD, rows)


def texts(size: int, chance: random.Random) -> Mapping[str, Callable[[], str]]:
    """Texts of so many characters by what they are made of; line ends as many as may be."""

    def of(signs: str) -> Callable[[], str]:
        return lambda: "".join(chance.choices(signs, k=size))

    def again(piece: str, most: int = size) -> Callable[[], str]:
        return lambda: (piece * (most // len(piece) + 1))[:most]

    scripts = "".join(map(chr, (*range(0x4E00, 0x9FFF), *range(0xE000, 0xF8FF))))
    marks = "\u200b\u202e\u0300\ufeff\U0001f468\u200dA \n"
    return {
        "prose": lambda: _prose(size, chance),
        "no space": again("a"),
        "letters and digits": of("ABCDEFGHIJabcdefghij0123456789+/"),
        "words without a line end": of("abcdefgh "),
        "line ends": again("\n", min(size, 1_000_000)),
        "lines of two letters": again("ab\n", min(size, 3_000_000)),
        "spaces": again(" "),
        "one sentence": again("The ferry leaves at noon. "),
        "full stops": again("."),
        "commas": again(","),
        "shortened words": again("Mr. "),
        "single letters": again("a. "),
        "marks of notes": again("a.[1] "),
        "accents upon accents": again("e\u0301\u0302\u0303"),
        "signs of no alphabet": of(scripts),
        "signs without width": of(marks),
    }


def _prose(size: int, chance: random.Random) -> str:
    said = "The {} of {} went to the market, and {} people saw it. "
    names = ("ferry", "baker", "mayor", "miller", "bridge")
    lines = (
        said.format(chance.choice(names), chance.choice(names), chance.randrange(99))
        for _ in range(size // 40)
    )
    return "".join(lines)[:size]


def _row(name: str, text: str, count: Callable[[str], int]) -> list[str]:
    began = time.perf_counter()
    passages = split(Document(name, text, (0,), (), ()), count)
    took = time.perf_counter() - began
    million = took * 1_000_000 / len(text)
    return [name, f"{len(text):,}", f"{took:.1f}", f"{million:.2f}", f"{len(passages):,}"]
