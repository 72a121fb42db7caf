"""Figures as tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table


def table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A table of text."""
    made = Table(title=title)
    for head in heads:
        made.add_column(head)
    for row in rows:
        made.add_row(*row)
    return made


def cell(figures: Mapping[str, Any], name: str) -> str:
    """A figure with its interval."""
    value = figures.get(name)
    if value is None:
        return "–"
    low_high = figures.get(f"{name}_interval")
    return f"{value}" + (f"  [{low_high[0]}, {low_high[1]}]" if low_high else "")
