"""What the steps of an answer that is on its way say to a person."""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING

from app.wording import counted

if TYPE_CHECKING:  # the page and the command line start without the model's parts
    from pipelines.answer import Step

_LONGEST = 60  # characters of an answer on the line that says how far it is


def how_far(step: Step) -> str:
    """What a step says of an answer that is on its way."""
    from pipelines.answer import PassagesFound, PassagesRead

    if isinstance(step, PassagesFound):
        where = f" of {counted(step.documents, 'document')}" if step.documents > 1 else ""
        return f"{counted(step.passages, 'passage')}{where} may answer"
    if isinstance(step, PassagesRead):
        far = f"{step.read} of {counted(step.passages, 'passage')} read"
        best = shorten(step.best.text, _LONGEST, placeholder=" …")
        return f"{far}; so far: {best}" if best else far
    return ""


def written(step: Step) -> str:
    """The sentence that a step tells, "" where it tells how far the answer is."""
    from pipelines.answer import SentenceWritten

    return step.text if isinstance(step, SentenceWritten) else ""
