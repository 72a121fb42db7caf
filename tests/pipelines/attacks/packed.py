"""Hostile documents that are archives."""

from __future__ import annotations

from tests.pipelines import archives
from tests.pipelines.attacks.attack import ENTITIES, FERRY, LONG, MEGA, MEMORY, XML, Attack

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
        FERRY,
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
        f"500,003 parts|{MEMORY}|{LONG}",
        slow=True,
    ),
    Attack(
        "a billion laughs",
        "a.docx",
        lambda: archives.docx_of(archives.said("&l9;"), archives.laughs(10)),
        ENTITIES,
    ),
    Attack(
        "an entity of 100 KB, 100,000 times",
        "a.docx",
        lambda: archives.docx_of(
            archives.said("&l0;" * 100_000), f'<!DOCTYPE w [<!ENTITY l0 "{"ha" * 50_000}">]>'
        ),
        ENTITIES,
    ),
    Attack(
        "an entity that is a file of the machine",
        "a.docx",
        lambda: archives.docx_of(archives.said("&out;"), archives.OUTSIDE),
        ENTITIES,
    ),
    Attack(
        "a document type on another host",
        "a.docx",
        lambda: archives.docx_of(before=archives.OUTSIDE_HOST),
        FERRY,
    ),
    Attack("elements 100,000 deep", "a.docx", lambda: archives.docx_deep(100_000), XML),
    Attack(
        "tables in tables, 60 levels",
        "a.docx",
        lambda: archives.docx_of_tables_in_tables(60),
        FERRY,
    ),
    Attack(
        "a cell of 2 * 10^9 columns",
        "a.docx",
        lambda: archives.docx_of_wide_cell(2_000_000_000),
        FERRY,
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
