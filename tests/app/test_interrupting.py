"""Ctrl-C is heard at the next step where it fell into something that drops it."""

from __future__ import annotations

import signal

import pytest

from app.interrupting import heard


def test_a_press_that_was_dropped_is_heard_at_the_next_check() -> None:
    before = signal.getsignal(signal.SIGINT)
    with heard() as check:
        check()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)  # what catches it here is what drops it elsewhere
        with pytest.raises(KeyboardInterrupt):
            check()
    assert signal.getsignal(signal.SIGINT) is before
