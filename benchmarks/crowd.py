"""Twenty threads add, ask and delete in one library for a minute: nothing locked, nothing lost."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from app.service import Service, open_service
from app.settings import SHIPPED_MODEL, Settings
from benchmarks.timing import machine, print_table
from pipelines.document import Upload


@dataclass(frozen=True, slots=True)
class Worked:
    """What one thread did: how often what, the ids it left, its longest round in seconds."""

    done: Counter[str]
    left: frozenset[str]
    longest: float


def crowd(service: Service, threads: int, seconds: float) -> tuple[Worked, ...]:
    """Let threads work until the time is up; whatever any of them raises is raised here."""
    _ = service.reader
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(threads) as pool:
        return tuple(pool.map(lambda number: _work(service, number, until), range(threads)))


def missing(service: Service, worked: tuple[Worked, ...]) -> list[str]:
    """What is not as the threads left it, a sentence for each; () where nothing was lost."""
    left = frozenset[str]().union(*(each.left for each in worked))
    there = {document.id: document for document in service.list()}
    return [
        *(f"{lost} is lost" for lost in sorted(left - set(there))),
        *(f"{found} was deleted and is there" for found in sorted(set(there) - left)),
        *(f"{each.id} is not read to its end" for each in there.values() if not each.finished),
    ]


def _work(service: Service, number: int, until: float) -> Worked:
    done: Counter[str] = Counter()
    left: list[str] = []
    longest = 0.0
    while time.monotonic() < until:
        began = time.monotonic()
        left.append(_round(service, f"thread{number} round{done['rounds']}", done))
        if len(left) > 2:
            service.delete(left.pop(0))
            done["deleted"] += 1
        done["rounds"] += 1
        longest = max(longest, time.monotonic() - began)
    return Worked(done, frozenset(left), longest)


def _round(service: Service, name: str, done: Counter[str]) -> str:
    """Add a document, ask it, ask all; gives its id."""
    text = f"The secret of {name} is the number {abs(hash(name))}. Nobody else knows it.\n"
    *_, last = service.add(Upload(f"{name}.txt", text.encode()))
    document = last.document
    if document is None or not document.finished:
        raise ValueError(f"{name} was not read to its end")
    answer = service.ask(document, f"What is the secret of {name}?")
    if not answer.citations or answer.citations[0].document.id != document.id:
        raise ValueError(f"{name} was asked and another document answered")
    service.ask_all(f"What is the secret of {name}?")
    service.list()
    done.update(("added", "asked", "asked all", "listed"))
    return document.id


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks crowd", description=__doc__)
    parser.add_argument("--threads", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL)
    options = parser.parse_args(arguments)
    print(machine())
    with TemporaryDirectory() as home:
        settings = Settings(home=Path(home), model=options.model, database_url="")
        with open_service(settings) as service:
            worked = crowd(service, options.threads, options.seconds)
            wrong = missing(service, worked)
    total: Counter[str] = sum((each.done for each in worked), Counter())
    rows = [[what, f"{count:,}"] for what, count in sorted(total.items())]
    rows += [["longest round", f"{max(each.longest for each in worked):.1f} s"]]
    rows += [["lost or left over", f"{len(wrong)}"]]
    print_table(f"{options.threads} threads for {options.seconds:g} s", ["what", "count"], rows)
    if wrong:
        raise SystemExit("\n".join(wrong))
