"""`readonce evaluate`: how good answers and summaries are, beside simple baselines."""

from __future__ import annotations

import typer

from app.commands.evaluate.needle import needle
from app.commands.evaluate.qa import qa
from app.commands.evaluate.summaries import summaries

evaluate = typer.Typer(help="Measure the reader: answers, summaries, and facts hidden in a text.")
evaluate.command()(qa)
evaluate.command()(summaries)
evaluate.command()(needle)
