"""HTML elements walked into paragraphs, headings, items of lists and lines of tables.

Nothing here recurses: however deep a file nests its elements, the walk takes no stack.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipelines.errors import UnreadableFile
from pipelines.extract.parts import Part, Piece, plain
from pipelines.extract.tables import Cell, table_lines

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_UNSEEN = frozenset(
    {"script", "style", "template", "head", "iframe", "object", "svg", "noscript", "rt", "rp"}
    | {"button", "input", "select", "textarea", "audio", "video", "canvas", "nav", "dialog"}
)
_INLINE = frozenset(
    {"a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em"}
    | {"font", "i", "img", "ins", "kbd", "label", "mark", "q", "ruby", "s", "samp", "small", "span"}
    | {"strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "rb", "picture", "source"}
    | {"math", "mi", "mn", "mo", "mrow", "msup", "msub", "mfrac", "msqrt", "semantics", "mtext"}
)
# What makes of a table a way to lay out a page, not rows of cells.
_LAYOUT = "table, h1, h2, h3, h4, h5, h6, ul, ol, section, article, blockquote"
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
# The parser looks through all open elements at each of these, so that depth costs its square.
_NESTING = re.compile(
    r"<(/?)(?:address|article|aside|blockquote|center|details|dialog|div|dl|fieldset|figure|"
    r"footer|form|header|main|menu|nav|ol|section|ul)\b",
    re.IGNORECASE,
)
_DEEPEST = 3_000
_MOST_COLUMNS = 1_000


@dataclass(slots=True)
class _Walk:
    """What has been seen of the block that is being walked."""

    text: list[str] = field(default_factory=list)
    level: int = 0
    mark: str = ""
    kept_lines: int = 0
    # For each list that is open the number of its next item, None for a list with bullets.
    lists: list[int | None] = field(default_factory=list)

    def flush(self) -> Iterator[Piece]:
        """The block so far, if it has text."""
        text = plain("".join(self.text))
        self.text.clear()
        if text:
            yield Part(f"{self.mark}{text}", self.level, tight=bool(self.mark))
            self.mark = ""


def parsed(name: str, html: str) -> LexborHTMLParser:
    """The parsed page; UnreadableFile where its elements are nested beyond any real page."""
    depth = 0
    for tag in _NESTING.finditer(html):
        depth = max(0, depth + (-1 if tag[1] else 1))
        if depth > _DEEPEST:
            raise UnreadableFile(
                f"{name} nests its elements more than {_DEEPEST:,} deep, which no real page does. "
                "Save it as plain text and add that."
            )
    return LexborHTMLParser(html)


def walked(root: LexborNode | None) -> Iterator[Piece]:
    """The blocks of an element in order."""
    walk = _Walk()
    node = root
    while node is not None:
        below = None
        if node.is_text_node:
            _say(walk, node.text_content or "")
        elif node.is_element_node and not _unseen(node):
            if node.tag == "table" and not _is_layout(node):
                yield from walk.flush()
                yield from _table(node)
            else:
                yield from _opened(walk, node)
                below = node.child
        node, closed = (below, []) if below is not None else _onwards(node, root)
        for element in closed:
            yield from _closed(walk, element)
    yield from walk.flush()


def _is_layout(table: LexborNode) -> bool:
    return any(found.mem_id != table.mem_id for found in table.css(_LAYOUT))


def _onwards(
    node: LexborNode, root: LexborNode | None
) -> tuple[LexborNode | None, list[LexborNode]]:
    """The node after this one and all below it, and the elements left on the way."""
    closed: list[LexborNode] = []
    current: LexborNode | None = node
    while current is not None:
        if current.is_element_node:
            closed.append(current)
        if root is not None and current.mem_id == root.mem_id:  # == would compare all their HTML
            return None, closed
        if current.next is not None:
            return current.next, closed
        current = current.parent
    return None, closed


def _say(walk: _Walk, text: str) -> None:
    walk.text.append(text if walk.kept_lines else _SPACE.sub(" ", text))


def _unseen(node: LexborNode) -> bool:
    if node.tag in _UNSEEN:
        return True
    attributes = node.attributes
    return "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style") or ""))


def _opened(walk: _Walk, node: LexborNode) -> Iterator[Piece]:
    tag = node.tag or ""
    if tag == "br":
        walk.text.append("\n")
    if tag in _INLINE or tag == "br":
        return
    yield from walk.flush()
    if tag in _HEADINGS:
        walk.level, walk.mark = _HEADINGS[tag], ""
    elif tag == "pre":
        walk.kept_lines += 1
    elif tag in ("ul", "ol"):
        walk.lists.append(_first_number(node) if tag == "ol" else None)
    elif tag == "li":
        walk.mark = _item_mark(walk)


def _closed(walk: _Walk, node: LexborNode) -> Iterator[Piece]:
    tag = node.tag or ""
    if tag in _INLINE or tag == "br" or _unseen(node):
        return
    yield from walk.flush()
    if tag in _HEADINGS:
        walk.level = 0
    elif tag == "pre":
        walk.kept_lines = max(0, walk.kept_lines - 1)
    elif tag in ("ul", "ol") and walk.lists:
        walk.lists.pop()
    elif tag == "li":
        walk.mark = ""


def _first_number(node: LexborNode) -> int:
    start = node.attributes.get("start") or ""
    return int(start) if start.isdecimal() and len(start) < 6 else 1


def _item_mark(walk: _Walk) -> str:
    if not walk.lists or walk.lists[-1] is None:
        return "• "
    number = walk.lists[-1]
    walk.lists[-1] = number + 1
    return f"{number}. "


def _table(table: LexborNode) -> Iterator[Piece]:
    rows: list[list[Cell]] = []
    spans: dict[int, int] = {}
    heads = 0
    for row in table.css("tr"):
        cells = _cells(row, spans)
        if len(rows) == heads and cells and _is_head(row):
            heads += 1
        rows.append(cells)
    caption = table.css_first("caption")
    if caption is not None and (said := plain(_inner(caption))):
        yield Part(said)
    lines = [line for lines in table_lines(rows, heads or None) for line in lines]
    for index, line in enumerate(lines):
        yield Part(line, tight=index > 0)


def _cells(row: LexborNode, spans: dict[int, int]) -> list[Cell]:
    """The cells of a row; spans holds for how many rows more a cell above fills a column."""
    cells = []
    column = 0
    for node in row.css("td, th"):
        while spans.get(column):
            spans[column] -= 1
            column += 1
        width = _span(node, "colspan")
        height = _span(node, "rowspan")
        if column + width > _MOST_COLUMNS:
            break
        cells.append(Cell(" ".join(plain(_inner(node)).split()), column, column + width - 1))
        for filled in range(column, column + width):
            spans[filled] = height - 1
        column += width
    for rest in [filled for filled in spans if filled >= column and spans[filled]]:
        spans[rest] -= 1
    return cells


def _span(node: LexborNode, attribute: str) -> int:
    value = (node.attributes.get(attribute) or "").strip()
    return max(1, int(value)) if value.isdecimal() and len(value) < 4 else 1


def _is_head(row: LexborNode) -> bool:
    in_head = row.parent is not None and row.parent.tag == "thead"
    return in_head or (row.css_first("th") is not None and row.css_first("td") is None)


def _inner(node: LexborNode) -> str:
    """The text of a cell, its blocks apart by spaces."""
    said: list[str] = []
    for part in walked(node):
        assert isinstance(part, Part)
        said.append(part.text)
    return " ".join(said)
