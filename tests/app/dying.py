"""Die by SIGKILL before each n-th statement of `add` in turn, then add again.

`python -m tests.app.dying FILE FOLDER STRIDE` prints one JSON line for each place of death:
{"place", "died", "before": tokens that were kept, "checksum", "sound"}.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from itertools import count
from pathlib import Path

import torch
from sqlalchemy import Engine, event

from app.service import Service, open_service
from app.settings import Settings
from pipelines.document import Upload


def main() -> None:
    """Try each place until one lies behind the end."""
    file, folder, stride = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(1)  # a fork has no threads of its parent
    upload = Upload(file.name, file.read_bytes())
    for place in count(0, stride):
        settings = Settings(home=folder / f"{place:04}")
        died = _in_child(settings, upload, place)
        with open_service(settings) as service:
            before = sum(document.tokens_read for document in service.list())
            print(json.dumps(_again(service, upload, place, died, before)), flush=True)
        if not died:
            return


def _in_child(settings: Settings, upload: Upload, place: int) -> bool:
    """Add in a fork that dies at the place; whether it came to that."""
    child = os.fork()
    if child == 0:
        with open_service(settings) as service:
            _ = service.reader
            _die_before(place)
            list(service.add(upload))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _die_before(place: int) -> None:
    done = count()

    @event.listens_for(Engine, "before_cursor_execute")
    def _maybe(*_: object) -> None:
        if next(done) == place:
            os.kill(os.getpid(), signal.SIGKILL)


def _again(
    service: Service, upload: Upload, place: int, died: bool, before: int
) -> dict[str, object]:
    *_, last = service.add(upload)
    (document,) = service.list()
    return {
        "place": place,
        "died": died,
        "before": before,
        "checksum": document.state_checksum,
        "sound": last.document == document and document.tokens_read == document.tokens,
    }


if __name__ == "__main__":
    main()
