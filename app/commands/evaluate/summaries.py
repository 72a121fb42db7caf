"""`readonce evaluate summaries`: how near summaries come to what people wrote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from app.commands.evaluate.lines import made_of
from app.commands.evaluate.qa import Seed
from app.commands.evaluate.tables import cell, table
from app.commands.options import AsJson, settings_now
from app.output import aside, errors_told, people, print_json

if TYPE_CHECKING:
    from pipelines.evaluation.summaries import Rated

File = Annotated[Path, typer.Argument(metavar="FILE", help="Summaries: .jsonl or .jsonl.xz.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Summarise no more documents.")]

SHOWN = ("rouge1", "rouge2", "rougeLsum", "words")


def summaries(file: File, limit: Limit = None, seed: Seed = 0, as_json: AsJson = False) -> None:
    """Summarise every document at the length of its summary, beside lead, LexRank and TextRank.

    A line of FILE: {"id", "document", "summary", "refs", "query"}; refs are further summaries by
    people, query what they are about, both may be missing. Figures: docs/evaluation.md.
    """
    from app.evaluation.opening import apart
    from app.evaluation.summarising import summarising
    from pipelines.evaluation.summaries import rated, report, sample

    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json):
        samples = list(made_of(file, sample, "summaries"))[:limit]
        with apart(settings) as service:
            found = list(_told(rated(samples, summarising(service)), len(samples)))
        scores = report(found, seed)
        if as_json:
            print_json(scores)
        else:
            for each in tables(scores):
                people().print(each)


def _told(found: Iterator[Rated], total: int) -> Iterator[Rated]:
    """The same, with a line on stderr now and then."""
    for number, each in enumerate(found, start=1):
        if number % 10 == 0:
            aside().print(f"{number} of {total} documents", style="dim")
        yield each


def tables(scores: dict[str, Any]) -> Iterator[Table]:
    """Every method, and the gain over the best baseline."""
    columns = {"readonce": scores, **scores["baselines"]}
    rows = [[name, *(cell(each, name) for each in columns.values())] for name in SHOWN]
    yield table(f"{scores['documents']} documents", ["measure", *columns], rows)
    gains = scores["difference"]
    if gains is not None:
        rows = [[name, cell(gains, name)] for name in SHOWN[:3]]
        yield table(f"readonce less {gains['best_baseline']}", ["measure", "gain"], rows)
