"""`readonce evaluate qa`: how good the answers are, over documents with known ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from app.commands.evaluate.lines import made_of
from app.commands.evaluate.tables import cell, table
from app.commands.options import AsJson, settings_now
from app.errors import BadQuestions
from app.output import aside, errors_told, people, print_json
from app.service import Service

if TYPE_CHECKING:
    from pipelines.evaluation.outcomes import Kind, Outcome
    from pipelines.evaluation.qa import Open
    from pipelines.evaluation.questions import Told


class Made(StrEnum):
    """How answerable questions are made unanswerable."""

    removed = "removed"
    related = "related"


class StateName(StrEnum):
    """From which state answers resume."""

    stored = "stored"
    cold = "cold"
    other = "other-document"


File = Annotated[Path, typer.Argument(metavar="FILE", help="Documents: .jsonl or .jsonl.xz.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Ask no more questions.")]
Joined = Annotated[bool, typer.Option("--joined", help="All documents as one long document.")]
Unanswerable = Annotated[
    list[Made] | None,
    typer.Option(
        "--unanswerable",
        help="Make half of the questions unanswerable: the passage that answers removed, or asked "
        "of a related document. May be given twice.",
    ),
]
State = Annotated[
    StateName | None,
    typer.Option(
        "--state",
        help="The state from which answers resume; the questions are asked from the others too, "
        "and the differences told.",
    ),
]
Every = Annotated[
    int | None,
    typer.Option(
        "--snapshots",
        min=1,
        help="With --state: so many tokens between two states, instead of 6,144.",
    ),
]
NeedsPast = Annotated[
    bool,
    typer.Option(
        "--needs-past",
        help="Ask only what its passage does not settle alone: a word of the question stands "
        "before it, not in it.",
    ),
]
Seed = Annotated[int, typer.Option("--seed", help="Draws the same questions and intervals again.")]

SHOWN = (
    "exact_match",
    "f1",
    "citation_hit_at_1",
    "citation_hit_at_3",
    "citation_overlap_at_1",
    "abstention_auroc",
    "answer_seconds_median",
    "answer_seconds_p95",
)


def qa(
    file: File,
    limit: Limit = None,
    joined: Joined = False,
    unanswerable: Unanswerable = None,
    state: State = None,
    snapshots: Every = None,
    needs_past: NeedsPast = False,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Add every document to a library of its own, ask its questions, and score the answers.

    A line of FILE: {"id", "title", "document", "questions": [{"id", "question", "answers",
    "starts", "unanswerable"}]}. What each figure means: docs/evaluation.md.
    """
    from app.evaluation.opening import apart, opening
    from app.evaluation.states import state_opening
    from pipelines.evaluation.qa import asked, report

    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json):
        documents = _documents(file, joined=joined)
        made: Sequence[Kind] = [each.value for each in unanswerable or ()]
        _possible(documents, made, state)
        with apart(settings) as service:
            if needs_past:
                documents = _needing(service, documents)
            documents = _limited(documents, limit)
            open_: Open = (
                opening(service)
                if state is None
                else state_opening(service, documents, state.value, snapshots)
            )
            outcomes = list(_told(asked(documents, open_, made, seed), documents, made))
        scores = report(outcomes, seed)
        if as_json:
            print_json(scores)
        else:
            for each in tables(scores):
                people().print(each)


def _documents(file: Path, *, joined: bool) -> list[Told]:
    from pipelines.evaluation import questions

    documents = list(made_of(file, questions.told, "qa"))
    return [questions.joined(documents)] if joined and documents else documents


def _limited(documents: Sequence[Told], limit: int | None) -> list[Told]:
    from pipelines.evaluation.questions import first_items

    return first_items(documents, limit)


def _possible(documents: Sequence[Told], made: Sequence[Kind], state: StateName | None) -> None:
    """Raise BadQuestions where several documents are needed and there is one."""
    if len(documents) == 1 and "related" in made:
        raise BadQuestions(
            "--unanswerable related asks a question of another document, and there is only one: "
            "leave --joined out, or use --unanswerable removed."
        )
    if len(documents) == 1 and state is not None:
        raise BadQuestions(
            "--state compares with the state of another document, and there is only one: leave "
            "--joined out, or give a file with more documents."
        )


def _needing(service: Service, documents: Sequence[Told]) -> list[Told]:
    """The documents with those questions only that need what was read before."""
    from dataclasses import replace

    from app.evaluation.opening import stored_as
    from pipelines.evaluation.needing import needs_past

    kept = []
    for document in documents:
        text, passages = stored_as(service, document.title, document.text)
        items = tuple(
            item for item in document.items if needs_past(item, document.text, text, passages)
        )
        kept.append(replace(document, items=items))
    return kept


def _told(
    outcomes: Iterator[Outcome], documents: Sequence[Told], made: Sequence[Kind]
) -> Iterator[Outcome]:
    """The outcomes, with a line on stderr now and then."""
    total = sum(len(document.items) for document in documents)
    total += total // 2 if len(made) == 2 else 0
    for number, outcome in enumerate(outcomes, start=1):
        if number % 50 == 0:
            aside().print(f"{number} of about {total} questions", style="dim")
        yield outcome


def tables(scores: dict[str, Any]) -> Iterator[Table]:
    """The figures, the types of unanswerable questions, and the reliability of confidence."""
    states = scores.get("states", {})
    ours = scores.get("state", "readonce")
    columns = {ours: scores, **states, "BM25 sentence": scores["baseline"]}
    rows = [[name, *(cell(each, name) for each in columns.values())] for name in SHOWN]
    yield table(f"{scores['questions']} questions", ["measure", *columns], rows)
    beside = {"BM25 sentence": scores["difference_to_baseline"]}
    beside |= {n.split(" - ")[1]: each for n, each in scores.get("differences", {}).items()}
    heads = [f"{ours} less {name}" for name in beside]
    rows = [[name, *(cell(each, name) for each in beside.values())] for name in SHOWN[:5]]
    yield table("Differences on the same questions", ["measure", *heads], rows)
    kinds = scores["abstention"]
    if set(kinds) - {"answerable"}:
        rows = [
            [kind, f"{each['questions']}", cell(each, "claimed"), cell(each, "auroc"),
             cell(each.get("baseline", {}), "auroc")]
            for kind, each in kinds.items()
        ]  # fmt: skip
        heads = ["questions", "asked", "answer claimed", "AUROC", "AUROC of BM25"]
        yield table("Saying that there is no answer", heads, rows)
    rows = [
        [f"{each['from']} to {each['to']}", f"{each['questions']}",
         f"{each['confidence']}", f"{each['right']}"]
        for each in scores["calibration"]["bins"] if each["questions"]
    ]  # fmt: skip
    title = f"Confidence: expected calibration error {cell(scores['calibration'], 'ece')}"
    yield table(title, ["confidence", "questions", "mean", "right"], rows)
