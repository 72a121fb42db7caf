from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from app.service import open_service
from app.settings import Settings
from tests.app.dying import SCENARIOS
from tests.app.making import lines_of, long_text, outcomes_of, run, start

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork or SIGKILL")


@posix
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_kill_at_every_commit_point_loses_nothing_and_ends_in_the_identical_state(
    tmp_path: Path, settings: Settings, scenario: str
) -> None:
    outcomes = outcomes_of("tests.app.dying", scenario, str(tmp_path / "homes"))
    assert [outcome["complaints"] for outcome in outcomes] == [[]] * len(outcomes)
    assert len({outcome["kept"] for outcome in outcomes}) == 1
    assert [outcome["passed"] is None for outcome in outcomes] == [True] * (len(outcomes) - 1) + [
        False
    ]
    assert outcomes[-1]["passed"].split(", ").count("commit") >= 6
    if "version" in scenario:
        assert {outcome["documents"] for outcome in outcomes} == {1}


@posix
def test_kill_9_in_the_middle_of_add_and_add_again_equals_an_uninterrupted_run(
    tmp_path: Path, settings: Settings
) -> None:
    file = tmp_path / "chronicle.txt"
    file.write_text(long_text(600), encoding="utf-8")
    whole = settings.model_copy(update={"home": tmp_path / "whole"})
    (uninterrupted,) = lines_of(run(whole, "add", str(file), "--json").stdout)
    process = start(settings, "add", str(file))
    _kill_when_it_has_begun(process, settings)
    with open_service(settings) as service:
        (part,) = service.list()
        assert 0 < part.tokens_read < part.tokens, "the kill came too late to prove anything"
    (resumed,) = lines_of(run(settings, "add", str(file), "--json").stdout)
    assert resumed["state_checksum"] == uninterrupted["state_checksum"]
    assert resumed["id"] == part.id
    assert resumed["already_known"] is True


def _kill_when_it_has_begun(process: subprocess.Popen[str], settings: Settings) -> None:
    with open_service(settings) as service:
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up and process.poll() is None:
            if any(document.tokens_read for document in service.list()):
                break
            time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
