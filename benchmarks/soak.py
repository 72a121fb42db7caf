"""A batch whose processes are killed every few seconds, against one that nobody disturbs.

`python -m benchmarks soak FOLDER [--workers 3 --server]`: the files of the folder are read and
asked twice, the second time while workers, and now and then what hands the files in, die by SIGKILL
a random time after work has begun. It ends with exit code 1 unless both have the same results, one
for each file and question, and the same state of every document, bit for bit. No two files may hold
the same bytes: they are one document, called by the name of whichever came first.

The processes are forks of this one, which has the model loaded already: so a new one takes no time
to start, and many more kills fit into the same time.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from app.batch.inputs import items_of
from app.batch.plan import Plan, plan
from app.batch.running import run
from app.service import Service, open_service
from app.settings import SHIPPED_MODEL, Settings
from app.watching import own_name
from app.worker import Hand, beating, new_hand, work
from benchmarks.timing import machine, print_table
from retnet_core.checkpoint import LoadedReader
from tests.server import started

QUESTIONS = ("Who is this about?", "What happened, and when?")
_PASSING = ("seconds", "document", "id")


@dataclass(slots=True)
class Run:
    """One batch with its own library, and the processes that do it."""

    settings: Settings
    reader: LoadedReader
    plan: Plan
    workers: list[int] = field(default_factory=list)
    command: int = 0
    kills: Counter[str] = field(default_factory=Counter)

    def hand_in(self) -> None:
        """Start what hands the files in and writes the results."""
        self.command = _forked(self._do_hand_in)

    def hire(self, count: int) -> None:
        """Have so many workers."""
        while len(self.workers) < count:
            self.workers.append(_forked(self._do_work))

    def kill_worker(self, chance: random.Random) -> None:
        self._kill(self.workers.pop(chance.randrange(len(self.workers))), "worker")

    def kill_command(self) -> None:
        self._kill(self.command, "command")
        self.hand_in()

    def dismiss(self) -> None:
        for pid in self.workers:
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)
        self.workers.clear()

    def is_over(self) -> bool:
        """Whether the command has ended by itself."""
        pid, status = os.waitpid(self.command, os.WNOHANG)
        if pid and status:
            sys.exit("the command failed")
        return pid != 0

    def _kill(self, pid: int, what: str) -> None:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        self.kills[what] += 1

    @contextmanager
    def _service(self) -> Iterator[Service]:
        with open_service(self.settings) as service:
            service.__dict__["reader"] = self.reader  # loaded before the fork
            yield service

    def _do_hand_in(self) -> None:
        with open_service(self.settings) as service:
            for _ in run(service, self.plan, workers=0, retry_failed=False, overwrite=False):
                pass

    def _do_work(self) -> None:
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        hand: Hand = new_hand(self.settings, own_name(), stop)
        with self._service() as service, beating(service, hand):
            work(service, hand)


def _forked(act: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            act()
            status = 0
        finally:
            os._exit(status)
    return pid


def undisturbed(run: Run, workers: int) -> float:
    """Run it to its end; the seconds."""
    return disturbed(run, workers, 0.0, random.Random(0))


def disturbed(run: Run, workers: int, seconds: float, chance: random.Random) -> float:
    """Run it, killing something within so many seconds again and again; the seconds it took."""
    began = time.monotonic()
    run.hand_in()
    run.hire(workers)
    due = began + chance.uniform(0, seconds)
    while not run.is_over():
        time.sleep(0.05)
        if seconds and time.monotonic() > due:
            if chance.random() < 0.15:
                run.kill_command()
            if chance.random() < 0.1:
                while run.workers:
                    run.kill_worker(chance)  # as when the power is gone
            else:
                run.kill_worker(chance)
            run.hire(workers)
            due = time.monotonic() + chance.uniform(0, seconds)
    run.dismiss()
    return time.monotonic() - began


def results(run: Run) -> list[str]:
    """The lines of results without what a run may draw or measure anew."""
    lines = run.plan.out.read_text(encoding="utf-8").splitlines()
    return [json.dumps(_lasting(json.loads(line)), sort_keys=True) for line in lines]


def _lasting(value: object) -> object:
    if isinstance(value, dict):
        return {name: _lasting(each) for name, each in value.items() if name not in _PASSING}
    return [_lasting(each) for each in value] if isinstance(value, list) else value


def states(run: Run) -> dict[str, str | None]:
    """The checksum of the exact state of each document, by the hash of its file."""
    with open_service(run.settings) as service:
        return {each.content_hash: each.state_checksum for each in service.list()}


@contextmanager
def urls(*, server: bool) -> Iterator[tuple[str, str]]:
    """Two libraries: each a file in its home, or on a server of their own."""
    with ExitStack() as stack:
        running = stack.enter_context(started()) if server else None
        yield ("", "") if running is None else (running.new(), running.new())


def runs(options: argparse.Namespace, folder: Path, addresses: tuple[str, str]) -> list[Run]:
    """The batch that is left alone and the one that is not."""
    items = items_of([str(options.folder)])
    task = {"questions": [{"question": each} for each in QUESTIONS[: options.questions]]}
    made: list[Run] = []
    for name, address in zip(("calm", "killed"), addresses, strict=True):
        settings = Settings(home=folder / name, model=options.model, database_url=address)
        with open_service(settings) as service:
            reader = made[0].reader if made else service.reader
        made.append(Run(settings, reader, plan("ask", items, folder / f"{name}.jsonl", task)))
    return made


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks soak", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=6.0, help="at most, between two kills")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--questions", type=int, default=1, choices=(1, 2))
    parser.add_argument("--server", action="store_true", help="on a PostgreSQL server")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)  # a fork has no threads of its parent
    print(machine(), flush=True)
    with TemporaryDirectory() as name, urls(server=options.server) as addresses:
        calm, killed = runs(options, Path(name), addresses)
        taken = [undisturbed(calm, options.workers)]
        print(f"undisturbed: {taken[0]:.0f} s", flush=True)
        taken.append(
            disturbed(killed, options.workers, options.seconds, random.Random(options.seed))
        )
        same, bits = results(calm) == results(killed), states(calm) == states(killed)
        rows = [_row(each, seconds) for each, seconds in zip((calm, killed), taken, strict=True)]
        where = "PostgreSQL" if options.server else "SQLite"
        head = ("", "results", "documents", "workers killed", "command killed", "took")
        print_table(f"{options.workers} workers, {where}", head, rows)
        print(f"\nthe same results: {same}; the same states, bit for bit: {bits}")
        for line in sorted({*results(calm)} ^ {*results(killed)})[:10]:
            print(f"only in one: {line[:300]}")
    if not (same and bits):
        sys.exit(1)


def _row(run: Run, seconds: float) -> list[str]:
    kills = [str(run.kills[what]) for what in ("worker", "command")]
    name = run.plan.out.stem
    return [name, str(len(results(run))), str(len(states(run))), *kills, f"{seconds:.0f} s"]
