"""`readonce summarize`, as scripts rely on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.settings import Settings
from tests.app.making import SENTENCES
from tests.tiny_reader import WITH_HEADS, folder_of, tiny_reader

FERRY = "The ferry leaves at noon for the isle."
YEARS = " ".join(f"{text[:-1]} as house {n} has it." for n, text in enumerate(SENTENCES * 3))
LONG = f"# Of the valley\n\n{YEARS}\n\n# Of the ferry\n\n{FERRY}\n"


@pytest.fixture(scope="session")
def reader_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of(tmp_path_factory.mktemp("heads") / "model", tiny_reader(0, WITH_HEADS))


@pytest.fixture
def added(settings: Settings, tmp_path: Path) -> Settings:
    for name, text in (("long.md", LONG), ("short.txt", SENTENCES[1])):
        (tmp_path / name).write_text(text)
        assert CliRunner().invoke(app, ["add", str(tmp_path / name)]).exit_code == 0
    return settings


def told(*arguments: str) -> Any:  # noqa: ANN401
    result = CliRunner().invoke(app, ["summarize", *arguments, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_summary_for_scripts_and_for_people(added: Settings) -> None:
    found = told("Of the valley", "--length", "3")
    assert len(found["sentences"]) == 3
    assert found["ranking"] == "salience"
    assert found["unread"] == []
    assert found["text"] == " ".join(" ".join(s["text"].split()) for s in found["sentences"])
    for sentence in found["sentences"]:
        assert LONG[sentence["start"] : sentence["end"]] == sentence["text"]
        assert sentence["page"] == 1
    shown = CliRunner().invoke(app, ["summarize", "Of the valley", "--length", "3"]).stdout
    assert all(" ".join(s["text"].split()) in shown for s in found["sentences"])
    words = told("Of the valley", "--words", "40")
    assert 20 < len(words["text"].split()) <= 40


def test_several_documents_and_the_whole_library(added: Settings) -> None:
    both = told("Of the valley", "short", "--length", "long")
    every = told("--all", "--length", "long")
    assert {each["text"] for each in every["sentences"]} == {
        each["text"] for each in both["sentences"]
    }
    assert {sentence["title"] for sentence in both["sentences"]} == {"Of the valley", "short"}


def test_sections_outline_figures_and_about(added: Settings) -> None:
    sections = told("Of the valley", "--sections")
    assert [each["title"] for each in sections["sections"]] == ["Of the valley", "Of the ferry"]
    assert sections["sections"][1]["text"] == FERRY
    outline = told("Of the valley", "--outline")
    assert [len(each["sentences"]) for each in outline["sections"]] == [1, 1]
    figures = told("--all", "--figures", "--length", "50")
    assert {"1873", "84 miles", "Anna Velling"} <= {each["figure"] for each in figures["figures"]}
    about = told("--all", "--about", "When does the ferry leave?")
    assert about["text"] == FERRY
    for other in ("--sections", "--figures"):
        assert CliRunner().invoke(app, ["summarize", "short", other]).exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["short", "--all"],
        ["short", "--length", "huge"],
        ["short", "--length", "0"],
        ["short", "--words", "0"],
        ["short", "--outline", "--figures"],
        ["short", "--about", "the ferry", "--sections"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_two(settings: Settings, arguments: list[str]) -> None:
    assert CliRunner().invoke(app, ["summarize", *arguments]).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [(["nothing"], "NotFound"), (["short", "--about", "  "], "EmptyQuestion")],
)
def test_an_error_is_a_sentence_and_ends_with_one(
    added: Settings, arguments: list[str], kind: str
) -> None:
    result = CliRunner().invoke(app, ["summarize", *arguments, "--json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["kind"] == kind


def test_an_empty_library_has_nothing_to_say(settings: Settings) -> None:
    assert told("--all")["sentences"] == []
    assert "no sentence" in CliRunner().invoke(app, ["summarize", "--all"]).stdout


def test_documents_that_no_head_marked_are_named(
    added: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = folder_of(tmp_path / "bare", tiny_reader(0))
    monkeypatch.setenv("READONCE_MODEL", str(bare))
    (tmp_path / "bare.txt").write_text(SENTENCES[0])
    assert CliRunner().invoke(app, ["add", str(tmp_path / "bare.txt")]).exit_code == 0
    found = told("--all")
    assert found["ranking"] == "words"
    assert len(found["unread"]) == 1
    assert "words alone" in CliRunner().invoke(app, ["summarize", "--all"]).stdout
