"""An answer followed while it comes: how far it is, on a terminal, and what is written of it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from textwrap import shorten
from typing import TYPE_CHECKING, TypeVar

from rich.status import Status
from rich.text import Text

from app.output import aside, people
from app.wording import counted

if TYPE_CHECKING:
    from pipelines.answer import Step

Result = TypeVar("Result")
_LONGEST = 60  # characters of an answer on the line that says how far it is


def followed(steps: Generator[Step, None, Result], *, as_json: bool) -> Result:
    """Tell the steps of an answer to a person as they come; gives what they end with."""
    console = aside()
    status = Status(Text("Looking for passages …"), console=console)
    shown = console.is_terminal and not as_json
    if shown:
        status.start()
    try:
        with closing(steps):
            while True:
                step = next(steps)
                sentence = _written(step)
                if shown and not sentence:
                    status.update(Text(how_far(step)))
                elif sentence and not as_json:
                    status.stop()
                    people().print(sentence, style="bold")
    except StopIteration as end:
        result: Result = end.value
        return result
    finally:
        status.stop()


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


def _written(step: Step) -> str:
    from pipelines.answer import SentenceWritten

    return step.text if isinstance(step, SentenceWritten) else ""
