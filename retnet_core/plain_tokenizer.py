"""The tokenizer of published models: a SentencePiece model exactly as it is.

Ours (tokenizer.py) adds rules that make it lossless and is of no use to weights that were trained
without them. This one loses what SentencePiece loses, runs of spaces for example.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property

from sentencepiece import SentencePieceProcessor

_INCOMPLETE = "\ufffd"
_KEPT = 32  # pieces


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

    def decoder(self) -> PlainDecoder:
        """A decoder for pieces that come one by one."""
        return PlainDecoder(self)


class PlainDecoder:
    """The text of pieces that come one by one: what is given is never taken back.

    Only the last pieces are decoded each time: what a piece says depends on those right before it.
    """

    def __init__(self, tokenizer: PlainTokenizer) -> None:
        self._tokenizer = tokenizer
        self._ids: list[int] = []
        self._text = ""  # what the kept pieces say, as far as it was given

    def feed(self, piece: int) -> str:
        """What one more piece adds, once its characters are whole."""
        if len(self._ids) >= 2 * _KEPT and self._tokenizer.decode(self._ids) == self._text:
            self._ids = self._ids[-_KEPT:]
            self._text = self._tokenizer.decode(self._ids)
        self._ids.append(piece)
        return self._given(self._tokenizer.decode(self._ids).rstrip(_INCOMPLETE))

    def close(self) -> str:
        """What is left at the end, bytes without their character as U+FFFD."""
        return self._given(self._tokenizer.decode(self._ids))

    def _given(self, text: str) -> str:
        added, self._text = text[len(self._text) :], max(text, self._text, key=len)
        return added


def _known(piece: int) -> int | None:
    return int(piece) if piece >= 0 else None
