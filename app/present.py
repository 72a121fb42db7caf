"""The one place where an error becomes a sentence for the user."""

from __future__ import annotations

import errno
import os
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.errors import AppError
from app.settings import SET_BY, private_folder
from pipelines.errors import BeyondLimit, PipelineError
from retnet_core.errors import RetNetError
from storage.errors import StorageError

_FAMILIES = (AppError, PipelineError, RetNetError, StorageError)

_STOPPED = "Stopped. What was stored before is safe; run the same command again to have it done."
_NO_MEMORY = (
    "There is not enough free memory for this. Close other programs, or split the file into "
    "smaller ones, and try again."
)
_OF_PATHS = {
    errno.ENOENT: "{path} does not exist. Check the spelling and the folder.",
    errno.EACCES: "{path} may not be used: you have no right to. Change its rights, or copy it.",
    errno.EPERM: "{path} may not be used: you have no right to. Change its rights, or copy it.",
    errno.EISDIR: "{path} is a folder, and a file was expected.",
    errno.ENOTDIR: "{path} lies in something that is a file and not a folder. Check the path.",
    errno.EEXIST: "{path} is a file, and a folder was expected. Move it away, or name another.",
    errno.ENAMETOOLONG: "{path} is longer than any name can be. Check what was handed in.",
    errno.ENOSPC: "The disk is full. Make room and try again; what was stored before is safe.",
}
_LONGEST_PATH = 200


@dataclass(frozen=True, slots=True)
class Explained:
    """A sentence for the user and the kind of error for scripts."""

    sentence: str
    kind: str


def explained(error: BaseException, logs: Path) -> Explained:
    """What to tell the user; an error that nobody foresaw is written to a file in logs."""
    known = expected(error)
    if known is not None:
        return known
    path = _written(error, logs)
    where = f"What happened is written in {path}" if path else "It could not be written down"
    return Explained(
        f"Something went wrong inside readonce that should not have. {where}; "
        "what was stored before is safe.",
        "Unexpected",
    )


def expected(error: BaseException) -> Explained | None:
    """The sentence of an error that was foreseen, None for any other."""
    if isinstance(error, BeyondLimit):
        return Explained(_one_line(f"{error}{_raised_by(error.limit)}"), type(error).__name__)
    if isinstance(error, _FAMILIES):
        return Explained(_one_line(str(error)), type(error).__name__)
    if isinstance(error, KeyboardInterrupt):
        return Explained(_STOPPED, "Interrupted")
    if isinstance(error, MemoryError):
        return Explained(_NO_MEMORY, "OutOfMemory")
    if isinstance(error, OSError) and error.errno is not None:
        return _of_path(error)
    return None


def _raised_by(limit: str) -> str:
    setting = SET_BY.get(limit)
    return f" The limit is set by READONCE_{setting.upper()}." if setting else ""


def _of_path(error: OSError) -> Explained:
    path = str(error.filename or "The file")
    if len(path) > _LONGEST_PATH:
        path = path[:_LONGEST_PATH] + "…"
    general = f"{{path}} cannot be used: {error.strerror or 'the system gives no reason'}."
    sentence = _OF_PATHS.get(error.errno or 0, general).format(path=path)
    return Explained(_one_line(sentence), type(error).__name__)


def _one_line(sentence: str) -> str:
    return " ".join(sentence.split())


def _written(error: BaseException, logs: Path) -> Path | None:
    """Write where the error came from; None where even that fails."""
    try:
        name = f"{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}.log"
        path = private_folder(logs) / name
        with path.open("a", encoding="utf-8") as file:
            file.writelines(_places(error))
    except OSError:
        return None
    return path


def _places(error: BaseException) -> Iterator[str]:
    """The traceback of an error and its causes, without messages: they may quote a document."""
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        seen.append(cause)
        cause = cause.__cause__ or cause.__context__
    for each in reversed(seen):
        yield from traceback.format_tb(each.__traceback__)
        yield f"{type(each).__module__}.{type(each).__qualname__}\n\n"
