"""Whole files of every format, written by us, for the fuzzer to spoil."""

from __future__ import annotations

from tests.pipelines import archives, bombs
from tests.pipelines.pdfs import Page, pdf_of

_LINES = ("The ferry left at six.", "Gulls followed it to the light-", "house. Coal 1,204 1,310 -")
_BOOK = (
    Page(_LINES, ((1, "The ferry"), (2, "Gulls"))),
    Page(picture=True),
    Page(("Coal 12 - 13 -", "Wood 1 2 3 4"), ((1, "Coal"),), table=True),
)
_TABLE = (
    "<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val='2'/></w:tcPr><w:p><w:r><w:t>Coal</w:t></w:r>"
    "</w:p></w:tc><w:tc><w:p><w:r><w:t>1,204</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
)
_HEADING = (
    "<w:p><w:pPr><w:pStyle w:val='Heading1'/><w:outlineLvl w:val='0'/></w:pPr>"
    "<w:r><w:t>The ferry</w:t></w:r></w:p><w:p><w:r><w:br w:type='page'/></w:r></w:p>"
)
_ODT = (
    '<text:h text:outline-level="1">The ferry</text:h><text:p>It left<text:s text:c="3"/>at '
    "six.<text:line-break/>Gulls.</text:p><text:list><text:list-item><text:p>Coal</text:p>"
    "</text:list-item></text:list><table:table><table:table-row>"
    '<table:table-cell table:number-columns-repeated="2"><text:p>Wood</text:p></table:table-cell>'
    "<table:table-cell><text:p>1,310</text:p></table:table-cell></table:table-row></table:table>"
)
_HTML = (
    "<h1>The ferry</h1><p>It left at six, and the gulls followed it to the lighthouse &amp; "
    "back.</p><ul><li>Coal<ul><li>Wood</li></ul></li></ul><table><tr><th colspan=2>Cargo</th>"
    "<th>1921</th></tr><tr><td rowspan=2>Coal</td><td>t</td><td>1,204</td></tr></table>"
    "<pre>kept\n  as it is</pre><h2 id='a'>Gulls</h2><p>They came home.</p>"
)
_PAGE = (
    "<!doctype html><html lang=en><head><meta charset=utf-8><title>Log &mdash; 1921</title>"
    f"<script>ignored()</script></head><body><nav>Home</nav><article>{_HTML * 3}</article></body>"
)
_RTF = (
    rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\info{\title The ferry}}\f0\fs24 It left at "
    rb"six.\par Gulls \'e9\u8217 ? followed.\par{\trowd\cellx1000\cellx2000 Coal\cell 1,204\cell"
    rb"\row}{\pict\pngblip 89504e47}\page Home.\par}"
)
_MARKDOWN = (
    "---\ntitle: log\n---\n# The *ferry* [left](a.html)\n\nAt six.\n\nGulls\n=====\n\n```\n# no\n"
    "```\n| Coal | 1,204 |\n|---|---|\n\n> > quoted\n\n- a\n  - b\n\n### Überfahrt ###\n"
)


def sources() -> dict[str, list[bytes]]:
    """Several whole files for each format, by the extension of their names."""
    pdfs = [pdf_of(_BOOK, "The log"), pdf_of(_BOOK, owner_only="secret"), bombs.pdf_good()]
    docx = _HEADING + archives.HELLO + _TABLE
    return {
        "pdf": [*pdfs, bombs.pdf_of_outline(5), bombs.pdf_of_forms_in_forms(2, 2)],
        "docx": [archives.docx_of(), archives.docx_of(docx * 3)],
        "odt": [archives.odt_of(_ODT), archives.odt_of(_ODT * 3)],
        "epub": [archives.epub_of(), archives.epub_of(_HTML)],
        "html": [_PAGE.encode(), _PAGE.encode("utf-16")],
        "rtf": [_RTF, archives.rtf_deep(20)],
        "md": [_MARKDOWN.encode(), (_MARKDOWN * 5).encode("cp1252")],
        "txt": ["Die Fähre fuhr früh. ".encode(code) * 5 for code in ("utf-8", "cp1252", "utf-16")],
    }
