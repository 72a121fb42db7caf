"""Files of JSON lines, packed by xz or not."""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from app.errors import BadQuestions

Made = TypeVar("Made")


def made_of(file: Path, make: Callable[[Any], Made], command: str) -> Iterator[Made]:
    """What each line of a file stands for; raises BadQuestions naming the line where it does not.

    make raises ValueError, KeyError or TypeError for a line that is none.
    """
    for number, line in enumerate(_lines(file), start=1):
        if not line.strip():
            continue
        try:
            yield make(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BadQuestions(
                f"Line {number} of {file.name} is not what is needed here: see "
                f"`readonce evaluate {command} --help` for what it must hold."
            ) from error


def _lines(file: Path) -> Iterator[str]:
    packed = file.suffix == ".xz"
    opened = lzma.open if packed else open
    try:
        with opened(file, "rt", encoding="utf-8") as lines:
            yield from lines
    except (lzma.LZMAError, EOFError, UnicodeDecodeError) as error:
        raise BadQuestions(
            f"{file.name} is not UTF-8 text{' packed by xz' if packed else ''}, or it is damaged: "
            "get or write it again."
        ) from error
