"""Ask questions with known answers over whole documents, beside a BM25 baseline.

The caller hands in how a document is added and how a question is asked, so that what is measured
is the path of a user. All scores are 0 to 100.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from pipelines import lexical, metrics
from pipelines.answer import Answer
from pipelines.sentences import sentences

Ask = Callable[[str], Answer]
Open = Callable[[str, str], tuple[str, Ask]]  # title, text -> the text as stored, and how to ask


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one question came to; cited sentences best first, seconds None for the baseline."""

    golds: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    answer: str
    cited: tuple[tuple[str, int, int], ...]  # text, start, end
    confidence: float
    seconds: float | None


def evaluate_qa(
    records: Iterable[Mapping[str, Any]], add: Open, limit: int | None = None
) -> dict[str, Any]:
    """Ask up to `limit` questions of records {id, title, document, questions: [...]}."""
    ours: list[Outcome] = []
    baseline: list[Outcome] = []
    for record in records:
        if limit is not None and len(ours) >= limit:
            break
        asked = record["questions"][: None if limit is None else limit - len(ours)]
        if not asked:
            continue
        text, ask = add(record["title"] or record["id"], record["document"])
        rank = _bm25_sentences(text)
        for question in asked:
            ours.append(_ours(question, ask(question["question"])))
            baseline.append(_outcome(question, *rank(question["question"])))
    return {"questions": len(ours), **_scores(ours), "baseline": _scores(baseline)}


def _ours(question: Mapping[str, Any], answer: Answer) -> Outcome:
    cited = tuple((c.sentence, c.sentence_start, c.sentence_end) for c in answer.citations)
    return _outcome(question, answer.text, cited, answer.confidence, answer.seconds)


def _outcome(
    question: Mapping[str, Any],
    answer: str,
    cited: tuple[tuple[str, int, int], ...],
    confidence: float,
    seconds: float | None = None,
) -> Outcome:
    golds = () if question["unanswerable"] else tuple(question["answers"])
    places = zip(question["answers"], question.get("starts", ()), strict=False)
    spans = tuple((start, start + len(gold)) for gold, start in places if start >= 0)
    return Outcome(golds, spans, answer, cited, confidence, seconds)


Ranked = tuple[str, tuple[tuple[str, int, int], ...], float]


def _bm25_sentences(text: str) -> Callable[[str], Ranked]:
    """The baseline: the three sentences of the whole document with the highest BM25."""
    spans = sentences(text)
    terms = [lexical.terms(text[start:end]) for start, end in spans]
    weights = lexical.rarity(lexical.document_counts(terms), len(terms))

    def rank(question: str) -> Ranked:
        scores = lexical.bm25(lexical.terms(question), terms, weights)
        best = sorted(range(len(spans)), key=lambda number: -scores[number])[:3]
        cited = tuple((text[slice(*spans[n])], *spans[n]) for n in best)
        return (cited[0][0], cited, scores[best[0]]) if best else ("", (), 0.0)

    return rank


def _scores(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    answerable = [outcome for outcome in outcomes if outcome.golds]
    none = [outcome.confidence for outcome in outcomes if not outcome.golds]
    seconds = [outcome.seconds for outcome in outcomes if outcome.seconds is not None]
    separation = metrics.auroc([outcome.confidence for outcome in answerable], none)
    placed = [outcome for outcome in answerable if outcome.spans]
    return {
        **_mean("exact_match", [metrics.exact_match(o.answer, o.golds) for o in answerable]),
        **_mean("f1", [metrics.f1(o.answer, o.golds) for o in answerable]),
        **_mean("citation_hit_at_1", [_hit(o, 1) for o in answerable]),
        **_mean("citation_hit_at_3", [_hit(o, 3) for o in answerable]),
        **_mean("citation_overlap_at_1", [_overlaps(o) for o in placed]),
        "abstention_auroc": None if separation is None else round(100 * separation, 2),
        "answer_seconds_median": round(median(seconds), 4) if seconds else None,
        "answer_seconds_p95": round(metrics.percentile(seconds, 0.95), 4) if seconds else None,
    }


def _mean(name: str, values: Sequence[float]) -> dict[str, Any]:
    """A mean from 0 to 100 with its 95 % interval; nothing where there are no values."""
    if not values:
        return {name: None}
    low, high = metrics.interval(values)
    return {
        name: round(100 * fmean(values), 2),
        f"{name}_interval": [round(100 * low, 2), round(100 * high, 2)],
    }


def _hit(outcome: Outcome, first: int) -> float:
    return float(any(metrics.contains(text, outcome.golds) for text, *_ in outcome.cited[:first]))


def _overlaps(outcome: Outcome) -> float:
    if not outcome.cited:
        return 0.0
    _, start, end = outcome.cited[0]
    return float(any(start < last and first < end for first, last in outcome.spans))
