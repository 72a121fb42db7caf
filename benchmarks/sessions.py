"""The web page with 1, 5 and 20 visitors at once: seconds to an answer and to another page."""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

import app
from app.passes import Passes
from app.screens.gate import PASS
from app.service import Service, open_service
from app.settings import SHIPPED_MODEL, Settings
from app.users import Users
from benchmarks.timing import machine, print_table
from benchmarks.visitor import Seen, Visitor, can_ask
from pipelines.document import Upload
from storage.records import EVERYBODY
from tests.pipelines.pdfs import Page, pdf_of
from tests.serving import running

QUESTIONS = (
    "How many passengers did the ferries carry in 2023?",
    "Who chairs the board?",
    "When was the cooperative founded?",
    "What happened on 20 October 2023?",
    "Which ship is to be replaced?",
)
_LOADS = (1, 5, 20)


@dataclass(frozen=True, slots=True)
class Load:
    """Visitors who come at once, each by a cookie; each asks so many questions.

    pause: seconds that each waits at the most before the next click, as readers do.
    """

    cookies: Sequence[str]
    rounds: int
    pause: float = 0.0


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of all visitors of one load.

    answers: to the answer. taken: until the page shows the question. turns: to another page.
    """

    answers: list[float] = field(default_factory=list)
    taken: list[float] = field(default_factory=list)
    turns: list[float] = field(default_factory=list)


def measured(address: str, document_id: str, load: Load) -> Times:
    """All visitors at once: each opens the document, asks, and turns to the library."""
    return asyncio.run(_measured(address, document_id, load))


async def _measured(address: str, document_id: str, load: Load) -> Times:
    times = Times()
    numbers = range(len(load.cookies))
    await asyncio.gather(*(_visit(address, document_id, load, each, times) for each in numbers))
    return times


async def _visit(address: str, document_id: str, load: Load, number: int, times: Times) -> None:
    drawn = random.Random(number)
    async with Visitor(address, load.cookies[number]) as visitor:
        for turn in range(load.rounds):
            await asyncio.sleep(drawn.uniform(0, load.pause))
            times.turns.append(await visitor.open("document", f"doc={document_id}", can_ask))
            await asyncio.sleep(drawn.uniform(0, load.pause))
            question = QUESTIONS[(number + turn) % len(QUESTIONS)]
            taken, answered = await visitor.ask(question)
            times.taken.append(taken)
            times.answers.append(answered)
            await asyncio.sleep(drawn.uniform(0, load.pause))
            times.turns.append(await visitor.open("", "", _is_library))


def _is_library(seen: Seen) -> bool:
    return any("Your library" in body for body in seen.html)


def _row(what: str, visitors: int, seconds: list[float]) -> list[str]:
    ordered = sorted(seconds)
    late = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    return [
        what,
        str(visitors),
        str(len(ordered)),
        f"{statistics.median(ordered):.2f}",
        f"{late:.2f}",
    ]


def _rows(address: str, document_id: str, loads: Sequence[Load], beside: str) -> list[list[str]]:
    rows = []
    for load in loads:
        times = measured(address, document_id, load)
        told = {"answer": times.answers, "question taken": times.taken, "page": times.turns}
        rows += [_row(f"{what}{beside}", len(load.cookies), told[what]) for what in told]
        print(f"{len(load.cookies)} visitors{beside}: done", flush=True)
    return rows


_WORDS = """
    harbour ferry island council bridge winter timber market river lantern orchard railway quarry
    chapel festival engine letter captain meadow census
"""


def prose_pdf(pages: int) -> bytes:
    """A file of so many pages of forty lines, always the same."""
    drawn = random.Random(7)
    lines = (
        f"In {drawn.randint(1800, 2020)} the {' '.join(drawn.choices(_WORDS.split(), k=7))} "
        f"of the town cost {drawn.randint(10, 9999)} crowns."
        for _ in range(40 * pages)
    )
    return pdf_of([Page(lines=tuple(next(lines) for _ in range(40))) for _ in range(pages)])


def _being_read(service: Service, pages: int) -> str:
    """Hand a long file in and wait until it is being read; its id."""
    service.library.queue.enqueue("local", "long.pdf", prose_pdf(pages))
    give_up = time.monotonic() + 300
    while time.monotonic() < give_up:
        for each in service.list():
            if each.file_name == "long.pdf" and each.tokens_read:
                return each.id
        time.sleep(0.2)
    raise SystemExit("The long file is not being read.")


def _cookies(home: Path, count: int) -> list[str]:
    """What shows the server who each of so many people is: none sees another's questions."""
    users, passes = Users(home), Passes(home)
    known = [users.add(f"visitor{number}", f"a long secret {number}") for number in range(count)]
    return [f"{PASS}={passes.given(each, time.time())}" for each in known]


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks sessions", description=__doc__)
    parser.add_argument("--visitors", type=int, nargs="+", default=list(_LOADS))
    parser.add_argument("--rounds", type=int, default=2, help="questions that each visitor asks")
    parser.add_argument("--pages", type=int, default=500, help="of the file that is read meanwhile")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds before a click, at most")
    options = parser.parse_args(arguments)
    print(machine())
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        settings = Settings(home=home, model=SHIPPED_MODEL, database_url="", sign_in="password")
        with open_service(settings) as service:
            sample = add_sample(service)
            service.library.shelf.share("local", sample, [EVERYBODY])
            first, *everybody = _cookies(home, 1 + max(options.visitors))
            loads = [
                Load(everybody[:count], options.rounds, options.pause) for count in options.visitors
            ]
            with running(settings) as (address, server):
                # The model is loaded before anybody is timed.
                measured(address, sample, Load([first], 1))
                rows = _rows(address, sample, loads, "")
                if options.pages:
                    long = _being_read(service, options.pages)
                    rows += _rows(address, sample, loads, ", while a file is read")
                    read = service.show(long).read
                    print(f"the {options.pages} pages were read to {read:.0%} when the last ended")
                process = psutil.Process(server.pid)
                used, worked = process.memory_info().rss, process.cpu_times()
    each = f"{options.rounds} questions of each visitor"
    pauses = f", up to {options.pause:g} s before each click" if options.pause else ", all at once"
    print_table(f"{each}{pauses}, in seconds", ["what", "visitors", "n", "median", "p95"], rows)
    print(
        f"the server: {used / 1e6:,.0f} MB, {worked.user + worked.system:,.0f} s of processor time"
    )


def add_sample(service: Service) -> str:
    """The sample document, read; its id."""
    path = Path(app.__file__).parent / "sample" / "report.pdf"
    *_, last = service.add(Upload(path.name, path.read_bytes()))
    if last.document is None:
        raise SystemExit("The sample document cannot be read.")
    (service.settings.home / "sample-added").touch()
    return last.document.id
