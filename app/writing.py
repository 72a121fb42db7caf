"""Writing on from a text with an imported model, as it is written."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from app.errors import CannotWrite

if TYPE_CHECKING:
    from retnet_core.layouts.published import LoadedModel

_INCOMPLETE = "\ufffd"


def written(loaded: LoadedModel, prompt: str, tokens: int) -> Iterator[str]:
    """What each of at most so many tokens adds to the text, once its characters are whole."""
    from retnet_core.generate import write_on

    tokenizer = loaded.tokenizer
    if tokenizer is None:
        raise CannotWrite("This model has no tokenizer.model: it takes tokens, and no text.")
    begin = () if tokenizer.begin is None else (tokenizer.begin,)
    ids = [*begin, *tokenizer.encode(prompt)]
    if not ids:
        raise CannotWrite("There is no text to go on from: give one.")
    stop: frozenset[int] = frozenset(() if tokenizer.end is None else (tokenizer.end,))
    told = len(tokenizer.decode(ids))
    for token in islice(write_on(loaded.model, tuple(ids), stop=stop), tokens):
        ids.append(token)
        text = tokenizer.decode(ids).rstrip(_INCOMPLETE)
        yield text[told:]
        told = max(told, len(text))
