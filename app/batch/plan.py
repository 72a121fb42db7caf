"""What one batch command asks for, and how the same command given again is recognised."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.adding import content_hash
from app.batch.inputs import Item, names_used_twice
from app.files import load
from app.service import Service
from storage.work import BATCH, BatchRecord, JobKind, NewJob


@dataclass(frozen=True, slots=True)
class Plan:
    """kind is done with every item, and task is how, in JSON; the results go to out."""

    kind: JobKind
    items: tuple[Item, ...]
    out: Path
    task: str

    @property
    def mark(self) -> str:
        """The same for the same work with the same file of results."""
        told = json.dumps([self.kind, str(self.out.absolute()), self.task])
        return content_hash(told.encode("utf-8", "replace"))


def plan(kind: JobKind, items: Sequence[Item], out: Path, task: dict[str, Any]) -> Plan:
    """The plan of a command."""
    return Plan(kind, tuple(items), out, json.dumps(task))


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the jobs of one batch."""

    service: Service
    batch: BatchRecord
    twice: frozenset[str]

    def job_of(self, item: Item) -> NewJob:
        """The job of an item; raises what keeps its file from being read."""
        content, document, name = None, None, item.shown
        if item.path is None:
            found = self.service.show(item.document)
            document, name = found.id, found.file_name
        else:
            upload = load(item.path, self.service.settings.limits)
            content, name = upload.content, upload.name
        return NewJob(
            self.batch.owner,
            name,
            content,
            self.batch.kind,
            keep_both=name in self.twice,
            priority=BATCH,
            document_id=document,
            batch_id=self.batch.id,
            item=item.mark,
            task=json.dumps({"questions": item.questions}) if item.questions else None,
        )


def maker(service: Service, batch: BatchRecord, items: Sequence[Item]) -> Maker:
    """What makes the jobs of these items."""
    return Maker(service, batch, names_used_twice(items))
