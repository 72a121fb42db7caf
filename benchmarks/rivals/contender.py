"""What is asked of every model that speeds are compared of."""

from __future__ import annotations

import ctypes
import gc
import os
from typing import Protocol

import torch
from torch import Tensor

from benchmarks.memory import forget_most, held, most_held


class Contender(Protocol):
    """One model in one way of holding its weights, batch 1."""

    def parameters(self) -> int:
        """How many numbers were drawn, a tied head counted once."""

    def room(self, tokens: int) -> None:
        """Be ready to read so many; raises MemoryError where that would not fit. Not timed."""

    def read(self, tokens: int) -> None:
        """Read so many tokens from the beginning, up to where the next one could be said."""

    def stand(self, context: int) -> int:
        """Be ready to write after so many tokens; the bytes of the state or cache that it takes."""

    def write(self, tokens: int) -> None:
        """Write so many tokens from there, each the likeliest, and stand there again."""


def grown(contender: Contender, context: int) -> tuple[int, int]:
    """Bytes of state or cache after a context, and what the process grew by as it wrote there."""
    contender.stand(1)
    contender.write(2)
    gc.collect()
    _give_back()
    forget_most()
    before = held()
    size = contender.stand(context)
    forget_most()  # of reading; what follows is writing
    contender.write(2)
    return size, most_held() - before


def _give_back() -> None:
    """Let the system have what was freed, where the C library can: it would not count again."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim is not None:
        trim(0)


def text(tokens: int, vocabulary: int) -> Tensor:
    """Tokens [1, T]; the time they take does not depend on what they are."""
    return ((torch.arange(tokens) * 2_654_435_761 >> 7) % vocabulary)[None]


def must_fit(count: int) -> None:
    """Raise MemoryError where so many bytes are more than half of the memory that is there."""
    room = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    if count > room:
        raise MemoryError(f"{count / 1e9:.0f} GB")
