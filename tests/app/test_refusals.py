"""What the command line cannot do it says in one sentence, and leaves everything as it was."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.service import open_service
from app.settings import Settings
from storage.schema import snapshot
from tests.app.commanding import one_error, one_sentence, readonce
from tests.app.making import run
from tests.app.test_service import damage
from tests.pipelines.pdfs import Page, pdf_of

BAD_FILES: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "damaged PDF": ("x.pdf", lambda: pdf_of([Page(lines=("a",))])[:200], "UnreadableFile"),
    "protected PDF": (
        "x.pdf",
        lambda: pdf_of([Page(lines=("secret",))], password="p"),
        "UnreadableFile",
    ),
    "PDF without text": ("x.pdf", lambda: pdf_of([Page(picture=True)] * 3), "UnreadableFile"),
    "empty file": ("x.txt", lambda: b"", "UnreadableFile"),
    "white space": ("x.txt", lambda: b" \n\t\n ", "UnreadableFile"),
    "50 MB of text": ("x.txt", lambda: b"many words " * 5_000_000, "BeyondLimit"),
    "binary named .txt": ("x.txt", lambda: b"\x7fELF" + bytes(range(256)), "UnsupportedFile"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_gives_one_sentence_and_leaves_the_library_as_it_was(
    case: str, tmp_path: Path, chronicle: Path
) -> None:
    name, content, kind = BAD_FILES[case]
    path = tmp_path / name
    path.write_bytes(content())
    before = readonce("list", "--json").stdout
    plain, told = readonce("add", str(path)), readonce("add", str(path), "--json")
    assert one_sentence(plain)
    assert (plain.exit_code, told.exit_code) == (1, 1)
    assert one_error(told)["kind"] == kind
    assert readonce("list", "--json").stdout == before


BAD_COMMANDS: dict[str, tuple[tuple[str, ...], str]] = {
    "empty question": (("ask", "chronicle", ""), "EmptyQuestion"),
    "blank question": (("ask", "chronicle", " \n"), "EmptyQuestion"),
    "unknown document": (("ask", "nowhere", "Who?"), "NotFound"),
    "show unknown": (("show", "nowhere"), "NotFound"),
    "delete unknown": (("delete", "nowhere", "--yes"), "NotFound"),
    "no such file": (("add", "/no/such/file.pdf"), "FileNotFoundError"),
    "a name too long": (("add", "x" * 5000), "OSError"),
}


@pytest.mark.parametrize("case", BAD_COMMANDS)
def test_a_bad_command_gives_one_sentence(case: str, chronicle: Path) -> None:
    arguments, kind = BAD_COMMANDS[case]
    plain, told = readonce(*arguments), readonce(*arguments, "--json")
    assert one_sentence(plain)
    assert (plain.exit_code, told.exit_code) == (1, 1)
    assert one_error(told)["kind"] == kind


def test_a_flipped_bit_in_a_snapshot_gives_one_sentence_and_adding_mends_it(
    chronicle: Path, settings: Settings
) -> None:
    with open_service(settings) as service:
        damage(service, snapshot)
    plain = readonce("ask", "chronicle", "What is entry 85?")
    assert one_sentence(plain)
    assert one_error(readonce("ask", "chronicle", "What is entry 85?", "--json"))["kind"] == (
        "StateDamaged"
    )
    mended = readonce("add", str(chronicle))
    assert "reading it again" in mended.stderr
    assert readonce("ask", "chronicle", "What is entry 85?").exit_code == 0


def test_a_state_of_another_model_gives_one_sentence_and_can_be_read_again(
    chronicle: Path, other_reader_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READONCE_MODEL", str(other_reader_folder))
    question = ("ask", "chronicle", "Who opened the school?")
    assert one_sentence(readonce(*question))
    assert one_error(readonce(*question, "--json"))["kind"] == "StateMismatch"
    assert readonce(*question, "--read-again").exit_code == 0
    assert readonce(*question).exit_code == 0


def test_a_folder_without_a_model_is_told(
    chronicle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READONCE_MODEL", str(tmp_path / "nothing"))
    assert one_error(readonce("ask", "chronicle", "Who?", "--json"))["kind"] == "InvalidCheckpoint"
    assert one_error(readonce("model", "info", "--json"))["kind"] == "InvalidCheckpoint"
    assert readonce("list").exit_code == 0


@pytest.mark.parametrize("content", [b"no database at all", b"SQLite format 3\0" + b"x" * 5000])
def test_a_library_that_is_none_is_told(settings: Settings, content: bytes) -> None:
    settings.home.mkdir()
    (settings.home / "library.db").write_bytes(content)
    assert one_error(readonce("list", "--json"))["kind"] == "LibraryDamaged"
    assert one_sentence(readonce("list"))


def test_a_home_that_is_a_file_is_told(settings: Settings) -> None:
    settings.home.write_text("a file")
    assert one_error(readonce("list", "--json"))["kind"] == "FileExistsError"


def test_an_unforeseen_error_names_a_log(chronicle: Path, settings: Settings) -> None:
    with closing(sqlite3.connect(settings.home / "library.db")) as library, library:
        library.execute("UPDATE layout SET page_starts = '\"no list\"', outline = '[1]'")
        library.execute("UPDATE document SET pages_without_text = '7'")
    result = readonce("show", "chronicle")
    assert result.exit_code == 1
    assert str(settings.logs) in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "arguments", [("ask",), ("add",), ("nonsense",), ("list", "--nonsense")], ids=" ".join
)
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...], settings: Settings) -> None:
    assert readonce(*arguments).exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "x.txt"),
        ("list",),
        ("show", "x"),
        ("ask", "x", "Who?"),
        ("delete", "x", "--yes"),
        ("model", "info"),
        ("model", "list"),
        ("model", "import", "x"),
        ("model", "write", "x", "A text"),
        ("evaluate", "qa", "x.jsonl"),
        ("ui", "--no-browser"),
    ],
    ids=" ".join,
)
def test_a_home_that_cannot_be_is_told_by_every_command(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READONCE_HOME", "~nosuchuser/x")
    plain = readonce(*arguments)
    assert one_sentence(plain)
    assert plain.exit_code == 1
    assert one_error(readonce(*arguments, "--json"))["kind"] == "BadSettings"


def test_a_folder_without_files_is_told(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "papers").mkdir()
    plain = readonce("add", str(tmp_path / "papers"))
    assert one_sentence(plain)
    assert plain.exit_code == 1
    told = readonce("add", str(tmp_path / "papers"), "--json")
    assert one_error(told)["kind"] == "NothingToAdd"


def test_an_empty_question_is_told_before_the_model_is_loaded(
    chronicle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READONCE_MODEL", str(tmp_path / "nothing"))
    assert one_error(readonce("ask", "chronicle", " ", "--json"))["kind"] == "EmptyQuestion"


def test_a_port_in_use_is_told(settings: Settings) -> None:
    with socket.create_server(("localhost", 0)) as other:
        port = str(other.getsockname()[1])
        ended = run(settings, "ui", "--no-browser", "--port", port)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert f"port {port}" in ended.stderr
    assert ended.stderr.count("\n") == 1
