"""The bookmarks of a PDF, and where in its text each of them points."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from pypdfium2 import PdfDocument, PdfiumError

from pipelines.document import Heading
from pipelines.extract.cleaning import clean_line
from pipelines.pdfium import exclusive


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A line of the table of contents; level and page are counted from 1."""

    level: int
    title: str
    page: int


def read_bookmarks(pdf: PdfDocument, most: int) -> tuple[Bookmark, ...]:
    """The first bookmarks that point at a page, () where the table of contents is broken."""
    marks = []
    with exclusive():
        try:
            for entry in islice(pdf.get_toc(), most):
                destination = entry.get_dest()
                index = destination.get_index() if destination else None
                title = clean_line(entry.get_title())
                if title and index is not None:
                    marks.append(Bookmark(entry.level + 1, title, index + 1))
        except PdfiumError:
            return ()
    return tuple(marks)


def placed(
    bookmarks: Sequence[Bookmark], text: str, page_starts: Sequence[int]
) -> tuple[Heading, ...]:
    """The outline: each bookmark at its title on its page, or else where the page begins."""
    ends = (*page_starts[1:], len(text))
    headings: list[Heading] = []
    after = 0
    for mark in bookmarks:
        if not 1 <= mark.page <= len(page_starts):
            continue
        first, end = page_starts[mark.page - 1], ends[mark.page - 1]
        begin = min(max(first, after), end)
        found = _find_title(mark.title, text[begin:end])
        start = begin + found if found >= 0 else first
        after = start + len(mark.title) if found >= 0 else after
        headings.append(Heading(mark.level, mark.title, start))
    return tuple(sorted(headings, key=lambda heading: heading.start))


def _find_title(title: str, page: str) -> int:
    """The offset of a title on a page, preferably where it opens a line; -1 if absent."""
    wanted, folded = title.lower(), page.lower().replace("\n", " ")
    if len(folded) != len(page):
        return page.find(title)
    found = folded.find(wanted)
    while found > 0 and page[found - 1] != "\n":
        again = folded.find(wanted, found + 1)
        if again < 0:
            return folded.find(wanted)
        found = again
    return found
