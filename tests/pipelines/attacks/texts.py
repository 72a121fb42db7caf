"""Hostile texts and pages of markup."""

from __future__ import annotations

from tests.pipelines import archives, bombs
from tests.pipelines.attacks.attack import LONG, MEMORY, Attack

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
        f"{LONG}|^READ The ferry",
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
        f"{LONG}|^READ words",
        slow=True,
    ),
    Attack(
        "two million paragraphs",
        "a.html",
        lambda: b"<!doctype html><html><body>" + b"<p>word</p>" * 2_500_000,
        f"{MEMORY}|{LONG}",
        slow=True,
    ),
    Attack(
        "five million brackets",
        "a.html",
        lambda: b"<!doctype html><html>" + b"<" * 5_000_000,
        f"^READ <<|{LONG}|{MEMORY}",
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
        f"^READ # Part|{LONG}",
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
