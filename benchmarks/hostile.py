"""What each hostile file comes to under the limits that ship: time and memory.

`python -m benchmarks hostile [--only TEXT] [--seconds 20]`: the table of docs/hostile_files.md.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import psutil

from benchmarks.timing import machine, print_table
from pipelines.apart.bounds import Bounds
from pipelines.apart.extracting import extract_apart
from pipelines.document import Upload
from pipelines.errors import BeyondLimit, PipelineError
from pipelines.extract import Limits
from tests.pipelines.attacks import ATTACKS
from tests.pipelines.attacks.attack import Attack
from tests.pipelines.attacks.watching import Watch

_MEGABYTE = 1 << 20


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks hostile", description=__doc__)
    parser.add_argument("--only", default="", help="a part of the names of those to try")
    parser.add_argument("--seconds", type=int, help="of a processor; by default what ships")
    options = parser.parse_args(arguments)
    print(machine())
    chosen = [attack for attack in ATTACKS if options.only in f"{attack.name} {attack.file}"]
    shipped = Bounds()
    bounds = replace(shipped, cpu_seconds=options.seconds or shipped.cpu_seconds)
    rows = [_measured(attack, bounds) for attack in chosen]
    head = ["file", "what it is", "bytes", "outcome", "limit", "seconds", "child MB", "parent MB"]
    print_table("hostile files", head, rows)


def _measured(attack: Attack, bounds: Bounds) -> list[str]:
    content = attack.make()
    before = psutil.Process().memory_info().rss
    began = time.perf_counter()
    with Watch() as watch:
        outcome, limit = _outcome(Upload(attack.file, content), bounds)
    took = time.perf_counter() - began
    peaks = (watch.children, max(0, watch.own - before))
    name, kind = attack.name, attack.file.split(".")[-1]
    sizes = (f"{peak / _MEGABYTE:,.0f}" for peak in peaks)
    return [kind, name, f"{len(content):,}", outcome, limit, f"{took:.1f}", *sizes]


def _outcome(upload: Upload, bounds: Bounds) -> tuple[str, str]:
    """Whether a file was read or refused, and which limit refused it."""
    try:
        document = extract_apart(upload, Limits(), bounds)
    except BeyondLimit as error:
        return "refused", error.limit
    except PipelineError:
        return "refused", "its form"
    return f"read, {len(document.text):,} characters", ""
