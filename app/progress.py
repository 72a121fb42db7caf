"""What adding a document reports on its way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from storage.records import DocumentRecord

Stage = Literal["extracting", "reading", "waiting", "done"]


@dataclass(frozen=True, slots=True)
class Progress:
    """One step; the document is known from the first step of reading on.

    extracting: the text is taken out of the file. reading: the model reads it. waiting: another
    process reads the same document. done: the last step. note says, where it is not empty, what
    the user should know, such as why a document is read again. page is the last page begun.
    replaces says that the document took the place of an earlier version.
    tokens and seconds count this sitting only, from its first step.
    """

    stage: Stage
    document: DocumentRecord | None = None
    page: int = 0
    tokens: int = 0
    seconds: float = 0.0
    already_known: bool = False
    note: str = ""
    replaces: bool = False

    @property
    def tokens_per_second(self) -> float:
        return self.tokens / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """How long reading will go on at the pace so far; None before there is one."""
        if self.document is None or not self.tokens_per_second:
            return None
        return max(0, self.document.tokens - self.document.tokens_read) / self.tokens_per_second
