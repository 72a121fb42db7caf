"""Die by SIGKILL at each commit point of a piece of work in turn, then do the work again.

`python -m tests.app.dying SCENARIO FOLDER` prints one JSON line for each place of death: {"place",
"passed", "kept", "documents", "complaints"}. "passed" holds the places that were passed by the
last one, which lived, and is null for those that died; "kept" is a digest of all that the library
holds after the work was done again, and "documents" how many it listed right after the death.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import alembic.command
import alembic.script  # noqa: F401  (here, or every fork would import alembic anew)
import torch

from app.service import Service, open_service
from app.settings import Settings
from app.watching import own_name
from app.worker import new_hand, work
from pipelines.document import Upload
from storage.library import open_library, utc_now
from storage.work import BATCH, NewJob
from tests.app.making import long_text
from tests.commit_points import in_child
from tests.storage.soundness import complaints

OLD = Upload("chronicle.txt", long_text(70).encode())
NEW = Upload("chronicle.txt", long_text(90).encode())


@dataclass(frozen=True, slots=True)
class Scenario:
    """prepare is done once and survives; act is what dies and is then done again."""

    prepare: Callable[[Service], None]
    act: Callable[[Service], None]


def nothing(_service: Service) -> None:
    """The library is not even made."""


def add_new(service: Service) -> None:
    """A document is read."""
    list(service.add(NEW))


def add_old(service: Service) -> None:
    list(service.add(OLD))


def hand_in(service: Service) -> None:
    service.library.queue.enqueue("local", NEW.name, NEW.content)


def add_old_and_hand_in(service: Service) -> None:
    add_old(service)
    hand_in(service)


def hand_in_a_batch(service: Service) -> None:
    """A document that two questions are asked of."""
    asked = json.dumps({"questions": [{"question": "Who opened it?"}, {"question": "When?"}]})
    queue = service.library.queue
    batch = queue.open_batch("local", "ask", "mark", "out.jsonl", asked)
    short = long_text(12).encode()
    queue.hand_in(
        NewJob("local", NEW.name, short, "ask", priority=BATCH, batch_id=batch.id, item="1")
    )


def work_through(service: Service) -> None:
    """A worker reads all that was handed in."""
    work(service, new_hand(service.settings, own_name(), UntilIdle()))


class UntilIdle(threading.Event):
    """Tells a worker to stop as soon as it would wait for work."""

    def wait(self, timeout: float | None = None) -> bool:
        self.set()
        return True


SCENARIOS = {
    "a new library": Scenario(nothing, add_new),
    "a new version": Scenario(add_old, add_new),
    "a worker": Scenario(hand_in, work_through),
    "a worker with questions": Scenario(hand_in_a_batch, work_through),
    "a worker with a new version": Scenario(add_old_and_hand_in, work_through),
}


def main(scenario: Scenario, folder: Path) -> None:
    torch.set_num_threads(1)  # a fork has no threads of its parent
    prepared = folder / "prepared"
    if scenario.prepare is not nothing:
        with open_service(Settings(home=prepared)) as service:
            scenario.prepare(service)
    for place in count():
        home = folder / f"{place:03}"
        if prepared.exists():
            shutil.copytree(prepared, home)
        outcome = once(scenario, home, place)
        print(json.dumps({"place": place, **outcome}), flush=True)
        if outcome["passed"] is not None:
            return


def once(scenario: Scenario, home: Path, place: int) -> dict[str, object]:
    """Die at one place, look, and do the work again."""
    settings = Settings(home=home)
    passed = in_child(home, place, lambda: act(scenario, settings, utc_now))
    with open_service(settings) as service:
        documents = len(service.list())
    after_death = complaints(home / "library.db")
    act(scenario, settings, later)
    return {
        "passed": passed,
        "documents": documents,
        "complaints": after_death + complaints(home / "library.db"),
        "kept": digest(home / "library.db") + found(home / "library.db"),
    }


def act(scenario: Scenario, settings: Settings, clock: Callable[[], datetime]) -> None:
    settings.home.mkdir(parents=True, exist_ok=True)
    with Service(settings, open_library(settings.library_url, clock)) as service:
        scenario.act(service)


def later() -> datetime:
    """A time at which nobody waits for the dead any more."""
    return utc_now() + timedelta(minutes=1)


def digest(path: Path, but: tuple[str, ...] = ()) -> str:
    """Of every row of every table but some, without times and what is drawn at random."""
    passing = {"id", "document_id", "number", "worker", "name"}
    passing |= {"added_at", "created_at", "last_beat", "read_seconds", "beats"}
    passing |= {"tries", "fence", "taken"}  # of a job: how often it was begun
    passing |= {"batch_id", "result", "result_hash"}  # see found()
    of_a_seal = {"facts", "checksum"}  # they repeat the id and the time
    rows: list[object] = []
    with closing(sqlite3.connect(path)) as library:
        named = library.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        tables = [name for (name,) in named if not name.startswith("passage_")]
        for table in set(tables) - {*but}:
            columns = [row[1] for row in library.execute(f"PRAGMA table_info({table})")]
            left_out = passing | (of_a_seal if table == "seal" else set())
            kept = ", ".join(f'"{name}"' for name in columns if name not in left_out)
            if kept:
                found = library.execute(f"SELECT {kept} FROM {table}").fetchall()
                rows.append((table, sorted(map(repr, found))))
    return hashlib.sha256(repr(sorted(rows, key=repr)).encode()).hexdigest()


def found(path: Path) -> str:
    """What jobs have found, without times and ids."""
    with closing(sqlite3.connect(path)) as library:
        rows = library.execute("SELECT result FROM job WHERE result IS NOT NULL").fetchall()
    return json.dumps([_lasting(json.loads(result)) for (result,) in rows], sort_keys=True)


def _lasting(value: object) -> object:
    if isinstance(value, dict):
        return {k: _lasting(v) for k, v in value.items() if k not in ("seconds", "document")}
    return [_lasting(each) for each in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main(SCENARIOS[sys.argv[1]], Path(sys.argv[2]))
