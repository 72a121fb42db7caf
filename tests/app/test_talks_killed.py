"""A conversation whose process is killed has whole turns, and goes on as if it had not been."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.conversing import About
from app.service import Service
from app.settings import Settings
from tests.app.making import lines_of, outcomes_of, run
from tests.app.talking import QUESTIONS

READONCE = (sys.executable, "-c", "from app.cli import main; main()")
posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork or SIGKILL")


@posix
def test_a_kill_at_any_commit_point_leaves_a_turn_whole_or_not_at_all(
    tmp_path: Path, settings: Settings
) -> None:
    outcomes = outcomes_of("tests.app.dying_talking", str(tmp_path / "homes"))
    assert [each["complaints"] for each in outcomes] == [[]] * len(outcomes)
    assert {each["turns"] for each in outcomes} == {1, 2}
    assert len({each["state"] for each in outcomes}) == 1
    assert outcomes[-1]["passed"].split(", ").count("commit") >= 1


@pytest.mark.slow
@posix
def test_processes_killed_between_turns_and_in_one_change_no_answer(
    settings: Settings, service: Service, about: About
) -> None:
    with speaking("chronicle") as uninterrupted:
        whole = [answered(uninterrupted, question) for question in QUESTIONS]
    key = "chronicle"
    answers: list[dict[str, Any]] = []
    for question in QUESTIONS:
        with speaking(*(["--resume", key] if answers else [key])) as process:
            answers.append(answered(process, question))
            ask_of(process, "What was never answered?")
            time.sleep(0.05 * len(answers))
            process.send_signal(signal.SIGKILL)
        key = answers[-1]["conversation"]
        (shown,) = lines_of(run(settings, "conversations", "show", key, "--json").stdout)
        assert all(each["sound"] for each in shown["questions"])
        if len(shown["questions"]) > len(answers):  # the kill came after it was stored
            service.talks.undo(service.talks.find(key))
    kept = ("answer", "asked", "confidence", "citations", "turn")
    assert [[each[name] for name in kept] for each in answers] == [
        [each[name] for name in kept] for each in whole
    ]


@contextmanager
def speaking(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`readonce chat arguments --json` as a process of its own, ended with its input."""
    process = subprocess.Popen(
        [*READONCE, "chat", *arguments, "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.communicate(timeout=60)


def ask_of(process: subprocess.Popen[str], question: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{question}\n")
    process.stdin.flush()


def answered(process: subprocess.Popen[str], question: str) -> dict[str, Any]:
    ask_of(process, question)
    assert process.stdout is not None
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer
