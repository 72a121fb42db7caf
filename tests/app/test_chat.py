"""Conversations on the command line: told, listed, renamed, exported, carried along."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.conversing import About
from app.service import Service
from tests.app.commanding import ASK, readonce
from tests.app.making import lines_of
from tests.app.talking import QUESTIONS, said, states, talked


def chat(lines: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, ("chat", *arguments), input=lines)


def test_chat_prints_one_ask_object_a_line_and_goes_on_where_it_stopped(
    service: Service, about: About
) -> None:
    first = lines_of(chat(f"{QUESTIONS[0]}\n\n{QUESTIONS[1]}\n", "chronicle", "--json").stdout)
    assert all(set(each) >= ASK | {"conversation", "asked"} for each in first)
    key = first[0]["conversation"]
    (third,) = lines_of(chat(QUESTIONS[2], "--resume", key, "--json").stdout)
    assert [each["turn"] for each in (*first, third)] == [1, 2, 3]
    assert {each["conversation"] for each in (*first, third)} == {key}
    (shown,) = lines_of(readonce("conversations", "show", key, "--json").stdout)
    assert [each["question"] for each in shown["questions"]] == list(QUESTIONS)
    assert all(c["current"] for each in shown["questions"] for c in each["citations"])


def test_people_talk_undo_branch_rename_and_export(
    service: Service, about: About, tmp_path: Path
) -> None:
    file = tmp_path / "talk.md"
    lines = [QUESTIONS[0], QUESTIONS[1], "/undo", "/branch", "/rename *Mills*", f"/export {file}"]
    result = chat(
        "\n".join([*lines, "/export", "/nothing", "/branch x", "/help", "/quit"]), "--all"
    )
    assert result.exit_code == 0, result.output
    assert "Taken back. 1 question left." in result.output
    assert "Traceback" not in result.output
    written = file.read_text(encoding="utf-8")
    assert written.startswith("# \\*Mills\\*")
    assert QUESTIONS[0] in written
    assert QUESTIONS[1] not in written
    assert len(service.talks.list()) == 2


@pytest.mark.parametrize(
    "arguments", [(), ("chronicle", "--all"), ("--all", "--resume", "x")], ids=str
)
def test_chat_must_know_what_to_talk_about(service: Service, arguments: tuple[str, ...]) -> None:
    assert chat("", *arguments).exit_code == 2


def test_conversations_are_listed_searched_renamed_exported_and_deleted(
    service: Service, about: About, tmp_path: Path
) -> None:
    talk = talked(service, about, QUESTIONS[:1])
    (listed,) = lines_of(readonce("conversations", "list", "--search", "MILL", "--json").stdout)
    assert [each["id"] for each in listed] == [talk.id]
    assert lines_of(readonce("conversations", "list", "--search", "x", "--json").stdout) == [[]]
    (renamed,) = lines_of(readonce("conversations", "rename", talk.id, "Mills", "--json").stdout)
    assert renamed["title"] == "Mills"
    out = tmp_path / "talk.md"
    assert readonce("conversations", "export", "mills", "--out", str(out)).exit_code == 0
    assert "# Mills" in out.read_text(encoding="utf-8")
    assert "Mills" in readonce("conversations", "list", "--about", "chronicle").stdout
    (deleted,) = lines_of(readonce("conversations", "delete", talk.id, "-y", "--json").stdout)
    assert deleted["deleted"] is True
    (told,) = lines_of(readonce("conversations", "show", talk.id, "--json").stdout)
    assert told["kind"] == "NotFound"


def test_conversations_travel_with_their_document(
    service: Service, about: About, tmp_path: Path
) -> None:
    talk = talked(service, about, QUESTIONS)
    file = tmp_path / "chronicle.readonce"
    assert readonce("export", "chronicle", "--out", str(file)).exit_code == 0
    bare = tmp_path / "bare.readonce"
    export = ("export", "chronicle", "--without-conversations", "--out", str(bare))
    assert readonce(*export).exit_code == 0
    assert b"conversation" not in bare.read_bytes()
    before, kept = states(service, talk), said(service, talk)
    service.delete("chronicle")
    for _ in range(2):  # a second time changes nothing
        assert readonce("import", str(file)).exit_code == 0
    (arrived,) = service.talks.list()
    assert (arrived.id, arrived.title, arrived.turns) == (talk.id, talk.title, 3)
    assert states(service, arrived) == before
    assert [each.question for each in kept] == [  # type: ignore[attr-defined]
        each.turn.question for each in service.talks.turns(arrived)
    ]
    service.converse(arrived, "And when?")
