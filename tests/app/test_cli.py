"""The command line as scripts see it."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

from typer.testing import CliRunner

from app.cli import app
from app.service import open_service
from app.settings import Settings
from tests.app.commanding import ADD, ASK, CITATION, readonce
from tests.app.making import ROOT, lines_of, run
from tests.pipelines.pdfs import Page, pdf_of
from tests.storage.making import add


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


def test_it_says_its_version() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    assert readonce("--version").stdout == f"readonce {version}\n"


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
