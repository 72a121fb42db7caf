"""The text of PDF pages made plain: line ends, hyphens, ligatures, signs of no meaning."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from pipelines.extract.margins import without_margins

# PDFium puts one of these where a line ends in a hyphen, in place of hyphen and line end.
_LINE_END_HYPHEN = re.compile("[\x02\ufffe]")
_SOFT_LINE_END = re.compile("\xad(?=\n)")
# PDFium writes CR LF where a line ends; any other sign of this kind is a badly named space.
_NO_LINE_END = re.compile("(?<!\r)\n|\r(?!\n)|[\x0b\x0c\x85\u2028\u2029]")
_LIGATURES = re.compile("[\ufb00-\ufb06]")
_BULLETS = re.compile("[\uf0a7\uf0b7\uf0d8\uf076\uf06e]")
# Controls, lone surrogates, signs that never are characters, soft hyphens inside a line.
_NOISE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\ufeff\ufffe\uffff\ud800-\udfff]")
_LINE_END = re.compile(r"[^\S\n]*(?:\n\s*)+")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
# After a figure only what goes on as a number or one letter does ("10-K"), not the next row.
_BROKEN_WORD = re.compile(r"(?:([^\W\d_]+)|(?<=\d)(?=-\n(?:\d|\w\b)))-\n(\w*)(\S*)\s?")


def clean_pages(raw: Sequence[str]) -> tuple[str, ...]:
    """The text of each page with one LF between lines, words broken at a line end rejoined.

    Running heads and feet are left out, so that a sentence goes on over the border of two pages.
    """
    pages = without_margins([_plain(page) for page in raw])
    words = _word_counts(pages)
    return tuple(_rejoined(page, words) for page in pages)


def clean_line(raw: str) -> str:
    """One line of text, such as a title, cleaned alike."""
    return " ".join(_plain(raw).split())


def _plain(raw: str) -> str:
    text = _LINE_END_HYPHEN.sub("-\n", _NO_LINE_END.sub(" ", raw).replace("\r\n", "\n"))
    text = _NOISE.sub("", _SOFT_LINE_END.sub("-", text))
    text = _LIGATURES.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    text = _BULLETS.sub("•", text).replace("\xa0", " ")
    return _LINE_END.sub("\n", text).strip()


def _word_counts(pages: Iterable[str]) -> Counter[str]:
    """How often the document writes each word; halves of broken words are no words."""
    whole = (_BROKEN_WORD.sub(" ", page).lower() for page in pages)
    return Counter(word for page in whole for word in _WORD.findall(page))


def _rejoined(text: str, words: Counter[str]) -> str:
    """The text with each broken word whole, on the line where it began."""

    def whole(match: re.Match[str]) -> str:
        first, second, rest = match[1] or "", match[2], match[3]
        hyphen = "-" if _keeps_hyphen(first, second, words) else ""
        return f"{first}{hyphen}{second}{rest}\n"

    return _BROKEN_WORD.sub(whole, text).rstrip("\n")


def _keeps_hyphen(first: str, second: str, words: Counter[str]) -> bool:
    """Whether the hyphen at a line end belongs to the word, by how the document writes it.

    A word written nowhere else keeps the hyphen if both halves are words of the document.
    """
    if not first or not second.isalpha() or second[0].isupper():
        return True
    joined, hyphened = words[(first + second).lower()], words[f"{first}-{second}".lower()]
    if joined or hyphened:
        return hyphened >= joined
    return bool(words[first.lower()] and words[second.lower()])
