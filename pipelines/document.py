"""The values that travel through the pipelines; they know no ids, paths or handles.

Offsets count the characters of Document.text. Pages are counted from 1.
"""

from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Upload:
    """What a person hands in; name is the file name without its folder."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the outline; level 1 is the highest, start its offset in the text."""

    level: int
    title: str
    start: int


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a document and where its pages and sections begin.

    page_starts[0] is 0 and the starts never fall; a page without text starts where the next
    page with text does. A format without pages has the single start 0.
    The outline is in the order of the text.
    """

    title: str
    text: str
    page_starts: tuple[int, ...]
    outline: tuple[Heading, ...]
    pages_without_text: tuple[int, ...]

    def page_at(self, offset: int) -> int:
        """The page that holds the character at this offset."""
        return max(1, bisect_right(self.page_starts, offset))

    def section_at(self, offset: int) -> str:
        """The title of the last heading at or before this offset, "" where there is none."""
        index = bisect_right(self.outline, offset, key=lambda heading: heading.start)
        return self.outline[index - 1].title if index else ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of the text; the passages of a document joined are its text."""

    text: str
    start: int
    page: int
    section: str
    tokens: int
