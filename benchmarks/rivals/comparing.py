"""Every peer asked in turns for the same work, until its rounds or its time are used up."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from benchmarks.claims.records import Record
from benchmarks.rivals.worker import TooSlow, Worker

WARM = 256  # tokens that everybody reads first
WRITTEN, MOST = 8, 64  # tokens of a round, at least and at most
ROUND = 0.25  # seconds that a round of writing lasts, as far as those allow


@dataclass(frozen=True, slots=True)
class Limits:
    """How often a cell is measured, and how many seconds it may take in all."""

    rounds: int
    seconds: float


@dataclass(slots=True)
class Cell:
    """One peer in one kind of weights at one context: the seconds that it took, or why not."""

    worker: Worker
    peer: str
    kind: str
    tokens: int = 0  # of a round
    times: list[float] = field(default_factory=list)
    why: str | None = None

    def ask(self, what: str, tokens: int, limits: Limits) -> object:
        """The answer; None from the first failure on."""
        if self.why is None:
            try:
                return self.worker.ask(what, self.kind, tokens, limits.seconds)
            except TooSlow as slow:
                self.why = str(slow)
            except MemoryError as large:
                self.why = f"needs {large}"
        return None

    def goes_on(self, limits: Limits) -> bool:
        """Whether another round may be expected to end within the limits."""
        most = max(self.times, default=0.0)
        done = len(self.times) >= limits.rounds
        return self.why is None and not done and sum(self.times) + most <= limits.seconds

    def record(self, context: int) -> Record:
        seconds = statistics.median(self.times) if self.times else None
        facts = {"peer": self.peer, "kind": self.kind, "context": context, "why": self.why}
        return {**facts, "seconds": seconds, "rounds": len(self.times)}


class Rate:
    """The machine's own rate, measured between the rounds of the others."""

    def __init__(self, once: Callable[[], float]) -> None:
        self._once, self._found = once, [once()]
        self.forget()  # the first only warms up

    def measure(self) -> None:
        self._found.extend(self._once() for _ in range(3))

    def median(self) -> float:
        return statistics.median(self._found)

    def forget(self) -> None:
        self._found = []


def reading(
    cells: list[Cell], context: int, limits: Limits, between: Callable[[], None]
) -> Iterator[Record]:
    """Seconds to read so many tokens from the beginning; between is called after every round."""
    for cell in cells:
        cell.ask("room", WARM, limits)
        cell.ask("read", WARM, limits)
        warm = cell.ask("read", WARM, limits)
        if isinstance(warm, float) and warm * context / WARM > limits.seconds:
            cell.why = f"> {limits.seconds:.0f} s"  # no model reads faster a token when far in
        cell.ask("room", context, limits)
        cell.tokens = context
    _in_turns(cells, "read", limits, between)
    yield from (cell.record(context) for cell in cells)


def writing(
    cells: list[Cell], context: int, limits: Limits, between: Callable[[], None]
) -> Iterator[Record]:
    """Seconds of a token after so many; memory: of the state or cache, and the process's growth."""
    sizes: dict[tuple[str, str], object] = {}
    for cell in cells:
        sizes[cell.peer, cell.kind] = cell.ask("grown", context, limits)
        cell.tokens = in_a_round(cell.ask("write", WRITTEN, limits))
    _in_turns(cells, "write", limits, between)
    for cell in cells:
        cell.times = [seconds / cell.tokens for seconds in cell.times]
        size = sizes[cell.peer, cell.kind]
        tensors, grown = size if isinstance(size, tuple) else (None, None)
        yield {**cell.record(context), "tensors": tensors, "grown": grown}


def in_a_round(warm: object) -> int:
    """How many tokens to write in each, by the seconds that WRITTEN took; none are known of None.

    A user waits for a text and not for eight words: what it costs to begin counts for less.
    """
    return min(MOST, max(WRITTEN, int(WRITTEN * ROUND / warm))) if isinstance(warm, float) else 0


def present(workers: Mapping[str, tuple[Worker, tuple[str, ...]]]) -> dict[str, list[int | str]]:
    """For each peer its parameters in every kind, or one sentence: what is not installed."""
    found: dict[str, list[int | str]] = {}
    for peer, (worker, kinds) in workers.items():
        try:
            found[peer] = [worker.ask("parameters", kind, 0, 120) for kind in kinds]
        except (ImportError, OSError, TooSlow) as error:
            found[peer] = [f"{peer} is left out: {error}"]
    return found


def _in_turns(cells: list[Cell], what: str, limits: Limits, between: Callable[[], None]) -> None:
    for number in range(limits.rounds):
        for cell in cells if number % 2 == 0 else cells[::-1]:
            if cell.goes_on(limits):
                seconds = cell.ask(what, cell.tokens, limits)
                if isinstance(seconds, float):
                    cell.times.append(seconds)
        between()
