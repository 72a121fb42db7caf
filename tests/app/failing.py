"""Let the disk, another program or the power fail during a reading, then read on.

`python -m tests.app.failing KIND FOLDER` prints one JSON line for each failure: {"case", "told":
the error's kind and sentence or null, "complaints", "kept": see tests/app/dying.py}.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import alembic.command
import alembic.script  # noqa: F401  (here, or every fork would import alembic anew)
import torch

from app.present import explained
from app.service import open_service
from app.settings import Settings
from storage.library import utc_now
from tests.app.dying import SCENARIOS, act, digest, later
from tests.commit_points import CommitPoints
from tests.storage.soundness import complaints

SCENARIO = SCENARIOS["a new version"]
_PAGE = 4096


def limited(folder: Path) -> Iterator[tuple[str, Path, str]]:
    """No file may grow over a limit, which is another one each time."""
    for limit in range(130_000, 700_000, 60_000):
        home = copied(folder, f"{limit:07}")

        def work(home: Path = home, limit: int = limit) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            act(SCENARIO, Settings(home=home), utc_now)

        yield f"limit of {limit}", home, told_by(work)


def full(folder: Path) -> Iterator[tuple[str, Path, str]]:
    """A file system, which must be a small one, has so many bytes left."""
    for free in range(0, 1_400_000, 200_000):
        home = copied(folder, f"{free:07}")
        ballast = folder / "ballast"
        with ballast.open("wb") as file:
            left = os.statvfs(folder)
            os.posix_fallocate(file.fileno(), 0, max(1, left.f_bavail * left.f_bsize - free))
        told = told_by(lambda home=home: act(SCENARIO, Settings(home=home), utc_now))  # type: ignore[misc]
        ballast.unlink()
        yield f"{free} bytes free", home, told
        shutil.rmtree(home)


def powerless(folder: Path) -> Iterator[tuple[str, Path, str]]:
    """The power fails after each commit in turn, and what was not synced is lost."""
    images = folder / "images"
    told_by(lambda: _photographed(copied(folder, "whole"), images))
    for number, image in enumerate(sorted(images.iterdir())):
        for name in sorted(LOSSES)[number % 2 :: 2]:
            home = folder / f"{image.name} {name}"
            shutil.copytree(image, home)
            LOSSES[name](home, random.Random(number))
            yield home.name, home, ""
    for seed in range(4):
        home = folder / f"checkpoint half done {seed}"
        shutil.copytree(image, home)
        _half_done(home / "library.db", folder / "whole" / "library.db", random.Random(seed))
        yield home.name, home, ""


def _half_done(before: Path, after: Path, chance: random.Random) -> None:
    """Some pages of the log have reached the library's file, in no order, and some have not."""
    pages = [path.read_bytes() for path in (before, after)]
    mixed = bytearray(pages[0])
    for at in range(0, min(map(len, pages)), _PAGE):
        mixed[at : at + _PAGE] = chance.choice(pages)[at : at + _PAGE]
    before.write_bytes(mixed)


def _photographed(home: Path, images: Path) -> None:
    """Do the work, and keep what the disk holds at each commit point."""

    class Camera(CommitPoints):
        def _come_by(self, what: str) -> None:
            images.mkdir(exist_ok=True)
            shutil.copytree(home, images / f"{len(list(images.iterdir())):02}")

    Camera(home, -1)
    act(SCENARIO, Settings(home=home), utc_now)


def _cut(home: Path, chance: random.Random) -> None:
    log = home / "library.db-wal"
    if log.exists():
        os.truncate(log, chance.randint(0, log.stat().st_size))


def _zeroed(home: Path, chance: random.Random) -> None:
    _change(home, chance, lambda rest: bytes(len(rest)))


def _flipped(home: Path, chance: random.Random) -> None:
    _change(home, chance, lambda rest: bytes([rest[0] ^ 1]) + rest[1:] if rest else rest)


def _lost(home: Path, _chance: random.Random) -> None:
    (home / "library.db-wal").unlink(missing_ok=True)


def _no_map(home: Path, chance: random.Random) -> None:
    (home / "library.db-shm").write_bytes(chance.randbytes(32_768))


def _change(home: Path, chance: random.Random, change: Callable[[bytes], bytes]) -> None:
    """Change the log from some place to its end."""
    log = home / "library.db-wal"
    if log.exists():
        content = log.read_bytes()
        place = chance.randint(0, len(content))
        log.write_bytes(content[:place] + change(content[place:]))


LOSSES = {
    "log cut": _cut,
    "end of the log zeroed": _zeroed,
    "bit in the log flipped": _flipped,
    "log lost": _lost,
    "map of the log is rubbish": _no_map,
}


def copied(folder: Path, name: str) -> Path:
    """A copy of the library that holds the old version."""
    prepared, home = folder / "prepared", folder / name
    if not prepared.exists():
        with open_service(Settings(home=prepared)) as service:
            SCENARIO.prepare(service)
    shutil.copytree(prepared, home)
    return home


def told_by(work: Callable[[], object]) -> str:
    """What a user is told by work done in a fork, "" where it ends well."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:
            said = explained(error, Path(os.devnull))
            os.write(writing, f"{said.kind}: {said.sentence}".encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    if os.waitpid(child, 0)[1]:
        sys.exit("the work ended badly")
    return told


KINDS = {"limited": limited, "full": full, "powerless": powerless}


def main(kind: str, folder: Path) -> None:
    torch.set_num_threads(1)  # a fork has no threads of its parent
    folder.mkdir(exist_ok=True)
    whole = copied(folder, "undisturbed")
    act(SCENARIO, Settings(home=whole), utc_now)
    print(json.dumps({"kept": digest(whole / "library.db")}))
    shutil.rmtree(whole)
    for case, home, told in KINDS[kind](folder):
        with open_service(Settings(home=home)) as service:
            listed = len(service.list())
        wrong = complaints(home / "library.db")
        act(SCENARIO, Settings(home=home), later)
        wrong += complaints(home / "library.db")
        kept = digest(home / "library.db")
        outcome = {"case": case, "told": told, "listed": listed, "complaints": wrong, "kept": kept}
        print(json.dumps(outcome), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
