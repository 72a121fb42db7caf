"""Summaries as JSON, for the command line, jobs and evaluation."""

from __future__ import annotations

from typing import Any

from pipelines.summarise.figures import Figures
from pipelines.summarise.sections import Sections
from pipelines.summarise.summary import Quote, Summary


def summary_json(summary: Summary) -> dict[str, Any]:
    """A summary as `summarize` prints it."""
    return {
        "text": summary.text,
        "sentences": [quote_json(quote) for quote in summary.sentences],
        "ranking": summary.ranking,
        "unread": [document.id for document in summary.unread],
        "seconds": round(summary.seconds, 4),
    }


def sections_json(sections: Sections) -> dict[str, Any]:
    """The sections of a document as `summarize --sections` and `--outline` print them."""
    return {
        "document": sections.document.id,
        "title": sections.document.title,
        "sections": [
            {
                "title": section.title,
                "level": section.level,
                "page": section.page,
                "text": " ".join(quote.line for quote in section.sentences),
                "sentences": [quote_json(quote) for quote in section.sentences],
            }
            for section in sections.sections
        ],
        "ranking": sections.ranking,
        "seconds": round(sections.seconds, 4),
    }


def figures_json(figures: Figures) -> dict[str, Any]:
    """Key figures as `summarize --figures` prints them."""
    return {
        "figures": [
            {
                "kind": figure.kind,
                "figure": figure.text,
                "start": figure.start,
                "end": figure.end,
                "sentence": quote_json(figure.sentence),
            }
            for figure in figures.figures
        ],
        "ranking": figures.ranking,
        "seconds": round(figures.seconds, 4),
    }


def quote_json(quote: Quote) -> dict[str, Any]:
    """A quoted sentence: text is exactly what stands from start to end."""
    return {
        "text": quote.text,
        "document": quote.document.id,
        "title": quote.document.title,
        "page": quote.page,
        "section": quote.section,
        "start": quote.start,
        "end": quote.end,
    }
