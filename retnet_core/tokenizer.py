"""Text to token ids and back, exactly, for any Unicode string.

SentencePiece does the cutting, with three additions that keep it lossless and its vocabulary small:

- every line that is not empty gets one space in front before it is cut, and loses it again when
  it is decoded, so a word at the start of a line is the same piece as within a sentence;
- U+2581, which SentencePiece uses for the space, is written as its three bytes;
- decoding joins the bytes of the pieces, so nothing is guessed at.
"""

import hashlib
import re
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sentencepiece import SentencePieceProcessor

from retnet_core.decoding import Decoder

PAD, BOS, EOS, UNKNOWN, QUESTION, PASSAGE, MASK = range(7)
CONTROL_SYMBOLS = ("<question>", "<passage>", "<mask>", *(f"<reserved{i}>" for i in range(9)))
SPACE_SYMBOL = "\u2581"

_line_start = re.compile(r"(?:\A|(?<=\n))(?=[^\n])")
_added_space = re.compile(r"(?:\A|(?<=\n)) ")
_byte_piece = re.compile(r"<0x([0-9A-F]{2})>")

Starts = npt.NDArray[np.int64]


def with_line_spaces(text: str) -> str:
    """Put one space in front of every line that is not empty."""
    return _line_start.sub(" ", text)


class Tokenizer:
    """Cut text into pieces of a SentencePiece model without losing anything."""

    def __init__(self, model: bytes) -> None:
        self._processor = SentencePieceProcessor(model_proto=model)
        self.model = model
        self.vocab_size = int(self._processor.vocab_size())

    @classmethod
    def from_bytes(cls, model: bytes) -> "Tokenizer":
        """Build a tokenizer from the bytes of a SentencePiece model."""
        return cls(model)

    @classmethod
    def from_file(cls, path: Path | str) -> "Tokenizer":
        """Build a tokenizer from a SentencePiece model file."""
        return cls(Path(path).read_bytes())

    @cached_property
    def fingerprint(self) -> str:
        """Name the model: the SHA-256 of its bytes."""
        return hashlib.sha256(self.model).hexdigest()

    def encode(self, text: str) -> list[int]:
        """Give the ids of the pieces of a text."""
        return self._cut(with_line_spaces(text))

    def encode_with_offsets(self, text: str) -> tuple[list[int], Starts]:
        """Give the ids and the offset in the text at which each piece starts.

        A piece ends where the next one starts. Bytes of one character share its offset. A piece
        that is only the space added to a line has the offset of the line and no length.
        """
        ids = self.encode(text)
        begun, continues = self._lengths
        pieces = np.asarray(ids, dtype=np.int64)
        lengths = begun[pieces]
        starts = np.cumsum(lengths) - lengths - continues[pieces]
        lines = np.asarray([match.start() for match in _line_start.finditer(text)], dtype=np.int64)
        added = lines + np.arange(len(lines))
        return ids, starts - np.searchsorted(added, starts, side="left")

    def decode(self, ids: list[int]) -> str:
        """Give the text of the pieces; control symbols have none."""
        joined = b"".join(self._bytes[piece] for piece in ids)
        return _added_space.sub("", joined.decode("utf-8", errors="replace"))

    def decoder(self) -> Decoder:
        """Give what decodes ids one after another, to the very text that decode gives."""
        return Decoder(self._bytes)

    def count(self, text: str) -> int:
        """Count the pieces of a text."""
        return len(self.encode(text))

    def _cut(self, text: str) -> list[int]:
        ids: list[int] = []
        for number, part in enumerate(text.split(SPACE_SYMBOL)):
            if number:
                ids += self._space_symbol
            ids += self._processor.encode(part)
        return ids

    @cached_property
    def _space_symbol(self) -> list[int]:
        pieces = [f"<0x{byte:02X}>" for byte in SPACE_SYMBOL.encode()]
        return [int(self._processor.piece_to_id(piece)) for piece in pieces]

    @cached_property
    def _bytes(self) -> tuple[bytes, ...]:
        return tuple(self._bytes_of(piece) for piece in range(self.vocab_size))

    def _bytes_of(self, piece: int) -> bytes:
        name = self._processor.id_to_piece(piece)
        if self._processor.is_byte(piece):
            found = _byte_piece.fullmatch(name)
            return bytes([int(found[1], 16)]) if found else b""
        if self._processor.is_control(piece) or self._processor.is_unknown(piece):
            return b""
        return str(name).replace(SPACE_SYMBOL, " ").encode()

    @cached_property
    def _lengths(self) -> tuple[Starts, Starts]:
        """Give, for each piece, the characters begun in it, and 1 where it continues one."""
        continues = [len(piece) == 1 and 0x80 <= piece[0] < 0xC0 for piece in self._bytes]
        begun = [sum(not 0x80 <= byte < 0xC0 for byte in piece) for piece in self._bytes]
        return np.asarray(begun, dtype=np.int64), np.asarray(continues, dtype=np.int64)
