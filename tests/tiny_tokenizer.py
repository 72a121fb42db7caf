"""A small tokenizer trained in a second on text of our own."""

from functools import cache

from retnet_core.tokenizer import Tokenizer
from training.tokenizer import train_tokenizer

LINES = (
    " The river rises in the hills above Marden and reaches the sea after 84 miles.",
    " Anna Velling opened the first school of the valley in 1873, and her brother built the mill.",
    " When the bridge fell in 1921, the villagers crossed by boat until a new one was finished.",
    " What did the council decide about the old mill?",
    " Water drives the wheel; the wheel turns two stones, and the stones grind the corn.",
)


@cache
def tiny_tokenizer() -> Tokenizer:
    """Give a tokenizer with a vocabulary of 360 pieces; every character it lacks becomes bytes."""
    return Tokenizer.from_bytes(train_tokenizer(iter(LINES * 20), size=360, threads=1))
