"""Conversations of the service and the command line: exact, resumable, understood, written out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.conversing import About
from app.errors import NothingToUndo
from app.service import Service, open_service
from app.settings import Settings
from pipelines.document import Upload
from retnet_core.errors import StateMismatch
from storage.errors import NotFound, StaleConversation
from storage.talk import ConversationRecord, TurnState
from tests.app.making import ROOT, lines_of, long_text, run
from tests.app.test_cli import ASK, readonce

QUESTIONS = ("Who built the mill?", "When did it grind?", "Who crossed by boat in 1921?")


@pytest.fixture
def about(service: Service) -> About:
    """A document that has been read, to talk about."""
    list(service.add(Upload("chronicle.txt", long_text(40).encode())))
    return About((service.show("chronicle").id,))


def talked(
    service: Service, about: About | ConversationRecord, questions: Sequence[str]
) -> ConversationRecord:
    """The conversation after these questions."""
    for question in questions:
        about = service.converse(about, question).conversation
    assert isinstance(about, ConversationRecord)
    return about


def states(service: Service, talk: ConversationRecord) -> list[TurnState]:
    kept = service.library.conversations
    found = [kept.state_after(talk.owner, talk.id, index) for index in range(talk.turns)]
    assert None not in found
    return [state for state in found if state is not None]


def said(service: Service, talk: ConversationRecord) -> list[object]:
    """All that the turns hold, but when and how quickly they were answered."""
    return [replace(each.turn, seconds=0.0) for each in service.turns(talk)]


def test_a_service_opened_anew_between_any_two_turns_changes_no_answer_and_no_state(
    service: Service, about: About
) -> None:
    whole = talked(service, about, QUESTIONS)
    with open_service(service.settings) as first:
        talk = talked(first, about, QUESTIONS[:1])
    for question in QUESTIONS[1:]:
        with open_service(service.settings) as later:
            talk = later.converse(later.conversation(talk.id), question).conversation
    assert said(service, talk) == said(service, whole)
    assert states(service, talk) == states(service, whole)
    assert len({state.checksum for state in states(service, talk)}) == 3


def test_the_first_question_is_answered_as_ask_answers_it(service: Service, about: About) -> None:
    reply = service.converse(about, QUESTIONS[0])
    asked = service.ask(service.show("chronicle"), QUESTIONS[0])
    assert replace(reply.answer, seconds=0.0) == replace(asked, seconds=0.0)


def test_every_quote_of_every_turn_stands_at_its_place(service: Service, about: About) -> None:
    talk = talked(service, about, QUESTIONS)
    text = service.library.text(about.document_ids[0])
    for each in service.turns(talk):
        assert each.turn.quotes
        for quote in each.turn.quotes:
            assert text[quote.sentence_start : quote.sentence_end] == quote.sentence
            assert text[quote.start : quote.end] == quote.text


@pytest.mark.parametrize("lost", ["payload = NULL, size = 0", "payload = x'00'", "base = 'x'"])
def test_a_state_that_is_lost_is_made_again_from_the_words_bit_for_bit(
    service: Service, about: About, lost: str
) -> None:
    talk = talked(service, about, QUESTIONS)
    before = states(service, talk)
    with service.library._database.writing() as connection:
        connection.exec_driver_sql(f'UPDATE turn SET {lost} WHERE "index" > 0')
    talk = service.converse(talk, "And when?").conversation
    assert states(service, talk)[:3] == before


def test_branches_go_their_own_way_and_the_document_is_not_copied(
    service: Service, about: About
) -> None:
    talk = talked(service, about, QUESTIONS[:2])
    before = service.show("chronicle")
    branch = service.branch(talk, 1)
    one = service.converse(branch, QUESTIONS[1]).conversation
    other = service.converse(service.branch(talk, 1), QUESTIONS[2]).conversation
    assert states(service, one) == states(service, talk)
    assert states(service, other)[0] == states(service, talk)[0]
    assert states(service, other)[1] != states(service, talk)[1]
    assert service.show("chronicle") == before
    with pytest.raises(NothingToUndo, match="1 or more"):
        service.branch(talk, 3)


def test_a_question_after_undo_is_answered_as_if_the_other_had_not_been_asked(
    service: Service, about: About
) -> None:
    talk = talked(service, about, QUESTIONS[:2])
    back = service.undo(talk)
    assert back is not None
    again = service.converse(back, QUESTIONS[2]).conversation
    straight = talked(service, about, (QUESTIONS[0], QUESTIONS[2]))
    assert said(service, again) == said(service, straight)
    assert states(service, again) == states(service, straight)


def test_a_question_that_is_stopped_at_any_step_leaves_no_turn(
    service: Service, about: About
) -> None:
    talk = talked(service, about, QUESTIONS[:1])
    count = len(list(service.conversing(talk, QUESTIONS[1])))
    talk = service.undo(service.conversation(talk.id)) or talk
    assert count > 2
    for stopped_after in range(1, count + 1):
        steps = service.conversing(talk, QUESTIONS[1])
        for _ in range(stopped_after):
            next(steps)
        steps.close()
        assert service.conversation(talk.id).turns == 1
    assert service.converse(talk, QUESTIONS[1]).turn == 1


def test_two_windows_cannot_go_on_with_one_conversation_at_once(
    service: Service, about: About
) -> None:
    talk = talked(service, about, QUESTIONS[:1])
    service.converse(talk, QUESTIONS[1])
    kept = service.library.conversations
    turn = service.turns(talk)[0].turn
    with pytest.raises(StaleConversation):
        kept.add_turn(talk.owner, talk.id, 1, turn, None)


def test_a_document_that_is_deleted_takes_its_conversations_along(
    service: Service, about: About
) -> None:
    talk = talked(service, about, QUESTIONS[:1])
    service.delete("chronicle")
    assert service.conversations() == ()
    with pytest.raises(NotFound):
        service.converse(talk, QUESTIONS[1])


def test_another_model_is_told_and_goes_on_once_it_has_read_the_document(
    service: Service, about: About, other_reader_folder: Path
) -> None:
    talk = talked(service, about, QUESTIONS[:2])
    settings = service.settings.model_copy(update={"model": other_reader_folder})
    with open_service(settings) as other:
        with pytest.raises(StateMismatch, match="read by another model"):
            other.converse(talk, QUESTIONS[2])
        list(other.read_again(other.show("chronicle")))
        talk = other.converse(talk, QUESTIONS[2]).conversation
        weights = {state.weights_fingerprint for state in states(other, talk)}
        assert weights == {other.reader.weights_fingerprint}


def test_a_document_that_is_read_again_changes_nothing(service: Service, about: About) -> None:
    talk = talked(service, about, QUESTIONS[:2])
    before = states(service, talk)
    list(service.read_again(service.show("chronicle")))
    talk = service.converse(talk, QUESTIONS[2]).conversation
    assert states(service, talk)[:2] == before


def test_a_new_version_is_talked_about_on_and_old_quotes_are_marked(
    service: Service, about: About
) -> None:
    talk = talked(service, about, QUESTIONS[:1])
    base = states(service, talk)[0].base
    list(service.add(Upload("chronicle.txt", f"A new beginning.\n\n{long_text(40)}".encode())))
    talk = service.converse(service.conversation(talk.id), QUESTIONS[1]).conversation
    assert {state.base for state in states(service, talk)} - {base} != set()
    assert len({state.base for state in states(service, talk)}) == 1
    text = service.transcript(talk)
    assert text.count("in an earlier version") == len(service.turns(talk)[0].turn.quotes)


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
    assert len(service.conversations()) == 2


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
    (arrived,) = service.conversations()
    assert (arrived.id, arrived.title, arrived.turns) == (talk.id, talk.title, 3)
    assert states(service, arrived) == before
    assert [each.question for each in kept] == [  # type: ignore[attr-defined]
        each.turn.question for each in service.turns(arrived)
    ]
    service.converse(arrived, "And when?")


READONCE = (sys.executable, "-c", "from app.cli import main; main()")
posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork or SIGKILL")


@posix
def test_a_kill_at_any_commit_point_leaves_a_turn_whole_or_not_at_all(
    tmp_path: Path, settings: Settings
) -> None:
    child = subprocess.run(
        [sys.executable, "-m", "tests.app.dying_talking", str(tmp_path / "homes")],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert child.returncode == 0, child.stderr
    outcomes = [json.loads(line) for line in child.stdout.splitlines()]
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
            service.undo(service.conversation(key))
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
