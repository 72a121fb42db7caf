"""A model that a conversation is carried by: the reader, or a published one that writes too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch

from retnet_core.algebra import merge_all
from retnet_core.checkpoint import LoadedReader
from retnet_core.codec import decode_state, encode_state
from retnet_core.config import RetNetConfig
from retnet_core.encodings import Encoding
from retnet_core.layouts.published import LoadedModel
from retnet_core.model import RetNet
from retnet_core.plain_tokenizer import PlainTokenizer
from retnet_core.reading import at_rest, read_on
from retnet_core.state import RetNetState
from retnet_core.writing.streaming import WritingText, write_text
from retnet_core.writing.write import Context, Ending


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """A state of one row and the number of tokens that were read into it."""

    state: RetNetState
    tokens: int


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """What reads text after a state, and the fingerprints that its states carry.

    read: the state after tokens that follow a state; write: None for a model that only reads.
    begin: the tokens with which a text begins.
    """

    config: RetNetConfig
    weights_fingerprint: str
    tokenizer_fingerprint: str
    begin: tuple[int, ...]
    encode: Callable[[str], list[int]]
    read: Callable[[Sequence[int], RetNetState], RetNetState]
    write: Callable[[str, Past, int, tuple[str, ...]], WritingText] | None = None

    def nothing(self) -> Past:
        """The state before a text, with the tokens read that every text begins with."""
        empty = Past(RetNetState.empty(self.config), 0)
        return self.go_on(empty, self.begin) if self.begin else empty

    def go_on(self, past: Past, tokens: Sequence[int]) -> Past:
        """The state after more tokens; the same where there are none."""
        if not tokens:
            return past
        return Past(self.read(tokens, past.state), past.tokens + len(tokens))

    def kept(self, past: Past, *, exact: bool) -> bytes:
        """The bytes of a state: float32 where exact, else rounded to int8."""
        encoding: Encoding = "float32" if exact else "int8"
        marks = (self.weights_fingerprint, self.tokenizer_fingerprint)
        return encode_state(past.state, encoding, *marks, past.tokens)

    def resumed(self, payload: bytes) -> Past:
        """A state from its bytes; raises StateDamaged or StateMismatch."""
        marks = (self.weights_fingerprint, self.tokenizer_fingerprint)
        return Past(*decode_state(payload, self.config, *marks))

    def joined(self, pasts: Sequence[Past]) -> Past:
        """The states of texts that were read apart, as if they had been read one after another."""
        if len(pasts) == 1:
            return pasts[0]
        if not pasts:
            return self.nothing()
        parts = [(past.state, past.tokens) for past in pasts]
        return Past(merge_all(parts, self.config), sum(past.tokens for past in pasts))


def reading_voice(loaded: LoadedReader) -> Voice:
    """The reader's: it reads what was said, and writes nothing."""
    return Voice(
        config=loaded.reader.config.body,
        weights_fingerprint=loaded.weights_fingerprint,
        tokenizer_fingerprint=loaded.tokenizer_fingerprint,
        begin=(),
        encode=loaded.tokenizer.encode,
        read=partial(read_on, loaded),
    )


def writing_voice(loaded: LoadedModel, model: RetNet) -> Voice:
    """A published model's, held as model; ValueError where it has no tokenizer."""
    tokenizer = loaded.tokenizer
    if tokenizer is None:
        raise ValueError("a model without a tokenizer has no voice")
    return Voice(
        config=model.config,
        weights_fingerprint=loaded.weights_fingerprint,
        tokenizer_fingerprint=loaded.tokenizer_fingerprint,
        begin=() if tokenizer.begin is None else (tokenizer.begin,),
        encode=tokenizer.encode,
        read=partial(_read, model),
        write=partial(_written, model, tokenizer),
    )


def _read(model: RetNet, tokens: Sequence[int], state: RetNetState) -> RetNetState:
    with torch.inference_mode():
        device = model.embeddings.weight.device
        _, after = model(torch.tensor([list(tokens)], device=device), state.to(device))
    return at_rest(after)


def _written(
    model: RetNet,
    tokenizer: PlainTokenizer,
    prompt: str,
    past: Past,
    most: int,
    stops: tuple[str, ...],
) -> WritingText:
    """Pieces of the text that follows a prompt after a state: at most so many tokens."""
    ends: frozenset[int] = frozenset(() if tokenizer.end is None else (tokenizer.end,))
    after = Context(state=past.state)
    return write_text(model, tokenizer, prompt, after, ending=Ending(most, ends), stops=stops)
