"""What a hostile file is, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

MEGA = 1 << 20

FERRY = "^READ The ferry left at six"
MEMORY = "needs more than the .* MB of memory"
ENTITIES = "defines entities"
XML = "not well-formed XML"
LONG = "takes longer than"


@dataclass(frozen=True, slots=True)
class Attack:
    """A hostile file: what expected matches is "READ" and the text's beginning, or the refusal.

    slow ones are made or refused in more than a few seconds.
    """

    name: str
    file: str
    make: Callable[[], bytes]
    expected: str
    slow: bool = False
