"""Handing in the jobs of a batch, no more at a time than there is room for."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.adding import content_hash
from app.batch.inputs import Item
from app.batch.plan import Maker, Plan
from app.present import Explained, explained
from storage.errors import LibraryUnavailable
from storage.work import JobRecord, NewJob

MOST_BYTES = 256 * 1024 * 1024
MOST_JOBS = 2_000
"""How much of a batch waits in the library at a time, beside what is being done."""
_AT_ONCE = 1.0  # seconds, then the progress is drawn


@dataclass(slots=True)
class Feed:
    """Hands in what is not in line yet, and again what has changed or shall be tried again."""

    maker: Maker
    plan: Plan
    retry_failed: bool
    refused: dict[str, Explained] = field(default_factory=dict)
    _place: int = 0
    _sizes: dict[str, int] = field(default_factory=dict)

    @property
    def is_through(self) -> bool:
        """Whether every item has been handed in or refused."""
        return self._place == len(self.plan.items)

    def hand_in(self, jobs: Mapping[str, JobRecord]) -> bool:
        """Hand in some items; True where more could be handed in at once."""
        waiting = [mark for mark, job in jobs.items() if job.status == "waiting"]
        room = MOST_BYTES - sum(self._sizes.get(mark, 0) for mark in waiting)
        places, began = MOST_JOBS - len(waiting), time.monotonic()
        while not self.is_through and room > 0 and places > 0:
            if time.monotonic() - began > _AT_ONCE:
                return True
            item = self.plan.items[self._place]
            size = self._hand_in(item, jobs.get(item.mark))
            self._sizes[item.mark], room, places = size, room - size, places - 1
            self._place += 1
        return False

    def _hand_in(self, item: Item, known: JobRecord | None) -> int:
        """Put one item in line where it belongs there; the bytes that this added."""
        try:
            new = self.maker.job_of(item)
        except LibraryUnavailable:
            raise
        except Exception as error:
            self.refused[item.mark] = explained(error, self.maker.service.settings.logs)
            return 0
        queue = self.maker.service.library.queue
        if known is None:
            queue.hand_in(new)
        elif _has_changed(new, known) or (known.status == "failed" and self.retry_failed):
            queue.hand_in_again(known.id, new)
        elif known.status == "stopped":
            queue.resume(new.owner, known.id)  # the same command again asks for it once more
        else:
            return 0
        return len(new.content or b"")


def _has_changed(new: NewJob, known: JobRecord) -> bool:
    """Whether the file is another one than when it was handed in."""
    return new.content is not None and content_hash(new.content) != known.content_hash
