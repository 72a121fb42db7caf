"""What a person sees of an answer while it comes."""

from __future__ import annotations

import sys
from collections.abc import Generator
from io import StringIO

import pytest

from app.commands.following import followed
from app.steps import how_far
from pipelines.answer import Answer, PassagesFound, PassagesRead, SentenceWritten, Step

BEST = Answer("in 1873,\nby \x1b[2Jboat", True, 0.7, (), 0.1)
NONE = Answer("", False, 0.1, (), 0.1)


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def steps() -> Generator[Step, None, str]:
    yield PassagesFound(12, 1)
    yield PassagesRead(4, 12, BEST)
    yield SentenceWritten("It fell in 1921.")
    return "the answer"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (PassagesFound(1, 1), "1 passage may answer"),
        (PassagesFound(12, 3), "12 passages of 3 documents may answer"),
        (PassagesRead(4, 12, NONE), "4 of 12 passages read"),
        (PassagesRead(4, 12, BEST), "4 of 12 passages read; so far: in 1873, by \x1b[2Jboat"),
    ],
)
def test_a_step_is_told_in_a_few_words(step: Step, said: str) -> None:
    assert how_far(step) == said


def test_what_is_written_is_printed_and_how_far_it_is_is_not_where_nobody_looks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert followed(steps(), as_json=False) == "the answer"
    assert capsys.readouterr() == ("It fell in 1921.\n", "")
    assert followed(steps(), as_json=True) == "the answer"
    assert capsys.readouterr() == ("", "")


def test_on_a_terminal_the_best_answer_so_far_is_shown_without_the_orders_in_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    followed(steps(), as_json=False)
    shown = terminal.getvalue()
    assert "so far: in 1873, by \ufffd[2Jboat" in shown
    assert "\x1b[2J" not in shown
    assert capsys.readouterr().out == "It fell in 1921.\n"
