"""The tokenizer of published models: a SentencePiece model exactly as it is.

Ours (tokenizer.py) adds rules that make it lossless and is of no use to weights that were trained
without them. This one loses what SentencePiece loses, runs of spaces for example.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property

from sentencepiece import SentencePieceProcessor


class PlainTokenizer:
    """Cut text into the pieces of a SentencePiece model; raises RuntimeError for other bytes.

    begin: the token that a text begins with, None where the weights were trained without one. It
    is not part of encode: a text read in two sittings begins once.
    """

    def __init__(self, model: bytes, *, begins: bool = True) -> None:
        self._processor = SentencePieceProcessor(model_proto=model)
        self.model = model
        self.vocab_size = int(self._processor.vocab_size())
        self.begin = _known(self._processor.bos_id()) if begins else None
        self.end = _known(self._processor.eos_id())

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of the model's bytes."""
        return hashlib.sha256(self.model).hexdigest()

    def encode(self, text: str) -> list[int]:
        """The ids of the pieces of a text, without begin and end."""
        return [int(piece) for piece in self._processor.encode(text)]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of the pieces; control symbols, and ids that only the weights have, give none.

        Bytes of a character whose last ones are not there yet are U+FFFD.
        """
        return str(self._processor.decode([each for each in ids if 0 <= each < self.vocab_size]))


def _known(piece: int) -> int | None:
    return int(piece) if piece >= 0 else None
