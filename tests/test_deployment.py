"""What Dockerfile and compose.yaml name is there: they are built elsewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.settings import Settings

ROOT = Path(__file__).parents[1]
IMAGE = (ROOT / "Dockerfile").read_text()
SERVICES = (ROOT / "compose.yaml").read_text()


def test_every_path_that_is_copied_exists_and_the_program_is_whole() -> None:
    copied = [name for line in re.findall(r"^COPY (.+) \S+$", IMAGE, re.M) for name in line.split()]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    wheel = (ROOT / "pyproject.toml").read_text()
    packed = re.search(r"only-include = (\[.*\])", wheel)
    assert packed is not None
    assert set(json.loads(packed[1])) < set(copied)


COMMANDS = [
    json.loads(found)
    for found in re.findall(r"^(?:CMD| +command:) (\[.*\])$", f"{IMAGE}\n{SERVICES}", re.M)
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_is_one_with_its_options(command: list[str]) -> None:
    assert len(COMMANDS) == 3
    assert command[0] == "readonce"
    assert CliRunner().invoke(app, [*command[1:], "--help"]).exit_code == 0


def test_every_setting_is_one() -> None:
    named = set(re.findall(r"READONCE_(\w+)[:=]", f"{IMAGE}\n{SERVICES}"))
    named -= {"DATABASE_PASSWORD"}  # of the compose file itself
    assert len(named) == 5
    assert {name.lower() for name in named} <= set(Settings.model_fields)
