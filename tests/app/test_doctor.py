from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.doctor import examine
from app.service import Service, open_service
from app.settings import Settings


def test_a_sound_installation_is_said_to_work(settings: Settings) -> None:
    ended = CliRunner().invoke(app, ["doctor", "--json"])
    told = json.loads(ended.stdout)
    assert told["sound"] is True
    assert ended.exit_code == 0
    parts = {each["part"] for each in told["findings"]}
    assert parts == {
        *("program", "home", "disk", "memory", "model", "library", "jobs", "files"),
        *("recognition", "page"),
    }


def problems(settings: Settings) -> dict[str, str]:
    return {found.part: found.sentence for found in examine(settings) if found.verdict == "problem"}


def test_each_broken_part_is_named_beside_the_others(settings: Settings, tmp_path: Path) -> None:
    settings.home.mkdir()
    (settings.home / "library.db").write_bytes(b"no library" * 500)
    broken = settings.model_copy(update={"model": tmp_path / "nowhere", "ocr": "xxx"})
    found = problems(broken)
    assert set(found) == {"model", "library", "jobs", "recognition"}
    assert "is not a library of readonce" in found["library"]
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 1


def test_work_that_nobody_does_is_a_problem(settings: Settings) -> None:
    with open_service(settings) as service:
        service.library.queue.enqueue("local", "a.txt", b"x")
        assert "nobody at work" in problems(settings)["jobs"]
        service.library.queue.beat("w")
        assert "jobs" not in problems(settings)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_a_home_that_others_may_look_into_is_worth_a_note(
    service: Service, settings: Settings
) -> None:
    settings.home.chmod(0o755)
    notes = [found.sentence for found in examine(settings) if found.part == "home"]
    assert "chmod 700" in notes[0]
