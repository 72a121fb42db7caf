"""The only way for text of documents onto the page: nothing in it is taken as markup."""

from __future__ import annotations

import html
import re

import nh3

_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")
_TAGS = {"blockquote", "br", "dd", "div", "dl", "dt", "h1", "h2", "h3", "li", "mark", "ol", "p"}
_TAGS |= {"span", "strong"}


def plain(text: str) -> str:
    """Text for a label or message that streamlit reads as Markdown: shown as it is, on one line."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def shortened(text: str, most: int) -> str:
    """Text of at most so many characters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def escaped(text: str) -> str:
    """Text for a piece of HTML that is then given to clean."""
    return html.escape(text)


def clean(markup: str) -> str:
    """HTML of ours with escaped text in it; whatever else may have come in is taken out."""
    return nh3.clean(markup, tags=_TAGS, attributes={"*": {"class", "role"}}, link_rel=None)
