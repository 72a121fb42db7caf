"""Summaries by the salience head beside lead, LexRank and TextRank, at equal length in words.

    python -m benchmarks saliences MODEL FILE [FILE ...] [--documents N]

Files hold {"document", "summary", "refs"} on each line. Every method ranks the sentences of a
document ("salience" prefers earlier ones, "salience alone" does not); the best are taken, in the
order of the text, until they have as many words as the summaries have on average. ROUGE against
the best of the references, 0 to 100, and the difference to the best other method with its paired
95 % interval of the bootstrap. Needs sumy and rouge-score, of the extra `bench`.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from statistics import fmean
from typing import Any

from pipelines.document import Document
from pipelines.read import GROUP_TOKENS
from pipelines.sentences import sentences
from pipelines.split import split
from retnet_core.checkpoint import LoadedReader, load_reader
from retnet_core.held import quickest
from retnet_core.impressions import read_passages
from training.heads.summaries import summarised
from training.sources import records

KINDS = ("rouge1", "rouge2", "rougeLsum")
LEAST_WORDS = 3
PLACE = 0.5  # how much a sentence loses by the logarithm of its place, in saliences

Score = dict[str, float]
Rank = Callable[[Sequence[str]], list[float]]


def main(arguments: Sequence[str]) -> None:
    """Print one JSON object for each file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks saliences", description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--documents", type=int, default=100, help="of each file")
    chosen = parser.parse_args(arguments)
    loaded = load_reader(chosen.model, held=quickest())
    for file in chosen.files:
        print(json.dumps(measure(loaded, file, chosen.documents), indent=1), flush=True)


def measure(loaded: LoadedReader, file: Path, most: int) -> dict[str, object]:
    """Mean scores of every method on the documents of a file, and the paired difference."""
    rated: dict[str, list[Score]] = {}
    pairs = [found for record in records(file) if (found := summarised(record)) is not None]
    for text, summaries in pairs[:most]:
        texts, saliences = salient(loaded, text)
        room = round(fmean(len(summary.split()) for summary in summaries))
        placed = [s - PLACE * math.log1p(n) for n, s in enumerate(saliences)]
        rankings = {"salience": placed, "salience alone": saliences}
        rankings["lead"] = [-float(n) for n in range(len(texts))]
        rankings |= {name: rank(texts) for name, rank in peers().items()}
        for name, scores in rankings.items():
            summary = "\n".join(picked(texts, scores, room))
            rated.setdefault(name, []).append(rouge(summary, summaries))
    means = {name: {k: _mean(found, k) for k in KINDS} for name, found in rated.items()}
    others = {name: score["rougeLsum"] for name, score in means.items() if "salience" not in name}
    best = max(others, key=lambda name: others[name])
    gains = [
        100 * (ours["rougeLsum"] - theirs["rougeLsum"])
        for ours, theirs in zip(rated["salience"], rated[best], strict=True)
    ]
    return {
        "file": file.name, "documents": len(gains), "scores": means, "best other": best,
        "gain in rougeLsum": round(fmean(gains), 2), "interval": paired_interval(gains),
    }  # fmt: skip


def salient(loaded: LoadedReader, text: str) -> tuple[list[str], list[float]]:
    """The sentences of a document and the salience that a first reading gives each."""
    passages = split(Document("", text, (0,), (), ()), loaded.tokenizer.count)
    texts: list[str] = []
    scores: list[float] = []
    state, group, tokens = None, [], 0
    for number, passage in enumerate(passages):
        group.append(passage.text)
        tokens += passage.tokens
        if tokens >= GROUP_TOKENS or number + 1 == len(passages):
            spans = [sentences(each) for each in group]
            state, kept = read_passages(loaded, group, spans, state)
            for each, borders, impression in zip(group, spans, kept, strict=True):
                if impression.saliences is None:
                    raise SystemExit("this model has no salience head")
                texts += [each[a:b] for a, b in borders]
                scores += impression.saliences.tolist()
            group, tokens = [], 0
    return texts, scores


def picked(texts: Sequence[str], scores: Sequence[float], room: int) -> list[str]:
    """The best sentences that fit into so many words, in the order of the text.

    A sentence that is too long for what is left ends the choice; the first is always taken.
    """
    taken: list[int] = []
    for number in sorted(range(len(texts)), key=lambda n: -scores[n]):
        words = len(texts[number].split())
        if words < LEAST_WORDS:
            continue
        if taken and words > room:
            break
        taken.append(number)
        room -= words
    return [" ".join(texts[number].split()) for number in sorted(taken)]


def peers() -> dict[str, Rank]:
    """LexRank and TextRank as sumy has them."""
    stemmer = import_module("sumy.nlp.stemmers").Stemmer("english")
    lexrank = import_module("sumy.summarizers.lex_rank").LexRankSummarizer(stemmer)
    textrank = import_module("sumy.summarizers.text_rank").TextRankSummarizer(stemmer)

    def by_lexrank(texts: Sequence[str]) -> list[float]:
        words = [lexrank._to_words_set(sentence) for sentence in _document(texts).sentences]
        tables = lexrank._compute_tf(words), lexrank._compute_idf(words)
        matrix = lexrank._create_matrix(words, lexrank.threshold, *tables)
        return [float(score) for score in lexrank.power_method(matrix, lexrank.epsilon)]

    def by_textrank(texts: Sequence[str]) -> list[float]:
        document = _document(texts)
        rated = textrank.rate_sentences(document)
        return [float(rated[sentence]) for sentence in document.sentences]

    return {"LexRank": by_lexrank, "TextRank": by_textrank}


class Words:
    """What sumy asks of a tokenizer, by white space: it needs no download."""

    def to_words(self, sentence: str) -> tuple[str, ...]:
        """The words of a sentence without marks around them."""
        return tuple(word.strip(".,;:!?()\"'") for word in sentence.split())


def _document(texts: Sequence[str]) -> Any:  # noqa: ANN401 (sumy has no types)
    dom = import_module("sumy.models.dom")
    made = [dom.Sentence(text, Words()) for text in texts]
    return dom.ObjectDocumentModel([dom.Paragraph(made)])


def rouge(summary: str, references: Sequence[str]) -> Score:
    """F1 against the best reference, 0 to 1."""
    scorer = import_module("rouge_score.rouge_scorer").RougeScorer(KINDS, use_stemmer=True)
    lines = ["\n".join(sentence for sentence in _lines(text)) for text in references]
    found = [scorer.score(line, summary) for line in lines]
    return {kind: max(score[kind].fmeasure for score in found) for kind in KINDS}


def _lines(text: str) -> list[str]:
    return [" ".join(text[a:b].split()) for a, b in sentences(text)]


def _mean(found: Sequence[Score], kind: str) -> float:
    return round(100 * fmean(score[kind] for score in found), 2)


def paired_interval(gains: Sequence[float], draws: int = 2000) -> tuple[float, float]:
    """The 95 % interval of the mean gain, by bootstrap over documents."""
    chance = random.Random(1)
    means = sorted(fmean(chance.choices(gains, k=len(gains))) for _ in range(draws))
    return round(means[int(0.025 * draws)], 2), round(means[int(0.975 * draws) - 1], 2)
