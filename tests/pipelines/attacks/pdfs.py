"""Hostile PDFs."""

from __future__ import annotations

from tests.pipelines import bombs
from tests.pipelines.attacks.attack import FERRY, LONG, MEGA, MEMORY, Attack

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
        FERRY,
    ),
    Attack(
        "a tree of pages 100,000 deep",
        "a.pdf",
        lambda: bombs.pdf_of_deep_tree(100_000),
        "without text",
    ),
    Attack("a tree of pages that is a circle", "a.pdf", bombs.pdf_of_cyclic_tree, FERRY),
    Attack(
        "forms in forms, 10^9 drawings",
        "a.pdf",
        lambda: bombs.pdf_of_forms_in_forms(9, 10),
        f"{MEMORY}|{LONG}",
        slow=True,
    ),
    Attack(
        "a form that draws itself",
        "a.pdf",
        bombs.pdf_of_form_in_itself,
        f"{MEMORY}|{LONG}",
        slow=True,
    ),
    Attack(
        "a drawing of half a gigabyte",
        "a.pdf",
        lambda: bombs.pdf_of_deflated_content(512 * MEGA),
        MEMORY,
        slow=True,
    ),
    Attack(
        "a gigabyte packed twice",
        "a.pdf",
        lambda: bombs.pdf_of_twice_deflated_content(1024 * MEGA),
        MEMORY,
        slow=True,
    ),
    Attack(
        "a page of 100 million letters",
        "a.pdf",
        lambda: bombs.pdf_of_deflated_text(100_000_000),
        f"{MEMORY}|{LONG}",
        slow=True,
    ),
    Attack(
        "a page of 10^9 by 10^9 points",
        "a.pdf",
        lambda: bombs.pdf_of_box(b"0 0 1000000000 1000000000"),
        FERRY,
    ),
    Attack("a page of no size", "a.pdf", lambda: bombs.pdf_of_box(b"0 0 1e38 -1e38"), FERRY),
    Attack(
        "an outline that is a circle", "a.pdf", lambda: bombs.pdf_of_outline(3, cyclic=True), FERRY
    ),
    Attack(
        "an outline of a million entries",
        "a.pdf",
        lambda: bombs.pdf_of_outline(1_000_000),
        f"{FERRY}|{LONG}",
        slow=True,
    ),
    Attack("an outline 20,000 deep", "a.pdf", lambda: bombs.pdf_of_deep_outline(20_000), FERRY),
    Attack("arrays 1,000,000 deep", "a.pdf", lambda: bombs.pdf_of_nested_arrays(1_000_000), FERRY),
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
        FERRY,
        slow=True,
    ),
    Attack(
        "a million curves on a page",
        "a.pdf",
        lambda: bombs.pdf_of_paths(1_000_000),
        f"without text|{MEMORY}|{LONG}",
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
