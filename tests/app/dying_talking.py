"""Die by SIGKILL at each commit point of a second question, then see what is kept of it.

`python -m tests.app.dying_talking FOLDER` prints one JSON line for each place of death, the last
for the process that lived: {"passed", "turns", "state", "complaints"}. state is the checksum of
the state after the second turn, asked again where it was not stored.
"""

from __future__ import annotations

import json
import shutil
import sys
from itertools import count
from pathlib import Path

import alembic.command
import alembic.script  # noqa: F401  (here, or every fork would import alembic anew)
import torch

from app.conversing import About
from app.service import Service, open_service
from app.settings import Settings
from pipelines.document import Upload
from tests.app.making import long_text
from tests.commit_points import in_child
from tests.storage.soundness import complaints

SECOND = "And when did it grind?"


def main(folder: Path) -> None:
    torch.set_num_threads(1)  # a fork has no threads of its parent
    prepared = folder / "prepared"
    with open_service(Settings(home=prepared)) as service:
        list(service.add(Upload("chronicle.txt", long_text(10).encode())))
        (document,) = service.list()
        service.converse(About((document.id,)), "Who built the mill?")
    for place in count():
        home = folder / f"{place:03}"
        shutil.copytree(prepared, home)
        passed = in_child(home, place, lambda home=home: ask_on(home))  # type: ignore[misc]
        print(json.dumps({"passed": passed, **seen(home)}), flush=True)
        if passed is not None:
            return


def ask_on(home: Path) -> None:
    with open_service(Settings(home=home)) as service:
        service.converse(service.talks.list()[0], SECOND)


def seen(home: Path) -> dict[str, object]:
    with open_service(Settings(home=home)) as service:
        (talk,) = service.talks.list()
        turns = len(service.talks.turns(talk))
        wrong = complaints(home / "library.db")
        if turns == 1:
            service.converse(talk, SECOND)
        return {"turns": turns, "state": state(service), "complaints": wrong}


def state(service: Service) -> str | None:
    (talk,) = service.talks.list()
    kept = service.library.conversations.state_after(talk.owner, talk.id, 1)
    return None if kept is None else kept.checksum


if __name__ == "__main__":
    main(Path(sys.argv[1]))
