"""`readonce evaluate needle`: whether facts hidden in a long text are found, at every depth."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from app.commands.evaluate.qa import Seed
from app.commands.evaluate.tables import cell, table
from app.commands.options import AsJson, settings_now
from app.output import aside, errors_told, people, print_json
from app.service import Service

if TYPE_CHECKING:
    from pipelines.evaluation.needle import Sought

Filler = Annotated[Path, typer.Argument(metavar="FILLER", help="A text to hide the facts in.")]
Tokens = Annotated[str, typer.Option("--tokens", help="How long the texts are, in tokens.")]
Depths = Annotated[
    str,
    typer.Option("--depths", help="Where facts are hidden: 0 to 1, or 0 to 100 as percentages."),
]
Limit = Annotated[
    int | None, typer.Option("--limit", min=1, help="Hide no more facts in texts of one length.")
]

MOST_TOKENS = 10_000_000


def needle(
    filler: Filler,
    tokens: Tokens = "10000,100000,1000000",
    depths: Depths = "0,0.1,0.25,0.5,0.75,0.9,1",
    limit: Limit = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Hide facts in a text of each length, read it, and ask for every one.

    Half of the questions repeat the words of their fact; the others share no content word with
    it. A filler that is too short is repeated. What each figure means: docs/evaluation.md.
    """
    from app.evaluation.opening import apart
    from pipelines.evaluation.needle import report

    lengths, places = _lengths(tokens), _places(depths)
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json):
        with apart(settings) as service:
            found = list(_sought(service, filler, lengths, places, limit, seed))
        scores = report(found)
        if as_json:
            print_json(scores)
        else:
            for each in tables(scores):
                people().print(each)


def _lengths(text: str) -> list[int]:
    """Lengths in tokens; BadParameter where they are none."""
    try:
        lengths = sorted({int(each) for each in text.replace("_", "").split(",")})
    except ValueError:
        lengths = []
    if not lengths or lengths[0] < 1_000 or lengths[-1] > MOST_TOKENS:
        raise typer.BadParameter(
            f"{text!r}: give lengths between 1,000 and {MOST_TOKENS:,} tokens without separators, "
            "such as 10000,100000.",
            param_hint="--tokens",
        )
    return lengths


def _places(text: str) -> list[float]:
    """Depths from 0 to 1; BadParameter where they are none."""
    try:
        depths = sorted({float(each) for each in text.split(",")})
    except ValueError:
        depths = []
    if not depths or not all(0 <= depth <= 100 for depth in depths):
        raise typer.BadParameter(
            f"{text!r}: give depths from 0 (the beginning) to 1 (the end), such as 0,0.5,1.",
            param_hint="--depths",
        )
    return depths if depths[-1] <= 1 else [depth / 100 for depth in depths]


def _sought(
    service: Service,
    filler: Path,
    lengths: list[int],
    depths: list[float],
    limit: int | None,
    seed: int,
) -> Iterator[Sought]:
    from app.evaluation.needles import fillers, seeking, text_of
    from pipelines.document import Upload
    from pipelines.evaluation.facts import facts, most_facts
    from pipelines.evaluation.needle import hidden, sought

    text = text_of(service, Upload(filler.name, filler.read_bytes()))
    chosen = facts(min(limit or most_facts(), most_facts()), seed, text)
    for each in hidden(fillers(service, text, lengths), chosen, depths, seed):
        aside().print(f"reading {each.tokens} tokens with {len(each.facts)} facts", style="dim")
        seek = seeking(service, each)
        yield from sought(each, seek)


def tables(scores: dict[str, Any]) -> Iterator[Table]:
    """Over all depths with each ranking of passages, then by depth."""
    heads = ["tokens", "facts", "", "found", "cited"]
    rankings = list(scores["lengths"][0]["retrieved"]) if scores["lengths"] else []
    rankings = [name for name in rankings if not name.endswith("_interval")]
    rows = [
        [*_row(each), *(cell(each["retrieved"], name) for name in rankings)]
        for each in scores["lengths"]
    ]
    yield table("All depths", [*heads, *(f"retrieved by {name}" for name in rankings)], rows)
    rows = [[f"{each['depth']:g}", *_row(each)] for each in scores["results"]]
    yield table("By depth", ["depth", *heads], rows)


def _row(each: dict[str, Any]) -> list[str]:
    told = [f"{each['tokens']}", f"{each['facts']}", each["kind"]]
    return [*told, cell(each, "found"), cell(each, "cited")]
