"""The picture of a page, drawn in a process of its own and in this one: what the guard costs.

`python -m benchmarks drawing [FILE.pdf ...]`; without files the sample document is drawn.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.timing import machine, print_table
from pipelines import pages
from pipelines.apart.bounds import Bounds
from pipelines.apart.drawing import Drawer
from pipelines.apart.extracting import extract_apart
from pipelines.document import Upload
from pipelines.extract import Limits, extract

_SAMPLE = Path(__file__).resolve().parents[1] / "app" / "sample"
_WIDTH = 1_100
_ROUNDS = 7
_PAGES = 5


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks drawing", description=__doc__)
    parser.add_argument("paths", type=Path, nargs="*", metavar="FILE")
    options = parser.parse_args(arguments)
    print(machine())
    rows = [_measured(path) for path in options.paths or sorted(_SAMPLE.glob("*.pdf"))]
    head = ["file", "first page", "next apart", "next here", "text apart", "text here"]
    print_table(f"milliseconds, median of {_ROUNDS}", head, rows)


def _measured(path: Path) -> list[str]:
    content = path.read_bytes()
    upload = Upload(path.name, content)
    count = len(extract(upload).page_starts)
    numbers = [1 + number % min(count, _PAGES) for number in range(_ROUNDS)]
    with closing(Drawer()) as drawer:
        first = _took(lambda: drawer.highlighted(content, 1, "the", _WIDTH))
        apart, here = [], []
        for page in numbers:
            asked = (content, page, "the", _WIDTH)
            apart.append(_took(partial(drawer.highlighted, *asked)))
            here.append(_took(partial(pages.highlighted, *asked)))
    texts = [_took(lambda: extract_apart(upload, Limits(), Bounds())) for _ in range(_ROUNDS)]
    plain = [_took(lambda: extract(upload)) for _ in range(_ROUNDS)]
    figures = (first, *map(median, (apart, here, texts, plain)))
    return [path.name, *(f"{1000 * seconds:,.0f}" for seconds in figures)]


def _took(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
