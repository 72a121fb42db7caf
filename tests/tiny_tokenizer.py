"""Small tokenizers trained in a second on text of our own."""

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
OTHER_LINES = (
    " Les voiles claquaient au vent quand le navire quitta le port de Saint-Malo.",
    " Zwölf Boxkämpfer jagen den großen Sylter Deich entlang, bis der Regen aufhört.",
    " Quanto costa il biglietto per la funivia, e quando parte l'ultima corsa della sera?",
    " Ophalen kan elke woensdag tussen negen en twaalf uur, behalve op feestdagen.",
    " Gdzie kupujemy chleb, kiedy piekarnia przy rynku jest zamknięta?",
)


@cache
def tiny_tokenizer(lines: tuple[str, ...] = LINES) -> Tokenizer:
    """Give a tokenizer with a vocabulary of 360 pieces; every character it lacks becomes bytes."""
    return Tokenizer.from_bytes(train_tokenizer(iter(lines * 20), size=360, threads=1))
