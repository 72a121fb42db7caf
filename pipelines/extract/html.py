"""Web pages: the text without menus, banners and other boilerplate.

trafilatura judges what belongs to the page itself. Where it keeps next to nothing, which happens
with pages that are no articles, all is kept but for menus and what is not shown.
"""

import re
from collections.abc import Iterable

from pipelines.document import Document, Upload
from pipelines.extract.limits import Limits, check_size
from pipelines.extract.markup import parsed, walked
from pipelines.extract.parts import Part, Piece, assembled, plain
from pipelines.extract.text import decoded, stem

_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{2,40})", re.IGNORECASE)
_CHARSET_HEAD = 4096
# trafilatura takes up to three seconds for a million characters, and a page as long as a shelf is
# hardly a page of menus.
_LARGEST_JUDGED = 2_000_000
# Of a page whose main text is less than this share of all, the judgement is not believed.
_LEAST_SHARE = 0.2


def extract_html(upload: Upload, limits: Limits) -> Document:
    """The text of a web page; the title is its first heading of the highest level, or <title>."""
    check_size(upload, "web pages", limits.text_bytes, "text_bytes")
    html = _decoded(upload)
    tree = parsed(upload.name, html)
    title_node = tree.css_first("title")
    titled = plain(title_node.text()) if title_node is not None else ""
    everything = list(walked(tree.body))
    kept = _main(upload.name, html) if len(html) <= _LARGEST_JUDGED else []
    pieces = kept if _size(kept) >= _LEAST_SHARE * _size(everything) else everything
    title = _heading(pieces) or " ".join(titled.split()) or stem(upload)
    return assembled(upload, title, pieces)


def _main(name: str, html: str) -> list[Piece]:
    """What trafilatura takes for the page's own text, [] where it finds none."""
    from trafilatura import extract as main_text  # takes half a second to import

    kept = main_text(
        html, output_format="html", favor_recall=True, include_tables=True, include_comments=False
    )
    return list(walked(parsed(name, kept).body)) if kept else []


def _size(pieces: Iterable[Piece]) -> int:
    return sum(len(piece.text) for piece in pieces if isinstance(piece, Part))


def _heading(pieces: Iterable[Piece]) -> str:
    """The only heading of the highest level there is, "" where there are none or several."""
    tops = [piece.text for piece in pieces if isinstance(piece, Part) and piece.level == 1]
    return " ".join(tops[0].split()) if len(tops) == 1 else ""


def _decoded(upload: Upload) -> str:
    """The page in the encoding that it declares, else in the one that its bytes suggest."""
    declared = _CHARSET.search(upload.content[:_CHARSET_HEAD])
    if declared and not upload.content.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        try:
            return upload.content.decode(declared[1].decode("ascii"))
        except (UnicodeDecodeError, LookupError):
            pass
    return decoded(upload)
