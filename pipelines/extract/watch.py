"""Which pages of a PDF are passed over, and who is told which page is begun."""

from collections.abc import Callable
from dataclasses import dataclass, field


def _nobody(_page: int) -> None: ...


@dataclass(frozen=True, slots=True)
class PageWatch:
    """begins is called with the number of each page before it is opened, with 0 after the last.

    passed_over: pages that took more than one may, counted from 1; they count as without text.
    """

    passed_over: frozenset[int] = field(default_factory=frozenset)
    begins: Callable[[int], None] = _nobody
