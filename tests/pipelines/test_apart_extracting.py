"""Extraction in a real process of its own: what it gives, what ends it, what it leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import psutil
import pytest

from pipelines.apart.bounds import MEGABYTE, Bounds
from pipelines.apart.extracting import extract_apart, extracting
from pipelines.apart.helper import Helper
from pipelines.document import Upload
from pipelines.errors import BeyondLimit, PipelineError, UnreadableFile, UnsupportedFile
from pipelines.extract import Limits, extract
from tests.pipelines import bombs
from tests.pipelines.attacks.watching import Watch, openers
from tests.pipelines.pdfs import Page, PdfMaker

ROOT = Path(__file__).parents[2]
SLOW = bombs.pdf_that_takes_hours()

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits this itself")


def apart(content: bytes, name: str = "a.pdf", bounds: Bounds | None = None) -> object:
    return extract_apart(Upload(name, content), Limits(), bounds or Bounds())


def children() -> list[psutil.Process]:
    return openers()


def until(reached: Callable[[], bool], seconds: float = 20) -> None:
    give_up = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.02)


def test_a_document_is_the_same_as_without_a_process_of_its_own(make_pdf: PdfMaker) -> None:
    story = (
        Page(("The ferry left at six.",), ((1, "Ferry"),)),
        Page(picture=True),
        Page(("Fog.",)),
    )
    for upload in (
        Upload("story.pdf", make_pdf(story, title="The Winter Timetable")),
        Upload("notes.md", "# Überfahrt\n\nDie Fähre 🛳 fährt.\n## Zurück\nAm Abend.".encode()),
        Upload("log.txt", "Nebel über dem Fluß. ".encode("cp1252") * 3),
    ):
        assert extract_apart(upload, Limits(), Bounds()) == extract(upload)
    assert children() == []


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("void.txt", b"", UnreadableFile),
        ("a.png", b"\x89PNG\r\n\x1a\n\0\0", UnsupportedFile),
        ("a.pdf", b"%PDF-1.7 nothing", UnreadableFile),
        ("big.txt", b"word " * 100, BeyondLimit),
    ],
)
def test_a_refusal_is_the_same_too(name: str, content: bytes, kind: type[PipelineError]) -> None:
    limits = replace(Limits(), text_bytes=400)
    with pytest.raises(PipelineError) as here:
        extract(Upload(name, content), limits)
    with pytest.raises(PipelineError) as there:
        extract_apart(Upload(name, content), limits, Bounds())
    assert type(there.value) is type(here.value) is kind
    assert str(there.value) == str(here.value)


def test_the_time_of_a_processor_is_limited() -> None:
    with pytest.raises(
        BeyondLimit, match=r"^a\.pdf takes longer than the 1 seconds of a"
    ) as caught:
        apart(SLOW, bounds=Bounds(cpu_seconds=1))
    assert caught.value.limit == "cpu_seconds"
    assert children() == []


def test_the_time_on_the_clock_is_limited() -> None:
    with pytest.raises(BeyondLimit, match=r"than the 1 seconds on the clock.*Split") as caught:
        apart(SLOW, bounds=Bounds(seconds=1))
    assert caught.value.limit == "seconds"
    assert children() == []


def asked(helper: Helper, content: bytes) -> None:
    values = {
        "task": "extract",
        "name": "a.pdf",
        "limits": asdict(Limits()),
        "passed_over": [],
    }
    list(helper.ask(values, content, 1_000_000))


def test_memory_is_limited() -> None:
    with pytest.raises(BeyondLimit, match=r"more than the 128 MB of memory") as caught:
        apart(bombs.pdf_of_twice_deflated_content(160 * MEGABYTE), bounds=Bounds(128 * MEGABYTE))
    assert caught.value.limit == "memory"


HASTY = Bounds(memory=4096 * MEGABYTE, page_seconds=1)


@pytest.mark.parametrize(
    ("content", "bounds"),
    [
        pytest.param(bombs.pdf_with_a_slow_page(), HASTY, id="time"),
        pytest.param(
            bombs.pdf_with_a_large_page(160 * MEGABYTE), Bounds(128 * MEGABYTE), id="memory"
        ),
    ],
)
def test_a_page_that_takes_too_much_costs_only_itself(content: bytes, bounds: Bounds) -> None:
    document = extract_apart(Upload("a.pdf", content), Limits(), bounds)
    assert document.pages_without_text == (2,)
    assert document.text.count("ferry") == 2
    assert children() == []


def test_where_nothing_is_left_without_the_page_its_limit_is_told() -> None:
    with pytest.raises(BeyondLimit, match="1 seconds of a processor that one page may take"):
        apart(bombs.pdf_of_paths(4_000_000), bounds=HASTY)


def test_a_file_of_many_such_pages_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.apart.extracting._MOST_PASSED_OVER", 1)
    slow = bombs.pdf_with_a_slow_page()
    twice = slow.replace(b"/Kids [5 0 R 3 0 R 5 0 R]", b"/Kids [3 0 R 3 0 R 5 0 R]")
    assert twice != slow
    with pytest.raises(BeyondLimit, match="one page may take"):
        apart(twice, bounds=HASTY)


@linux
def test_the_system_itself_limits_the_memory_though_nobody_watches() -> None:
    with Watch() as watch, closing(Helper(Bounds(128 * MEGABYTE))) as helper:
        helper.bounds = Bounds(1024 * 1024 * MEGABYTE)
        with pytest.raises(PipelineError):
            asked(helper, bombs.pdf_of_twice_deflated_content(160 * MEGABYTE))
    assert watch.children < 160 * MEGABYTE


def test_memory_is_watched_though_the_system_does_not_limit_it() -> None:
    with closing(Helper(Bounds())) as helper:
        helper.bounds = Bounds(8 * MEGABYTE)
        with pytest.raises(BeyondLimit, match=r"than the 8 MB"):
            asked(helper, SLOW)


@posix
@pytest.mark.parametrize(
    ("number", "said"),
    [
        (
            signal.SIGSEGV,
            r"^a\.pdf made the program that opens files break off \(SIGSEGV\).*new cop",
        ),
        (signal.SIGKILL, r"^a\.pdf could not be opened: the system ended.*memory.*Close other"),
    ],
    ids=["a crash", "ended by the system"],
)
def test_a_death_of_the_process_is_a_sentence_about_the_file(number: int, said: str) -> None:
    steps = extracting(Upload("a.pdf", SLOW), Limits(), Bounds())
    next(steps)
    os.kill(children()[0].pid, number)
    with pytest.raises(UnreadableFile, match=said):
        list(steps)
    assert children() == []
    assert apart(bombs.pdf_good())


def test_who_stops_asking_ends_the_process() -> None:
    steps = extracting(Upload("a.pdf", SLOW), Limits(), Bounds())
    next(steps)
    assert len(children()) == 1
    steps.close()
    assert children() == []


DIES = """
import os, sys
from pathlib import Path
from pipelines.apart.bounds import Bounds
from pipelines.apart.extracting import extracting
from pipelines.document import Upload
from pipelines.extract import Limits
steps = extracting(Upload("a.pdf", Path(sys.argv[1]).read_bytes()), Limits(), Bounds())
for step in steps:
    print("step", flush=True)
"""


@posix
def test_the_process_dies_with_its_parent_however_busy_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(SLOW)
    parent = subprocess.Popen(
        [sys.executable, "-c", DIES, str(tmp_path / "a.pdf")], stdout=subprocess.PIPE, cwd=ROOT
    )
    assert parent.stdout is not None
    for _ in range(20):  # the file has been sent and is being worked at
        parent.stdout.readline()
    (child,) = psutil.Process(parent.pid).children()
    assert child.cpu_times().user > 0
    parent.kill()
    parent.communicate()
    until(lambda: not child.is_running(), seconds=5)


def test_nothing_that_a_parser_may_print_reaches_us(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(PipelineError):
        apart(b"%PDF-1.7 SECRET WORDS")
    apart(bombs.pdf_good())
    assert capfd.readouterr() == ("", "")


@linux
def test_the_process_is_told_no_secret_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READONCE_DATABASE_URL", "postgresql://user:password@host/library")
    steps = extracting(Upload("a.pdf", SLOW), Limits(), Bounds())
    with closing(steps):
        next(steps)
        assert "password" not in str(children()[0].environ())


@linux
def test_the_process_has_neither_the_model_nor_the_library() -> None:
    script = "import pipelines.apart.child, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert {"torch", "sqlalchemy", "numpy", "retnet_core", "storage"}.isdisjoint(
        done.stdout.split()
    )
