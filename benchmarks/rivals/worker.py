"""A process of its own for each peer, asked from here one call after another.

So neither the threads of one disturb another, nor does its memory count as that of another.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import torch

from benchmarks.rivals.contender import Contender, grown
from retnet_core.config import RetNetConfig

Call = tuple[str, str, int]  # what, of which kind, with how many tokens


class TooSlow(Exception):
    """A call took longer than its limit, or its process ended; it has been ended."""


class Worker:
    """The peer of one module of this folder, built when first asked."""

    def __init__(self, module: str, config: RetNetConfig, threads: int) -> None:
        self._start = (module, config, threads)
        self._process: Any = None
        self._pipe: Connection | None = None

    def ask(self, what: str, kind: str, tokens: int, limit: float) -> Any:  # noqa: ANN401
        """The result of a call within so many seconds; raises TooSlow, or what the call raised."""
        pipe = self._pipe or self._open()
        try:
            pipe.send((what, kind, tokens))
            answered = pipe.poll(limit)
            good, result = pipe.recv() if answered else (False, TooSlow(f"> {limit:.0f} s"))
        except (EOFError, ConnectionError):
            good, result, answered = False, TooSlow("its process ended"), False
        if not answered:
            self.close()
        if not good:
            raise result
        return result

    def close(self) -> None:
        """End the process; a later call starts another."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._process = self._pipe = None

    def _open(self) -> Connection:
        fresh = get_context("spawn")
        self._pipe, other = fresh.Pipe()
        self._process = fresh.Process(target=serve, args=(other, *self._start), daemon=True)
        self._process.start()
        other.close()
        return self._pipe


def serve(pipe: Connection, module: str, config: RetNetConfig, threads: int) -> None:
    """In the process: answer calls until the pipe closes."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    contenders: dict[str, Contender] = {}
    while True:
        try:
            call: Call = pipe.recv()
        except EOFError:
            return
        pipe.send(_answered(call, module, config, contenders))


def _answered(
    call: Call, module: str, config: RetNetConfig, contenders: dict[str, Contender]
) -> tuple[bool, object]:
    """Whether it went well; and the result, or what it raised."""
    what, kind, tokens = call
    try:
        if kind not in contenders:
            contenders[kind] = import_module(f"benchmarks.rivals.{module}").build(config, kind)
        return True, _done(contenders[kind], what, tokens)
    except Exception as error:  # given to whoever asked, in the other process
        return False, type(error)(*map(str, error.args)) if _plain(error) else OSError(str(error))


def _done(contender: Contender, what: str, tokens: int) -> object:
    calls: dict[str, Callable[[], object]] = {
        "parameters": contender.parameters,
        "room": lambda: contender.room(tokens),
        "read": lambda: _seconds(contender.read, tokens),
        "stand": lambda: contender.stand(tokens),
        "write": lambda: _seconds(contender.write, tokens),
        "grown": lambda: grown(contender, tokens),
    }
    return calls[what]()


def _seconds(call: Callable[[int], None], tokens: int) -> float:
    start = time.perf_counter()
    call(tokens)
    return time.perf_counter() - start


def _plain(error: Exception) -> bool:
    """Whether it can cross between processes as it is."""
    return type(error) in (ImportError, ModuleNotFoundError, MemoryError, ValueError)
