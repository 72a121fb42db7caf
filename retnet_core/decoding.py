"""Token ids to text, piece by piece: what was given is never taken back."""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Sequence

_added_space = re.compile(r"(?<=\n) ")


class Decoder:
    """Gives the text of ids as it becomes certain; joined it is what Tokenizer.decode gives.

    A character comes with its last byte; bytes that are none become U+FFFD as decode says, with
    the bytes after them or at the end. At most three bytes are held. pieces: the bytes of every id.
    """

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = pieces
        self._utf8 = getincrementaldecoder("utf-8")(errors="replace")
        self._last = "\n"  # the last character of the text; a line starts at the beginning

    def feed(self, token: int) -> str:
        """The text that this token makes certain, perhaps none."""
        return self._without_added_spaces(self._utf8.decode(self._pieces[token]))

    def close(self) -> str:
        """What the bytes of a character that never became whole are: U+FFFD, or nothing."""
        return self._without_added_spaces(self._utf8.decode(b"", final=True))

    def _without_added_spaces(self, text: str) -> str:
        if not text:
            return ""
        before, self._last = self._last, text[-1]
        return _added_space.sub("", before + text)[1:]
