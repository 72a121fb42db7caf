"""Work that is told in steps, done without listening."""

from collections.abc import Generator
from typing import TypeVar

Result = TypeVar("Result")


def at_once(steps: Generator[object, None, Result]) -> Result:
    """What comes of the work in the end, whatever is told on the way."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: Result = end.value
            return result
