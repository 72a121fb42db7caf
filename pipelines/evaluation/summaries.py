"""Summaries beside lead, LexRank and TextRank, all at the length of the reference in words.

The caller hands in how a document is summarised, so that what is measured is the path of a user.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from pipelines import lexical
from pipelines.bootstrap import interval
from pipelines.evaluation.centrality import lexrank, textrank
from pipelines.evaluation.outcomes import Figures, mean
from pipelines.evaluation.rouge import KINDS, rouge
from pipelines.sentences import sentences

OURS = "readonce"
LEAST_WORDS = 3  # of a sentence that a baseline may take: no headings, no numbers of pages

Summarise = Callable[[str, str, str, int], Sequence[str]]
"""Title, text, query ("" for none) and words: the sentences of a summary of about that length."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A document with its human summaries; query: what they are about, "" for the whole."""

    title: str
    text: str
    references: tuple[str, ...]
    query: str

    @property
    def words(self) -> int:
        """How long the human summaries are, in the mean."""
        return round(fmean(len(each.split()) for each in self.references))


@dataclass(frozen=True, slots=True)
class Rated:
    """What each method's summary of one document scored, 0 to 1, and its length in words."""

    scores: Mapping[str, Mapping[str, float]]
    words: Mapping[str, int]


def sample(record: Mapping[str, Any]) -> Sample:
    """A line {id, document, summary, refs, query}; ValueError, KeyError or TypeError if none."""
    written = [record.get("summary") or "", *(record.get("refs") or ())]
    text, query = record["document"], record.get("query") or ""
    title = record.get("title") or record["id"]
    for each in (text, query, title, *written):
        each.encode()  # raises at what is no text, or half a character
    references = tuple(dict.fromkeys(each for each in written if each.strip()))
    if not references or not text.strip():
        raise ValueError("a document and a summary of it are needed")
    return Sample(title, text, references, query)


def rated(samples: Sequence[Sample], summarise: Summarise) -> Iterator[Rated]:
    """Summarise each document by every method and score it.

    Where every sample has a query, the sentences with the best BM25 for it are one method more.
    """
    focused = all(each.query for each in samples)
    for each in samples:
        references = [_lines(reference) for reference in each.references]
        made = {OURS: list(summarise(each.title, each.text, each.query, each.words))}
        made |= baselines(each, focused=focused)
        yield Rated(
            {name: rouge(lines, references) for name, lines in made.items()},
            {name: len(" ".join(lines).split()) for name, lines in made.items()},
        )


def baselines(of: Sample, *, focused: bool) -> dict[str, list[str]]:
    """The summary of each baseline."""
    lines = _lines(of.text)
    rankings = {
        "lead": [-float(number) for number in range(len(lines))],
        "lexrank": lexrank(lines),
        "textrank": textrank(lines),
    }
    if focused:
        rankings["bm25"] = _by_query(lines, of.query)
    return {name: picked(lines, scores, of.words) for name, scores in rankings.items()}


def _lines(text: str) -> list[str]:
    return [" ".join(text[start:end].split()) for start, end in sentences(text)]


def _by_query(lines: Sequence[str], query: str) -> list[float]:
    terms = [lexical.terms(line) for line in lines]
    weights = lexical.rarity(lexical.document_counts(terms), len(terms))
    return lexical.bm25(lexical.terms(query), terms, weights)


def picked(lines: Sequence[str], scores: Sequence[float], room: int) -> list[str]:
    """The best sentences that fit into so many words, in the order of the text.

    A sentence that is too long for what is left is passed over, as our own summaries do it; the
    first is always taken.
    """
    taken: list[int] = []
    for number in sorted(range(len(lines)), key=lambda number: -scores[number]):
        words = len(lines[number].split())
        if words < LEAST_WORDS or (taken and words > room):
            continue
        taken.append(number)
        room -= words
    return [lines[number] for number in sorted(taken)]


def report(found: Sequence[Rated], seed: int = 0) -> dict[str, Any]:
    """Mean scores, 0 to 100, of ours and under "baselines", with 95 % intervals.

    difference: what ours gains over the best baseline by ROUGE-Lsum, on the same documents.
    """
    if not found:
        return {"documents": 0, "baselines": {}, "difference": None}
    names = [name for name in found[0].scores if name != OURS]
    others = {name: _figures(found, name, seed) for name in names}
    best = max(names, key=lambda name: others[name]["rougeLsum"])
    gains: Figures = {"best_baseline": best}
    for kind in KINDS:
        pairs = [each.scores[OURS][kind] - each.scores[best][kind] for each in found]
        gains |= mean(kind, pairs, seed)
    return {
        "documents": len(found),
        **_figures(found, OURS, seed),
        "baselines": others,
        "difference": gains,
    }


def _figures(found: Sequence[Rated], name: str, seed: int) -> Figures:
    told: Figures = {}
    for kind in KINDS:
        told |= mean(kind, [each.scores[name][kind] for each in found], seed)
    lengths = [float(each.words[name]) for each in found]
    low, high = interval(lengths, seed)
    return told | {
        "words": round(fmean(lengths), 1),
        "words_interval": [round(low, 1), round(high, 1)],
    }
