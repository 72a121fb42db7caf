"""The web page with 1, 5 and 20 visitors at once: seconds to an answer and to another page."""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
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
class Times:
    """Seconds of all visitors of one load: to the answers, and to pages that were turned to."""

    answers: list[float]
    turns: list[float]


def measured(address: str, document_id: str, cookies: Sequence[str], rounds: int) -> Times:
    """A visitor for each cookie, all at once: each opens, asks and turns pages so many times."""
    return asyncio.run(_measured(address, document_id, cookies, rounds))


async def _measured(address: str, document_id: str, cookies: Sequence[str], rounds: int) -> Times:
    times = Times([], [])
    await asyncio.gather(
        *(
            _visit(Visitor(address, cookie), document_id, number, rounds, times)
            for number, cookie in enumerate(cookies)
        )
    )
    return times


async def _visit(coming: Visitor, document_id: str, number: int, rounds: int, times: Times) -> None:
    query = f"doc={document_id}"
    async with coming as visitor:
        for turn in range(rounds):
            times.turns.append(await visitor.open("document", query, can_ask))
            question = QUESTIONS[(number + turn) % len(QUESTIONS)]
            times.answers.append(await visitor.ask(question))
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


def _rows(
    address: str, document_id: str, loads: Sequence[Sequence[str]], rounds: int, beside: str
) -> list[list[str]]:
    rows = []
    for cookies in loads:
        times = measured(address, document_id, cookies, rounds)
        visitors = len(cookies)
        rows.append(_row(f"answer{beside}", visitors, times.answers))
        rows.append(_row(f"page{beside}", visitors, times.turns))
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
    options = parser.parse_args(arguments)
    print(machine())
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        settings = Settings(home=home, model=SHIPPED_MODEL, database_url="", sign_in="password")
        with open_service(settings) as service:
            sample = add_sample(service)
            service.library.shelf.share("local", sample, [EVERYBODY])
            everybody = _cookies(home, 1 + max(options.visitors))
            loads = [everybody[1 : 1 + count] for count in options.visitors]
            with running(settings) as (address, server):
                measured(
                    address, sample, everybody[:1], 1
                )  # the model is loaded before anybody is timed
                rows = _rows(address, sample, loads, options.rounds, "")
                if options.pages:
                    long = _being_read(service, options.pages)
                    rows += _rows(address, sample, loads, options.rounds, ", while a file is read")
                    read = service.show(long).read
                    print(f"the {options.pages} pages were read to {read:.0%} when the last ended")
                used = psutil.Process(server.pid).memory_info().rss
    print_table(
        f"{options.rounds} questions of each visitor, all at once, in seconds",
        ["what", "visitors", "n", "median", "p95"],
        rows,
    )
    print(f"memory of the server: {used / 1e6:,.0f} MB")


def add_sample(service: Service) -> str:
    """The sample document, read; its id."""
    path = Path(app.__file__).parent / "sample" / "report.pdf"
    *_, last = service.add(Upload(path.name, path.read_bytes()))
    if last.document is None:
        raise SystemExit("The sample document cannot be read.")
    (service.settings.home / "sample-added").touch()
    return last.document.id
