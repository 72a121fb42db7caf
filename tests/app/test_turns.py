"""Turns at the model: short work in the order of coming, long work last, nobody in nobody's way."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.turns import Place, Turns


class Clock:
    """Stands still but for what work takes."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def order(steps: Sequence[Sequence[float]]) -> list[int]:
    """Who had the turn, one number a step, where all stand in the line before the first turn."""
    clock = Clock()
    turns = Turns(clock)
    had: list[int] = []
    places = [turns.place() for _ in steps]

    def work(number: int, place: Place, seconds: Sequence[float]) -> None:
        for each in seconds:
            with turns.turn(place) as mine:
                assert mine
                had.append(number)
                clock.now += each
        turns.leave(place)

    with ThreadPoolExecutor(len(steps)) as pool:
        list(pool.map(work, range(len(steps)), places, steps))
    return had


def test_short_work_is_done_in_the_order_of_coming() -> None:
    assert order([[0.5, 0.5], [0.5, 0.5], [0.5]]) == [0, 0, 1, 1, 2]


def test_long_work_makes_room_for_short_work_and_comes_to_its_end() -> None:
    assert order([[6, 6, 6], [1, 1], [1]]) == [0, 1, 1, 2, 0, 0]


def test_work_that_is_equally_long_is_done_in_turns() -> None:
    assert order([[5, 5], [5, 5]]) == [0, 1, 0, 1]


def test_one_turn_at_a_time_whatever_comes_and_goes() -> None:
    turns, inside, most = Turns(), [0], [0]

    def work(number: int) -> None:
        place = turns.place()
        for _ in range(number % 5):
            with turns.turn(place):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.0001)
                inside[0] -= 1
        turns.leave(place)

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(work, range(200)))
    assert most == [1]


def test_who_leaves_waits_no_longer_and_is_no_longer_waited_for() -> None:
    turns = Turns()
    first, second, third = turns.place(), turns.place(), turns.place()
    assert [turns.before(each) for each in (first, second, third)] == [0, 1, 2]
    waited: list[bool] = []

    def wait() -> None:
        with turns.turn(second) as mine:
            waited.append(mine)

    with turns.turn(first):
        thread = threading.Thread(target=wait)
        thread.start()
        turns.leave(second)
        thread.join(30)
        assert waited == [False]
        assert turns.before(third) == 1
    turns.leave(first)
    with turns.turn(third) as mine:
        assert mine


def test_a_turn_that_fails_is_over() -> None:
    turns = Turns()
    first, second = turns.place(), turns.place()
    with pytest.raises(OSError, match="full"), turns.turn(first):
        raise OSError("full")
    turns.leave(first)
    with turns.turn(second) as mine:
        assert mine
