"""Results that are kept come back, claim by claim."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.claims.records import Record, keep, load


def test_records_come_back_with_their_claim_machine_and_day(tmp_path: Path) -> None:
    out = tmp_path / "results.jsonl"
    kept = keep([{"x": 1}, {"x": 2.5}], "one", out)
    keep([{"name": "γ", "rate": None}], "other", out)
    assert load(out, "one") == kept
    assert [record["x"] for record in load(out, "one")] == [1, 2.5]
    assert load(out, "other")[0]["name"] == "γ"
    assert {"claim", "machine", "day"} < kept[0].keys()
    assert load(out, "third") == []


def test_what_was_measured_before_a_failure_is_kept(tmp_path: Path) -> None:
    def failing() -> Iterator[Record]:
        yield {"x": 1}
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        keep(failing(), "one", tmp_path / "results.jsonl")
    assert len(load(tmp_path / "results.jsonl", "one")) == 1


def test_without_a_file_records_are_only_given_back() -> None:
    assert keep([{"x": 1}], "one", None)[0]["claim"] == "one"
