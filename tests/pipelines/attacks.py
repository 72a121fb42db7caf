"""The list of hostile files, and a watch on what memory they cost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType

import psutil

from tests.pipelines import archives, bombs

MEGA = 1 << 20
_LOOK = 0.02
_OPENER = "pipelines.apart.child"


@dataclass(frozen=True, slots=True)
class Attack:
    """A hostile file: what expected matches is "READ" and the text's beginning, or the refusal.

    slow ones are made or refused in more than a few seconds.
    """

    name: str
    file: str
    make: Callable[[], bytes]
    expected: str
    slow: bool = False


def openers(process: psutil.Process | None = None) -> list[psutil.Process]:
    """The processes of ours that open files; a test run has servers and browsers beside them."""
    found = []
    for child in (process or psutil.Process()).children(recursive=True):
        with suppress(psutil.Error):
            if _OPENER in child.cmdline():
                found.append(child)
    return found


def openers_since(others: list[psutil.Process]) -> list[psutil.Process]:
    """Those that were started since `others` were there; a page of another test may keep one."""
    return [child for child in openers() if child not in others]


class Watch:
    """The most memory, in bytes, that this process and its openers held while it was open."""

    def __init__(self) -> None:
        self.children = 0
        self.own = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        own = psutil.Process()
        while not self._ended.wait(_LOOK):
            self.own = max(self.own, own.memory_info().rss)
            total = 0
            for child in openers(own):
                with suppress(psutil.Error):
                    total += child.memory_info().rss
            self.children = max(self.children, total)


_FERRY = "^READ The ferry left at six"
_MEMORY = "needs more than the .* MB of memory"
_ENTITIES = "defines entities"
_XML = "not well-formed XML"
_LONG = "takes longer than"

PDF = (
    Attack("a million pages", "a.pdf", lambda: bombs.pdf_of_many_pages(1_000_000), "1,000,000 pag"),
    Attack(
        "a page that claims to be a million",
        "a.pdf",
        lambda: bombs.pdf_claiming_pages(10**6),
        "1,000,000 pages, and",
    ),
    Attack(
        "a page that claims to be 2^31",
        "a.pdf",
        lambda: bombs.pdf_claiming_pages(2**31 - 1),
        _FERRY,
    ),
    Attack(
        "a tree of pages 100,000 deep",
        "a.pdf",
        lambda: bombs.pdf_of_deep_tree(100_000),
        "without text",
    ),
    Attack("a tree of pages that is a circle", "a.pdf", bombs.pdf_of_cyclic_tree, _FERRY),
    Attack(
        "forms in forms, 10^9 drawings",
        "a.pdf",
        lambda: bombs.pdf_of_forms_in_forms(9, 10),
        f"{_MEMORY}|{_LONG}",
        slow=True,
    ),
    Attack(
        "a form that draws itself",
        "a.pdf",
        bombs.pdf_of_form_in_itself,
        f"{_MEMORY}|{_LONG}",
        slow=True,
    ),
    Attack(
        "a drawing of half a gigabyte",
        "a.pdf",
        lambda: bombs.pdf_of_deflated_content(512 * MEGA),
        _MEMORY,
        slow=True,
    ),
    Attack(
        "a gigabyte packed twice",
        "a.pdf",
        lambda: bombs.pdf_of_twice_deflated_content(1024 * MEGA),
        _MEMORY,
        slow=True,
    ),
    Attack(
        "a page of 100 million letters",
        "a.pdf",
        lambda: bombs.pdf_of_deflated_text(100_000_000),
        f"{_MEMORY}|{_LONG}",
        slow=True,
    ),
    Attack(
        "a page of 10^9 by 10^9 points",
        "a.pdf",
        lambda: bombs.pdf_of_box(b"0 0 1000000000 1000000000"),
        _FERRY,
    ),
    Attack("a page of no size", "a.pdf", lambda: bombs.pdf_of_box(b"0 0 1e38 -1e38"), _FERRY),
    Attack(
        "an outline that is a circle", "a.pdf", lambda: bombs.pdf_of_outline(3, cyclic=True), _FERRY
    ),
    Attack(
        "an outline of a million entries",
        "a.pdf",
        lambda: bombs.pdf_of_outline(1_000_000),
        f"{_FERRY}|{_LONG}",
        slow=True,
    ),
    Attack("an outline 20,000 deep", "a.pdf", lambda: bombs.pdf_of_deep_outline(20_000), _FERRY),
    Attack("arrays 1,000,000 deep", "a.pdf", lambda: bombs.pdf_of_nested_arrays(1_000_000), _FERRY),
    Attack(
        "drawing states 1,000,000 deep",
        "a.pdf",
        lambda: bombs.pdf_of_deep_drawing(1_000_000),
        "without text",
    ),
    Attack(
        "a picture of 10,000 by 10,000",
        "a.pdf",
        lambda: bombs.pdf_of_large_picture(10_000),
        _FERRY,
        slow=True,
    ),
    Attack(
        "a million curves on a page",
        "a.pdf",
        lambda: bombs.pdf_of_paths(1_000_000),
        f"without text|{_MEMORY}|{_LONG}",
        slow=True,
    ),
    Attack(
        "a thousand pages of curves",
        "a.pdf",
        bombs.pdf_that_takes_hours,
        "5 seconds of a processor|25 seconds on the clock",
        slow=True,
    ),
)

ARCHIVES = (
    Attack(
        "a part that unpacks to 512 MB",
        "a.docx",
        lambda: archives.docx_that_unpacks_to(512 * MEGA),
        "unpacks to 512 MB, and files are read up to 256 MB",
        slow=True,
    ),
    Attack(
        "a part that unpacks to 30 MB, a thousandfold",
        "a.docx",
        lambda: archives.docx_that_unpacks_to(30 * MEGA),
        "times its size, and files are read up to 100 times",
    ),
    Attack(
        "a part that lies about its size",
        "a.docx",
        lambda: archives.docx_that_lies_about(30 * MEGA),
        "cannot be unpacked",
    ),
    Attack(
        "5,000 names for the same 30 MB",
        "a.docx",
        lambda: archives.docx_of_overlapping_parts(5_000, 30 * MEGA),
        "unpacks to 150,000 MB",
    ),
    Attack(
        "zips in zips, 12 levels, 2^12 in all",
        "a.docx",
        lambda: archives.docx_of_nested_zips(12),
        _FERRY,
    ),
    Attack(
        "20,000 parts",
        "a.docx",
        lambda: archives.docx_of_many_parts(20_000),
        "20,003 parts, and files are read up to 10,000",
    ),
    Attack(
        "half a million parts",
        "a.docx",
        lambda: archives.docx_of_many_parts(500_000),
        f"500,003 parts|{_MEMORY}|{_LONG}",
        slow=True,
    ),
    Attack(
        "a billion laughs",
        "a.docx",
        lambda: archives.docx_of(archives.said("&l9;"), archives.laughs(10)),
        _ENTITIES,
    ),
    Attack(
        "an entity of 100 KB, 100,000 times",
        "a.docx",
        lambda: archives.docx_of(
            archives.said("&l0;" * 100_000), f'<!DOCTYPE w [<!ENTITY l0 "{"ha" * 50_000}">]>'
        ),
        _ENTITIES,
    ),
    Attack(
        "an entity that is a file of the machine",
        "a.docx",
        lambda: archives.docx_of(archives.said("&out;"), archives.OUTSIDE),
        _ENTITIES,
    ),
    Attack(
        "a document type on another host",
        "a.docx",
        lambda: archives.docx_of(before=archives.OUTSIDE_HOST),
        _FERRY,
    ),
    Attack("elements 100,000 deep", "a.docx", lambda: archives.docx_deep(100_000), _XML),
    Attack(
        "tables in tables, 60 levels",
        "a.docx",
        lambda: archives.docx_of_tables_in_tables(60),
        _FERRY,
    ),
    Attack(
        "a cell of 2 * 10^9 columns",
        "a.docx",
        lambda: archives.docx_of_wide_cell(2_000_000_000),
        _FERRY,
    ),
    Attack(
        "half a million attributes",
        "a.docx",
        lambda: archives.docx_of_attributes(500_000),
        "^READ words",
        slow=True,
    ),
    Attack(
        "names that climb out of the archive",
        "a.docx",
        lambda: archives.zip_of(archives.docx_parts() | {"../../outside.txt": "x"}),
        "named as no program",
    ),
    Attack(
        "a name that begins at the root",
        "a.docx",
        lambda: archives.zip_of(archives.docx_parts() | {"/etc/outside.txt": "x"}),
        "named as no program",
    ),
    Attack(
        "2 * 10^9 spaces in one element",
        "a.odt",
        lambda: archives.odt_of_spaces(2_000_000_000),
        "^READ a b",
    ),
    Attack(
        "10^9 rows of 10^9 cells in one element",
        "a.odt",
        lambda: archives.odt_of_repeated_cells(10**9),
        "^READ x",
    ),
    Attack(
        "a chapter that is read 100,000 times",
        "a.epub",
        lambda: archives.epub_of("<p>" + "words " * 150_000 + "</p>", 100_000),
        "^READ words",
    ),
    Attack(
        "elements 100,000 deep in a chapter",
        "a.epub",
        lambda: archives.epub_of("<div>" * 100_000 + "x"),
        "has no text",
    ),
)

TEXTS = (
    Attack(
        "elements 100,000 deep",
        "a.html",
        lambda: archives.html_deep(100_000),
        "deep, which no real page",
    ),
    Attack(
        "letters set bold 100,000 times over",
        "a.html",
        lambda: archives.html_deep(100_000, "b"),
        _LONG,
        slow=True,
    ),
    Attack(
        "cells of 10^9 columns and rows",
        "a.html",
        lambda: archives.html_of_wide_cells(10**9),
        "^READ x",
    ),
    Attack(
        "300,000 attributes",
        "a.html",
        lambda: (
            b"<!doctype html><html><body><p "
            + b" ".join(b"a%d=x" % n for n in range(300_000))
            + b">words</p>"
        ),
        f"{_LONG}|^READ words",
        slow=True,
    ),
    Attack(
        "two million paragraphs",
        "a.html",
        lambda: b"<!doctype html><html><body>" + b"<p>word</p>" * 2_500_000,
        f"{_MEMORY}|{_LONG}",
        slow=True,
    ),
    Attack(
        "five million brackets",
        "a.html",
        lambda: b"<!doctype html><html>" + b"<" * 5_000_000,
        f"^READ <<|{_LONG}|{_MEMORY}",
        slow=True,
    ),
    Attack("groups 100,000 deep", "a.rtf", lambda: archives.rtf_deep(100_000), "^READ words"),
    Attack(
        "a picture that claims 2 * 10^9 bytes",
        "a.rtf",
        lambda: archives.rtf_of_binary(2_000_000_000),
        "^READ words",
    ),
    Attack("quotes 100,000 deep", "a.md", lambda: bombs.markdown_of_quotes(100_000), "^READ > > >"),
    Attack("lists 3,000 deep", "a.md", lambda: bombs.markdown_of_lists(3_000), "^READ - item"),
    Attack(
        "100,000 brackets in a heading",
        "a.md",
        lambda: bombs.markdown_of_brackets(100_000),
        "^READ # ",
    ),
    Attack(
        "100,000 stars in a heading", "a.md", lambda: bombs.markdown_of_stars(100_000), "^READ # "
    ),
    Attack(
        "a heading of 10 MB", "a.md", lambda: b"# " + b"a" * 10_000_000 + b"\nwords\n", "^READ # a"
    ),
    Attack(
        "900,000 headings",
        "a.md",
        lambda: bombs.markdown_of_headings(900_000),
        f"^READ # Part|{_LONG}",
        slow=True,
    ),
    Attack(
        "a line of 100 MB",
        "a.txt",
        lambda: bombs.long_line(100_000_000),
        "has 95.4 MB, and text files are read up to 32 MB",
    ),
    Attack("a line of 30 MB", "a.txt", lambda: bombs.long_line(30_000_000), "^READ aaa"),
    Attack(
        "every byte beyond ASCII",
        "a.txt",
        lambda: bytes(range(128, 256)) * 10_000,
        "^READ|not recognised",
    ),
    Attack("two bytes of UTF-16", "a.txt", lambda: b"\xff\xfea", "damaged UTF-16 text"),
    Attack("a million zeros", "a.txt", lambda: b"\xff\xfea\0" + b"\0\0" * 1_000_000, "^READ a"),
    Attack("nothing", "a.txt", lambda: b"", "is empty"),
    Attack(
        "30 million line ends",
        "a.txt",
        lambda: b"a" + b"\n" * 30_000_000,
        "30,000,000 line ends and full stops",
    ),
    Attack("8 million full stops", "a.txt", lambda: b"a. " * 8_000_000, "8,000,000 line ends"),
)

ATTACKS = (*PDF, *ARCHIVES, *TEXTS)
