"""The command line as scripts see it."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.service import open_service
from app.settings import Settings
from storage.schema import snapshot
from tests.app.making import ROOT, lines_of, long_text, run
from tests.app.test_service import damage
from tests.pipelines.pdfs import Page, pdf_of
from tests.storage.making import add

ADD = {
    "id",
    "title",
    "tokens",
    "pages",
    "pages_without_text",
    "seconds",
    "tokens_per_second",
    "stored_bytes",
    "state_checksum",
    "already_known",
}
ASK = {"answer", "found", "confidence", "seconds", "startup_seconds", "citations"}
CITATION = {"document", "title", "page", "section", "sentence", "start", "end"}


def readonce(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.fixture
def chronicle(tmp_path: Path, settings: Settings) -> Path:
    """A file that is in the library."""
    path = tmp_path / "chronicle.txt"
    path.write_text(long_text(90), encoding="utf-8")
    assert readonce("add", str(path)).exit_code == 0
    return path


def test_add_show_ask_list_and_delete_print_the_keys_that_scripts_rely_on(
    tmp_path: Path, settings: Settings
) -> None:
    pdf = tmp_path / "valley.pdf"
    pdf.write_bytes(pdf_of([Page(lines=("Anna Velling opened the school in 1873.",)), Page()]))
    (added,) = lines_of(readonce("add", str(pdf), "--json").stdout)
    assert set(added) >= ADD
    assert (added["pages"], added["pages_without_text"]) == (2, [2])
    assert added["already_known"] is False
    (shown,) = lines_of(readonce("show", added["id"][:4], "--json").stdout)
    assert set(shown) >= ADD | {"snapshots", "sections", "read"}
    assert shown["read"] == 1.0
    (asked,) = lines_of(readonce("ask", "valley", "Who opened the school?", "--json").stdout)
    assert set(asked) >= ASK
    (citation, *_) = asked["citations"]
    assert set(citation) >= CITATION
    assert citation["page"] == 1
    assert citation["document"] == added["id"]
    (listed,) = lines_of(readonce("list", "--json").stdout)
    assert listed == [shown]
    (deleted,) = lines_of(readonce("delete", "valley", "--yes", "--json").stdout)
    assert deleted["id"] == added["id"]
    assert lines_of(readonce("list", "--json").stdout) == [[]]


def test_text_for_people_is_on_stdout_and_progress_is_not(chronicle: Path) -> None:
    assert "chronicle" in readonce("list").stdout
    assert "checksum" in readonce("show", "chronicle").stdout
    answered = readonce("ask", "chronicle", "Who opened the first school?")
    assert answered.exit_code == 0
    assert "page" not in answered.stdout.split("\n\n")[0]
    assert readonce("add", str(chronicle)).stdout.count("\n") == 1


def test_titles_that_look_like_markup_are_printed_as_they_are(
    tmp_path: Path, settings: Settings
) -> None:
    path = tmp_path / "a [bold]b [nope].txt"
    path.write_text("A short text.", encoding="utf-8")
    assert "[bold]b [nope]" in readonce("add", str(path)).stdout
    assert "[nope]" in readonce("show", path.stem).stdout


def test_a_folder_is_walked_and_one_bad_file_is_reported_and_passed_over(
    tmp_path: Path, settings: Settings
) -> None:
    folder = tmp_path / "papers"
    (folder / "inner").mkdir(parents=True)
    (folder / "a.txt").write_text("The first text.")
    (folder / "b.pdf").write_bytes(b"%PDF-1.7 broken")
    (folder / "inner" / "c.md").write_text("# Third\n\nThe third text.")
    (folder / ".hidden").write_text("Not meant.")
    result = readonce("add", str(folder), "--json")
    first, bad, third = lines_of(result.stdout)
    assert (first["title"], third["title"]) == ("a", "Third")
    assert bad["kind"] == "UnreadableFile"
    assert bad["file"].endswith("b.pdf")
    assert result.exit_code == 1


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


def one_sentence(result: Result) -> bool:
    """Whether stderr is one paragraph for people, without a traceback."""
    told = result.stderr.strip()
    return bool(told) and "\n" not in told and "Traceback" not in told and told.endswith(".")


def one_error(result: Result) -> dict[str, Any]:
    error: dict[str, Any]
    (error,) = lines_of(result.stdout)
    assert set(error) >= {"error", "kind"}
    assert "Traceback" not in result.output
    return error


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


def test_delete_asks_first(chronicle: Path) -> None:
    refused = CliRunner().invoke(app, ["delete", "chronicle"], input="n\n")
    assert refused.exit_code == 1
    assert readonce("show", "chronicle").exit_code == 0
    assert "conversation" not in refused.output
    assert CliRunner().invoke(app, ["delete", "chronicle"], input="y\n").exit_code == 0
    assert readonce("show", "chronicle").exit_code == 1


def test_delete_says_that_the_conversations_about_the_document_go_too(chronicle: Path) -> None:
    for _ in range(2):
        CliRunner().invoke(app, ["chat", "chronicle", "--json"], input="Who built the mill?\n")
    asked = CliRunner().invoke(app, ["delete", "chronicle"], input="n\n")
    assert "what was read of it, and 2 conversations about it?" in asked.output
    assert len(json.loads(readonce("conversations", "list", "--json").stdout)) == 2
    assert CliRunner().invoke(app, ["delete", "chronicle"], input="y\n").exit_code == 0
    assert json.loads(readonce("conversations", "list", "--json").stdout) == []


def test_a_title_in_a_table_gives_the_terminal_no_orders(
    chronicle: Path, settings: Settings
) -> None:
    with open_service(settings) as service:
        document = service.show("chronicle")
        service.library.shelf.rename(document.owner, document.id, "chro\x1b[2J\x9bnicle")
    shown = readonce("list").stdout
    assert "chro\ufffd[2J\ufffdnicle" in shown
    assert not set("\x1b\x9b") & set(shown)


def test_a_process_of_its_own_prints_one_sentence_and_no_traceback(settings: Settings) -> None:
    ended = run(settings, "ask", "nowhere", "Who?")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "There is no document 'nowhere': `readonce list` shows yours.\n"


def test_the_commands_that_need_no_model_do_not_load_torch(settings: Settings) -> None:
    program = (
        "import sys, app.cli\n"
        "try: app.cli.app(['list'])\n"
        "except SystemExit as end: assert end.code == 0\n"
        "heavy = {'torch', 'streamlit', 'pandas'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr


def test_model_info_describes_the_reader(settings: Settings) -> None:
    (told,) = lines_of(readonce("model", "info", "--json").stdout)
    assert told["vocabulary"] == 360
    assert len(told["weights_fingerprint"]) == 64
    assert json.dumps(told["parameters"]) in readonce("model", "info").stdout.replace(",", "")


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


def test_a_long_list_is_shown_in_parts(settings: Settings) -> None:
    with open_service(settings) as service:
        for number in range(3):
            add(service.library, f"text {number}", owner=settings.owner, title=f"Report {number}")
    first = readonce("list", "--most", "2").stdout
    assert "Report 2" in first
    assert "Report 0" not in first
    assert "1 to 2 of 3 documents. `--from 3` shows the next." in first
    assert "3 to 3 of 3 documents." in readonce("list", "--from", "3").stdout
    assert "Report 1" not in readonce("list", "--title", "report 2").stdout
    assert "No title holds 'x'" in readonce("list", "--title", "x").stdout
    assert len(lines_of(readonce("list", "--json").stdout)[0]) == 3
    assert len(lines_of(readonce("list", "--json", "--title", "report 1").stdout)[0]) == 1
