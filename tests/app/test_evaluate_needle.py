"""`readonce evaluate needle` on a small text, with a real reader of random weights."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.settings import Settings
from tests.app.making import lines_of, long_text


@pytest.fixture(autouse=True)
def _own_model(settings: Settings) -> None:
    """Every command of this file uses the tiny reader, in a home of its own."""


@pytest.fixture
def filler(tmp_path: Path) -> Path:
    path = tmp_path / "filler.txt"
    path.write_bytes(long_text(30).replace("\n", "\r\n").encode())
    return path


def sought(*options: str) -> Result:
    return CliRunner().invoke(app, ["evaluate", "needle", *options])


def test_facts_are_hidden_at_every_depth_and_asked_for(filler: Path) -> None:
    result = sought(
        str(filler), "--tokens", "5000", "--depths", "0,50,100", "--limit", "14", "--json"
    )
    assert result.exit_code == 0, result.output
    (scores,) = lines_of(result.stdout)
    assert scores["facts"] == 14
    assert sum(each["facts"] for each in scores["results"]) == 14
    assert {each["depth"] for each in scores["results"]} == {0.0, 0.5, 1.0}
    literal = next(each for each in scores["lengths"] if each["kind"] == "literal")
    assert literal["tokens"] == 5000
    assert literal["retrieved"]["words"] >= 90  # every word of the question stands in one passage
    assert 0 <= literal["found"] <= literal["cited"] <= 100


def test_people_see_tables_and_what_is_read(filler: Path) -> None:
    result = sought(str(filler), "--tokens", "2000", "--limit", "2")
    assert result.exit_code == 0, result.output
    assert "All depths" in result.stdout
    assert "retrieved" in result.stdout
    assert "reading 2000 tokens with 2 facts" in result.stderr


@pytest.mark.parametrize(
    ("option", "value"),
    [("--tokens", "10k"), ("--tokens", "10"), ("--tokens", "99999999999"), ("--tokens", ""),
     ("--depths", "deep"), ("--depths", "-1"), ("--depths", "101"), ("--depths", "nan")],
)  # fmt: skip
def test_lengths_and_depths_that_cannot_be_are_wrong_usage(
    option: str, value: str, filler: Path
) -> None:
    result = sought(str(filler), option, value)
    assert result.exit_code == 2
    assert "give" in result.output


def test_a_filler_that_is_missing_is_told_in_one_sentence(tmp_path: Path) -> None:
    result = sought(str(tmp_path / "none.txt"), "--json")
    assert result.exit_code == 1
    assert "does not exist" in result.output
