"""Making questions from the sentences of a plain document.

About half of them ask with another sentence of the document that names the same thing, so that
the words of the question do not simply stand around the answer.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from training.noise import ask
from training.packing import Cut, token_span
from training.phrases import Phrase, phrases
from training.prepare import GOLDS
from training.windows import window_around

LONGEST_ANSWER = 12
TOKENS_PER_QUESTION = 60

_prose = re.compile(r"\s*[\"'\u201c]?[A-Z].*[a-z0-9)\"'\u201d][.!?][\"'\u201d)]*\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence: its tokens first to last, its offsets, the stems and the phrases in it."""

    first: int
    last: int
    start: int
    end: int
    stems: frozenset[int]
    phrases: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Cloze:
    """A question over the tokens start to end of a document, and its answer, first to last."""

    question: str
    start: int
    end: int
    golds: tuple[tuple[int, int], ...]


def sentences(document: Cut) -> Iterator[Sentence]:
    """Give the sentences that read like prose."""
    for first, end in zip(document.bounds[:-1].tolist(), document.bounds[1:].tolist(), strict=True):
        text = document.text_of(first, end)
        if 10 <= end - first <= 90 and _prose.match(text) and mostly_letters(text):
            start = document.offset(first) + len(text) - len(text.lstrip())
            stop = document.offset(end)
            stems = frozenset(document.stem[first:end].tolist()) - {0}
            found = phrases(document.text, start, stop)
            yield Sentence(first, end - 1, start, stop, stems, found)


def mostly_letters(text: str) -> bool:
    """Say whether a sentence has few signs and few broken lines in it."""
    return sum(letter.isalpha() or letter == " " for letter in text) > 0.88 * len(text)


def clozes(document: Cut, chance: random.Random) -> Iterator[Cloze]:
    """Make questions over a document, both kinds in turn as far as the second goes."""
    usable = tuple(sentences(document))
    wanted = len(document.tokens) // TOKENS_PER_QUESTION + 1
    pairs = list(shared_phrases(document, usable))
    chance.shuffle(pairs)
    across = [made for pair in pairs[:wanted] if (made := ask_across(document, *pair, chance))]
    yield from across[: wanted // 2 + 1]
    within = [(s, p) for s in usable for p in s.phrases]
    chance.shuffle(within)
    for sentence, phrase in within[: wanted - len(across[: wanted // 2 + 1])]:
        made = ask_within(document, sentence, phrase, chance)
        if made is not None:
            yield made


def shared_phrases(
    document: Cut, usable: Sequence[Sentence]
) -> Iterator[tuple[Sentence, Phrase, Sentence, Phrase]]:
    """Pair sentences that hold the same phrase and a further word: asked with, answered by."""
    holding: dict[str, list[tuple[Sentence, Phrase]]] = defaultdict(list)
    for sentence in usable:
        for phrase in sentence.phrases:
            if phrase.end - phrase.start > 3:
                holding[document.text[phrase.start : phrase.end].casefold()].append(
                    (sentence, phrase)
                )
    for places in holding.values():
        for (one, phrase), (two, other) in pairwise(places):
            further = (one.stems & two.stems) - stems_of(document, other)
            if one is not two and len(further) >= (1 if phrase.named else 2):
                yield one, phrase, two, other
                yield two, other, one, phrase


def stems_of(document: Cut, phrase: Phrase) -> frozenset[int]:
    """Give the stems of a phrase."""
    first, last = token_span(document.starts, phrase.start, phrase.end)
    return frozenset(document.stem[first : last + 1].tolist())


def ask_across(
    document: Cut,
    asked: Sentence,
    phrase: Phrase,
    answered: Sentence,
    answer: Phrase,
    chance: random.Random,
) -> Cloze | None:
    """Ask with one sentence for the phrase in another, when a window holds only the other."""
    for _ in range(3):
        start, end = window_around(document.bounds, answered.first, answered.last, chance)
        if asked.last < start or end <= asked.first:
            return finished(document, asked, phrase, answer, (start, end), chance)
    return None


def ask_within(
    document: Cut, sentence: Sentence, phrase: Phrase, chance: random.Random
) -> Cloze | None:
    """Ask with a sentence for a phrase of its own that hardly stands elsewhere in the window."""
    window = window_around(document.bounds, sentence.first, sentence.last, chance)
    made = finished(document, sentence, phrase, phrase, window, chance)
    return made if made and (len(made.golds) == 1 or chance.random() < 0.1) else None


def finished(
    document: Cut,
    asked: Sentence,
    phrase: Phrase,
    answer: Phrase,
    window: tuple[int, int],
    chance: random.Random,
) -> Cloze | None:
    """Write the question and find the answer's tokens; None where either fails."""
    text = document.text
    before, after = text[asked.start : phrase.start], text[phrase.end : asked.end]
    question = ask(before, after, phrase.kind, chance)
    span = token_span(document.starts, answer.start, answer.end)
    quote = text[answer.start : answer.end].casefold()
    if quote in question.casefold() or len(question.split()) < 3:
        return None
    if span[1] - span[0] >= LONGEST_ANSWER or span[1] >= window[1]:
        return None
    same = [s for s in spans_of(document, quote, window) if s != span]
    return Cloze(question, *window, (span, *same[: GOLDS - 1]))


def spans_of(document: Cut, quote: str, window: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Give the token spans at which a quote stands in a window, as whole words."""
    base = document.offset(window[0])
    text = document.text_of(*window)
    for match in re.finditer(rf"(?<!\w){re.escape(quote)}(?!\w)", text, re.IGNORECASE):
        yield token_span(document.starts, base + match.start(), base + match.end())
