"""What workers do, a line of JSON each: never a word of a document, its title or a question."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from app.settings import Settings, private_folder
from storage.work import JobRecord

_MOST = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Journal:
    """Writes the lines of one worker to logs/jobs.jsonl, or to standard error."""

    settings: Settings
    worker: str

    def worker_did(self, event: str) -> None:
        """Something about the worker itself, such as started."""
        self._write({"event": event})

    def job_did(
        self, event: str, job: JobRecord, *, fault: str = "", seconds: float = 0.0, tokens: int = 0
    ) -> None:
        """What became of a job: taken, done, failed, let go, or lost to another worker."""
        self._write(
            {
                "event": event,
                "job": job.id,
                "kind": job.kind,
                "batch": job.batch_id,
                "tries": job.tries,
                "fence": job.fence,
                "bytes_hash": (job.content_hash or "")[:12],
                "seconds": round(seconds, 3),
                "tokens": tokens,
                "fault": fault,
            }
        )

    def _write(self, values: dict[str, object]) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"at": now, "worker": self.worker, **values}) + "\n"
        if self.settings.journal == "stderr":
            sys.stderr.write(line)
            sys.stderr.flush()
            return
        with suppress(OSError):  # work goes on where no line can be written, as on a full disk
            path = private_folder(self.settings.logs) / "jobs.jsonl"
            if path.exists() and path.stat().st_size > _MOST:
                path.replace(path.with_suffix(".1.jsonl"))
            with path.open("a", encoding="utf-8") as file:
                file.write(line)
