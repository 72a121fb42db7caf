"""Results as JSON lines: what is measured once is drawn, and set in tables, from there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.timing import machine

Record = dict[str, Any]


def keep(records: Iterable[Record], claim: str, out: Path | None) -> list[Record]:
    """Give each record its claim, its machine and its day; append it to a file as soon as it is."""
    kept = []
    for record in records:
        day = datetime.now(tz=UTC).date().isoformat()
        kept.append({"claim": claim, **record, "machine": machine(), "day": day})
        if out is not None:
            with out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(kept[-1], ensure_ascii=False) + "\n")
    return kept


def load(path: Path, claim: str) -> list[Record]:
    """The records of one claim, in the order in which they were written."""
    return [record for record in _lines(path) if record["claim"] == claim]


def _lines(path: Path) -> Iterator[Record]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)
