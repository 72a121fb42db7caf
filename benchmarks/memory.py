"""What a process holds in memory, and work done in a process of its own so that it can be told."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import ParamSpec, TypeVar

import torch

P = ParamSpec("P")
R = TypeVar("R")

STATUS = Path("/proc/self/status")
REFERENCES = Path("/proc/self/clear_refs")


def held() -> int:
    """Bytes that are resident now; where the system does not say (macOS), the most so far."""
    return _status("VmRSS") if STATUS.exists() else most_held()


def forget_most() -> None:
    """Let most_held begin anew, where the system can: what was set up first may have held more."""
    if REFERENCES.exists():
        REFERENCES.write_text("5", encoding="utf-8")


def most_held() -> int:
    """The most bytes that were resident at once.

    Linux counts it in the memory map of the process; getrusage counts a parent's memory into that
    of the child it starts, and is asked only elsewhere.
    """
    if STATUS.exists():
        return _status("VmHWM")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


def apart(threads: int, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The result of work done in a fresh process with so many threads.

    Raises BrokenProcessPool where the system ends that process, for want of memory for example.
    """
    fresh = get_context("spawn")
    with ProcessPoolExecutor(1, fresh, initializer=torch.set_num_threads, initargs=(threads,)) as p:
        return p.submit(work, *args, **kwargs).result()


def _status(name: str) -> int:
    lines = STATUS.read_text(encoding="utf-8").splitlines()
    line = next(line for line in lines if line.startswith(f"{name}:"))
    return 1024 * int(line.split()[1])
