"""What a reader keeps of a document, in numbers that a picture can show.

Head h of the model forgets by γ = 1 − 2^(−e) at each token (RetNet, eq. 8): after d tokens γ^d of
what it wrote is left. The cache of a Transformer of the same width and depth holds a key and a
value of `width` numbers in each layer for each token, in 16 bits as is usual.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.records import DocumentRecord

if TYPE_CHECKING:
    from app.service import Service
    from retnet_core.config import RetNetConfig

_NUMBER = 2  # bytes of a number of a cache
_LETTERS = 6  # of a word, its space included
_POINTS = 80


@dataclass(frozen=True, slots=True)
class Fading:
    """What is left of a word that was read so many words ago, 0 to 1; half_life in words too."""

    half_life: float
    words: tuple[float, ...]
    left: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Remembered:
    """words: of the document, about; snapshots: the part of it, 0 to 1, at which each stands.

    state, kept, cache: bytes of the state after the last word, of all that is kept of the reading,
    and of the cache that a Transformer would need.
    """

    words: float
    fadings: tuple[Fading, ...]
    snapshots: tuple[float, ...]
    state: int
    kept: int
    cache: int

    def cache_after(self, part: float) -> float:
        """The bytes of the cache when so much of the document has been read."""
        return self.cache * part


def remembered(service: Service, document: DocumentRecord) -> Remembered:
    """What is kept of a document that this service's reader has read to its end."""
    config = service.reader.reader.config.body
    words = document.characters / _LETTERS
    ratio = words / document.tokens if document.tokens else 1.0
    marks = (document.weights_fingerprint or "", document.tokenizer_fingerprint)
    places = service.library.readings.snapshot_places(document.id, *marks)
    stored = document.stored
    return Remembered(
        words=words,
        fadings=tuple(_fading(e, ratio, words) for e in sorted(config.decay_exponents)),
        snapshots=tuple(place / document.tokens for place in places) if document.tokens else (),
        state=state_bytes(config),
        kept=stored.snapshots + stored.checkpoint,
        cache=cache_bytes(config, document.tokens),
    )


def state_bytes(config: RetNetConfig) -> int:
    """The state in memory: a table of key width by value width for each head, in 32 bits."""
    heads = len(config.decay_exponents)
    return 4 * config.layers * heads * config.key_width * config.value_width


def cache_bytes(config: RetNetConfig, tokens: int) -> int:
    """Keys and values of all tokens, of a Transformer of this width and depth."""
    return 2 * _NUMBER * config.layers * config.width * tokens


def half_life(exponent: float) -> float:
    """The tokens after which half is left."""
    return math.log(0.5) / math.log1p(-(2.0**-exponent))


def _fading(exponent: float, words_a_token: float, longest: float) -> Fading:
    half = half_life(exponent) * words_a_token
    far = max(longest, 10_000.0)
    words = tuple(far ** (step / _POINTS) for step in range(_POINTS + 1))
    return Fading(half, words, tuple(0.5 ** (word / half) for word in words))


def on_pages(page_starts: Sequence[int], characters: int, offsets: Sequence[int]) -> list[float]:
    """Where offsets of the text stand on its pages: 2.0 is the middle of page 2, 2.5 its end."""
    ends = [*page_starts[1:], characters]
    places = []
    for offset in offsets:
        page = max(1, bisect_right(page_starts, offset))
        first, end = page_starts[page - 1], ends[page - 1]
        places.append(page - 0.5 + (offset - first) / max(1, end - first))
    return places
