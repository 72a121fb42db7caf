"""Documents read and summarised in order to be measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.evaluation.opening import added
from app.service import Service

if TYPE_CHECKING:
    from pipelines.evaluation.summaries import Summarise


def summarising(service: Service) -> Summarise:
    """How documents are added to a service and summarised."""
    from pipelines.summarise.length import Length

    def summarise(title: str, text: str, query: str, words: int) -> Sequence[str]:
        document = added(service, title, text)
        summary = service.summaries.of([document], Length(words=max(1, words)), query)
        return [quote.line for quote in summary.sentences]

    return summarise
