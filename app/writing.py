"""Writing on from a text with an imported model, as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.errors import CannotWrite

if TYPE_CHECKING:
    from retnet_core.held import Kind
    from retnet_core.layouts.published import LoadedModel
    from retnet_core.writing.sampling import Sampling
    from retnet_core.writing.streaming import WritingText


def written(
    loaded: LoadedModel, prompt: str, tokens: int, sampling: Sampling, weights: Kind
) -> WritingText:
    """The text that follows, of at most so many tokens, in pieces; the model is held for it."""
    from retnet_core.holding import hold
    from retnet_core.writing.streaming import write_text
    from retnet_core.writing.write import Context, Ending

    tokenizer = loaded.tokenizer
    if tokenizer is None:
        raise CannotWrite("This model has no tokenizer.model: it takes tokens, and no text.")
    begin = Context(() if tokenizer.begin is None else (tokenizer.begin,))
    if not begin.unread and not tokenizer.encode(prompt):
        raise CannotWrite("There is no text to go on from: give one.")
    stop: frozenset[int] = frozenset(() if tokenizer.end is None else (tokenizer.end,))
    model = hold(loaded.model, weights)
    return write_text(
        model, tokenizer, prompt, begin, sampling=sampling, ending=Ending(tokens, stop)
    )
