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

BASELINE = "BM25 sentence"
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
    from pipelines.evaluation.needing import needing
    from pipelines.evaluation.qa import asked, report
    from pipelines.evaluation.questions import first_items

    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json):
        documents = _documents(file, joined=joined)
        made: Sequence[Kind] = [each.value for each in unanswerable or ()]
        _possible(documents, made, state)
        with apart(settings) as service:
            if needs_past:
                documents = needing(documents, service.reader.tokenizer.count)
            documents = first_items(documents, limit)
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


def _possible(documents: Sequence[Told], made: Sequence[Kind], state: StateName | None) -> None:
    """Raise BadQuestions where a second document is needed and there is none."""
    if len(documents) < 2 and "related" in made:
        raise BadQuestions(
            "--unanswerable related asks questions of another document, and there is no other "
            "one: leave --joined out, or use --unanswerable removed."
        )
    if len(documents) < 2 and state is not None:
        raise BadQuestions(
            "--state compares with the state of another document, and there is no other one: "
            "leave --joined out, or give a file with more documents."
        )


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
    ours = scores.get("state", "readonce")
    yield _figures(scores, ours)
    yield _differences(scores, ours)
    if set(scores["abstention"]) - {"answerable"}:
        yield _abstention(scores["abstention"])
    yield _calibration(scores["calibration"])


def _figures(scores: dict[str, Any], ours: str) -> Table:
    columns = {ours: scores, **scores.get("states", {}), BASELINE: scores["baseline"]}
    rows = [[name, *(cell(each, name) for each in columns.values())] for name in SHOWN]
    return table(f"{scores['questions']} questions", ["measure", *columns], rows)


def _differences(scores: dict[str, Any], ours: str) -> Table:
    others = {name: scores["differences"][f"{ours} - {name}"] for name in scores.get("states", {})}
    beside = {BASELINE: scores["difference_to_baseline"], **others}
    heads = [f"{ours} less {name}" for name in beside]
    names = list(scores["difference_to_baseline"])
    rows = [
        [name, *(cell(each, name) for each in beside.values())]
        for name in names
        if not name.endswith("_interval")
    ]
    return table("Differences on the same questions", ["measure", *heads], rows)


def _abstention(kinds: dict[str, Any]) -> Table:
    heads = ["questions", "asked", "answer claimed", "AUROC", "AUROC of BM25"]
    rows = [
        [kind, f"{each['questions']}", cell(each, "claimed"), cell(each, "auroc"),
         cell(each.get("baseline", {}), "auroc")]
        for kind, each in kinds.items()
    ]  # fmt: skip
    return table("Saying that there is no answer", heads, rows)


def _calibration(told: dict[str, Any]) -> Table:
    rows = [
        [f"{each['from']} to {each['to']}", f"{each['questions']}", f"{each['confidence']}",
         f"{each['right']}"]
        for each in told["bins"] if each["questions"]
    ]  # fmt: skip
    title = f"Confidence: expected calibration error {cell(told, 'ece')}"
    return table(title, ["confidence", "questions", "mean", "right"], rows)
