"""Ask questions with known answers over whole documents, beside a BM25 baseline.

The caller hands in how a document is opened and asked, so that what is measured is the path of a
user. Every outcome is given as soon as it is there; `report` makes figures of all.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines import lexical
from pipelines.answer import Answer
from pipelines.evaluation.calibration import calibration
from pipelines.evaluation.outcomes import (
    Figures,
    Kind,
    Outcome,
    Reply,
    differences,
    figures,
    mean,
    separation,
)
from pipelines.evaluation.questions import Item, Told, stored_spans
from pipelines.evaluation.unanswerable import drawn, related, without_golds
from pipelines.sentences import Span, sentences

Ask = Callable[[str], Answer]

BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class Opened:
    """A document that was added and read: its text as stored, its passages, and how to ask it.

    asks: under each name another way of asking; the first is the one that is measured.
    """

    text: str
    passages: tuple[Span, ...]
    asks: Mapping[str, Ask]


Open = Callable[[str, str], Opened]  # title, text


def asked(
    documents: Sequence[Told], open_: Open, made: Sequence[Kind] = (), seed: int = 0
) -> Iterator[Outcome]:
    """Open each document that anything is asked of, and ask.

    made: how half of the answerable questions are made unanswerable: removed, related, or both.
    """
    chosen = drawn(documents, seed) if made else set()
    visits = _visits(documents, chosen, made)
    for number, document in enumerate(documents):
        hidden = [item for place, item in enumerate(document.items) if (number, place) in chosen]
        removed = hidden if "removed" in made else []
        if not visits[number] and not removed:
            continue
        opened = open_(document.title, document.text)
        yield from _answered(document, opened, visits[number])
        pieces = without_golds(document, opened.text, opened.passages, removed)
        for text, items in pieces:
            if text.strip():
                reduced = open_(f"{document.title} (cut)", text)
                yield from _answered(document, reduced, [(item, "removed") for item in items])
            else:
                yield from (Outcome("removed", (), (), {}) for _ in items)
    if "related" in made:
        missing = len(chosen) - sum(kind == "related" for each in visits for _, kind in each)
        yield from (Outcome("related", (), (), {}) for _ in range(missing))


Visit = tuple[Item, Kind]


def _visits(
    documents: Sequence[Told], chosen: set[tuple[int, int]], made: Sequence[Kind]
) -> list[list[Visit]]:
    """What is asked of each document as it is: its own questions, and those of others."""
    visits: list[list[Visit]] = [[] for _ in documents]
    other = related(documents) if "related" in made else None
    for number, document in enumerate(documents):
        for place, item in enumerate(document.items):
            if (number, place) not in chosen:
                none = item.unanswerable or not item.golds
                visits[number].append((item, "official" if none else "answerable"))
            elif other is not None and (host := other(number, item)) is not None:
                visits[host].append((item, "related"))
    return visits


def _answered(document: Told, opened: Opened, visits: Sequence[Visit]) -> Iterator[Outcome]:
    rank = _bm25_sentences(opened.text)
    for item, kind in visits:
        replies = {name: _reply(ask(item.question)) for name, ask in opened.asks.items()}
        replies[BASELINE] = rank(item.question)
        if kind == "answerable":
            spans = stored_spans(item, document.text, opened.text)
            yield Outcome(kind, item.golds, spans, replies)
        else:
            yield Outcome(kind, (), (), replies)


def _reply(answer: Answer) -> Reply:
    cited = tuple((c.sentence, c.sentence_start, c.sentence_end) for c in answer.citations)
    return Reply(answer.text, answer.found, cited, answer.confidence, answer.seconds)


def _bm25_sentences(text: str) -> Callable[[str], Reply]:
    """The baseline: the three sentences of the whole document with the highest BM25."""
    spans = sentences(text)
    terms = [lexical.terms(text[start:end]) for start, end in spans]
    weights = lexical.rarity(lexical.document_counts(terms), len(terms))

    def rank(question: str) -> Reply:
        scores = lexical.bm25(lexical.terms(question), terms, weights)
        best = sorted(range(len(spans)), key=lambda number: -scores[number])[:3]
        if not best:
            return Reply("", False, (), 0.0, None)
        cited = tuple((text[slice(*spans[n])], *spans[n]) for n in best)
        return Reply(cited[0][0], True, cited, scores[best[0]], None)

    return rank


def report(outcomes: Sequence[Outcome], seed: int = 0) -> dict[str, Any]:
    """Every figure, 0 to 100, with 95 % intervals; those of the baseline under "baseline".

    Where documents were asked in several ways, those beside the first stand under "states", and
    what the first is better by under "differences".
    """
    done = [outcome for outcome in outcomes if outcome.replies]
    names = list(done[0].replies) if done else ["readonce", BASELINE]
    first, others = names[0], names[1:-1]
    found: dict[str, Any] = {
        "questions": len(done),
        "left_out": len(outcomes) - len(done),
        **figures(done, first, seed),
        BASELINE: figures(done, BASELINE, seed),
        "difference_to_baseline": differences(done, first, BASELINE, seed),
        "abstention": _abstention(done, first, seed),
        "calibration": calibration(done, first, seed),
    }
    if others:
        found["state"] = first
        found["states"] = {name: figures(done, name, seed) for name in others}
        found["differences"] = {
            f"{first} - {name}": differences(done, first, name, seed) for name in others
        }
    return found


def _abstention(outcomes: Sequence[Outcome], who: str, seed: int) -> Figures:
    """How well confidence tells answerable questions from each type of unanswerable ones.

    claimed: the share of questions for which an answer was claimed.
    """
    kinds: dict[Kind, list[Outcome]] = {}
    for outcome in outcomes:
        kinds.setdefault(outcome.kind, []).append(outcome)
    sure = [o.replies[who].confidence for o in kinds.get("answerable", [])]
    words = [o.replies[BASELINE].confidence for o in kinds.get("answerable", [])]
    found: Figures = {}
    for kind, those in kinds.items():
        told: Figures = {"questions": len(those)}
        told |= mean("claimed", [float(o.replies[who].found) for o in those], seed)
        if kind != "answerable":
            told |= separation("auroc", sure, [o.replies[who].confidence for o in those], seed)
            unsure = [o.replies[BASELINE].confidence for o in those]
            told["baseline"] = separation("auroc", words, unsure, seed)
        found[kind] = told
    return found
