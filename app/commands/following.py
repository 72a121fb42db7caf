"""An answer followed while it comes: how far it is, on a terminal, and what is written of it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

from rich.status import Status
from rich.text import Text

from app.output import aside, people
from app.steps import how_far, written

if TYPE_CHECKING:
    from pipelines.answer import Step

Result = TypeVar("Result")


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
                sentence = written(step)
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
