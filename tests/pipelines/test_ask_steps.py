"""An answer comes in steps, and no further ones are taken once it is sure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipelines import ask as ask_module
from pipelines.answer import PassagesFound, PassagesRead
from pipelines.ask import answering
from pipelines.document import Document
from pipelines.recall import CANDIDATES
from pipelines.sources import Sources
from retnet_core.checkpoint import LoadedReader
from storage.library import Library
from tests.pipelines.stored import (
    asked,
    lines,
    read_to_its_end,
    scope_of,
    stored,
)


def test_an_answer_comes_in_steps_that_end_in_what_ask_gives(
    library: Library, sure: LoadedReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ask_module, "ENOUGH", 2.0)
    record = stored(library, sure, Document("Annals", "".join(lines(60)), (0,), (), ()))
    read_to_its_end(library, sure, record)
    scope = scope_of(library, record)
    question = "When did the bridge fall?"
    steps = list(answering(Sources(library, scope, sure), question))
    found, *reads = steps
    assert isinstance(found, PassagesFound)
    assert (found.passages, found.documents) == (CANDIDATES, 1)
    answer = replace(asked(library, record, question, sure), seconds=0.0)
    for step in reads:
        assert isinstance(step, PassagesRead)
        assert step.passages == found.passages
        assert step.best.found
    last = reads[-1]
    assert isinstance(last, PassagesRead)
    assert last.read == found.passages
    assert replace(last.best, seconds=0.0) == answer


@pytest.mark.parametrize(("enough", "read"), [(2.0, [6, 12]), (0.0, [6])], ids=["unsure", "sure"])
def test_passages_are_read_until_an_answer_is_sure(
    library: Library,
    sure: LoadedReader,
    monkeypatch: pytest.MonkeyPatch,
    enough: float,
    read: list[int],
) -> None:
    monkeypatch.setattr(ask_module, "ENOUGH", enough)
    record = stored(library, sure, Document("Annals", "".join(lines(60)), (0,), (), ()))
    read_to_its_end(library, sure, record)
    sources = Sources(library, scope_of(library, record), sure)
    _, *steps = answering(sources, "When did the bridge fall?")
    reads = [step for step in steps if isinstance(step, PassagesRead)]
    assert [step.read for step in reads] == read
    answer = replace(asked(library, record, "When did the bridge fall?", sure), seconds=0.0)
    assert answer == replace(reads[-1].best, seconds=0.0)


def test_where_pages_begin_is_looked_up_once_for_each_step(
    library: Library, sure: LoadedReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ask_module, "ENOUGH", 2.0)
    record = stored(library, sure, Document("Annals", "".join(lines(60)), (0,), (), ()))
    read_to_its_end(library, sure, record)
    looked_up: list[str] = []
    outline = library.outline

    def counting(document_id: str) -> tuple[tuple[int, str, int], ...]:
        looked_up.append(document_id)
        return outline(document_id)

    monkeypatch.setattr(library, "outline", counting)
    _, *reads = answering(
        Sources(library, scope_of(library, record), sure), "When did the bridge fall?"
    )
    assert len(looked_up) == len(reads) > 1


def test_where_there_is_nothing_to_read_the_only_step_says_so(
    library: Library, sure: LoadedReader
) -> None:
    record = stored(library, sure, Document("Empty", "", (0,), (), ()))
    steps = list(answering(Sources(library, scope_of(library, record), sure), "Which mill?"))
    assert steps == [PassagesFound(0, 0)]
