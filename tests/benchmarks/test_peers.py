"""Peers are asked in turns within limits, those that are missing are said, and tables are set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from benchmarks import flat, peers, reading, report, writing
from benchmarks.claims.models import build
from benchmarks.claims.records import Record, keep, load
from benchmarks.rivals import ggml, ours
from benchmarks.rivals.comparing import MOST, WRITTEN, Cell, Limits, Rate, in_a_round
from benchmarks.rivals.worker import TooSlow, Worker
from benchmarks.transformer import Transformer, peer
from retnet_core.model import RetNet
from retnet_core.state import RetNetState
from tests.benchmarks.shapes import SMALL


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    process = Worker("ours", SMALL, threads=1)
    yield process
    process.close()


def test_ours_answers_from_a_process_of_its_own(worker: Worker) -> None:
    assert worker.ask("parameters", "int8", 0, 60) == ours.build(SMALL, "int8").parameters()
    assert worker.ask("read", "int8", 20, 60) > 0
    size, grown = worker.ask("grown", "int8", 20, 60)
    assert size == RetNetState.empty(SMALL).tensor.nbytes
    assert grown >= 0


def test_what_takes_longer_than_its_limit_is_ended_and_can_be_asked_again(worker: Worker) -> None:
    with pytest.raises(TooSlow, match="> 0 s"):
        worker.ask("read", "float32", 200_000, 0.01)
    assert worker.ask("read", "float32", 20, 60) > 0


def test_a_cell_that_failed_says_why_and_is_not_asked_again(worker: Worker) -> None:
    cell, limits = Cell(worker, "readonce", "float32"), Limits(3, 0.01)
    assert cell.ask("read", 200_000, limits) is None
    assert (cell.why, cell.goes_on(limits)) == ("> 0 s", False)
    assert cell.record(7)["seconds"] is None


def test_another_round_must_fit_in_what_is_left_of_the_time(worker: Worker) -> None:
    cell = Cell(worker, "readonce", "float32", times=[2.0, 2.0])
    assert cell.goes_on(Limits(3, 6.0))
    assert not cell.goes_on(Limits(3, 5.9))
    assert not cell.goes_on(Limits(2, 60.0))


def test_who_writes_quickly_writes_more_in_a_round() -> None:
    assert in_a_round(8.0) == in_a_round(0.25) == WRITTEN
    assert in_a_round(0.125) == 2 * WRITTEN
    assert in_a_round(1e-6) == MOST
    assert in_a_round(None) == 0


def test_the_machines_rate_is_the_median_of_what_was_measured_since_it_was_asked_last() -> None:
    rates = iter([1e9, 5.0, 3.0, 4.0, 8.0, 9.0, 7.0])
    rate = Rate(lambda: next(rates))
    rate.measure()
    assert rate.median() == 4.0  # not of the first, which only warms up
    rate.forget()
    rate.measure()
    assert rate.median() == 8.0


def test_a_missing_peer_is_one_sentence_and_the_others_are_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(peers, "PRESETS", {"55M": SMALL})
    monkeypatch.setattr(ours, "LARGE", 1 << 20)
    monkeypatch.setattr(peers, "PEERS", {**peers.PEERS, "another": ("nowhere", ("float32",))})
    out = tmp_path / "peers.jsonl"
    threads = torch.get_num_threads()
    peers.main(
        f"--peers readonce another --contexts 16 32 --rounds 2 --threads 1 --out {out}".split()
    )
    torch.set_num_threads(threads)
    assert "another is left out: No module named" in capsys.readouterr().out
    read, written = load(out, "peers reading"), load(out, "peers writing")
    assert {record["kind"] for record in read} == set(ours.KINDS)
    assert all(record["seconds"] > 0 and record["share"] > 0 for record in read)
    assert all(record["seconds"] > 0 and record["share"] > 0 for record in written)
    assert {record["tensors"] for record in written} == {RetNetState.empty(SMALL).tensor.nbytes}
    assert "16" in report.table("peers reading", read)
    assert "16" in report.table("peers writing", written)


def test_a_cell_that_was_too_slow_shows_its_reason_in_the_table(
    capsys: pytest.CaptureFixture[str],
) -> None:
    common = {"kind": "bfloat16", "context": 64, "share": None, "rate": 1e12}
    records: list[Record] = [
        {**common, "peer": "readonce", "seconds": 2.0, "why": None},
        {**common, "peer": "twice as slow", "seconds": 4.0, "why": None},
        {**common, "peer": "slow", "seconds": None, "why": "> 60 s"},
    ]
    peers.reading_table(records)
    said = capsys.readouterr().out
    assert "32 (1.00)" in said
    assert "16 (0.50)" in said
    assert "> 60 s" in said


def test_the_gguf_has_the_tensors_of_a_transformer_of_that_size() -> None:
    shape = ggml.in_blocks(peer(SMALL))
    count = sum(torch.Size(sides).numel() for sides in ggml.tensors(shape).values())
    assert count == sum(weight.numel() for weight in Transformer(shape).parameters())
    assert shape.feedforward % ggml.BLOCK == 0


@torch.inference_mode()
def test_reading_far_in_is_timed_and_kept(tmp_path: Path) -> None:
    model = build("retnet", SMALL, 0)
    assert isinstance(model, RetNet)
    found = flat.measure(model.eval(), near=10, far=10 + 2 * flat.SITTING + 5, rounds=1)
    assert min(found["seconds"].values()) > 0
    kept = keep([{"size": "small", "weights": "float32", **found}], "flat", tmp_path / "flat.jsonl")
    assert "time, ratio" in report.table("flat", kept)


@torch.inference_mode()
def test_every_way_of_reading_is_set_beside_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SITTINGS", (16, 32))
    monkeypatch.setattr(reading, "SIDE", 64)
    model = build("retnet", SMALL, 0)
    assert isinstance(model, RetNet)
    ways = {"float32": model.eval(), reading.AUTOCAST: model}
    records = keep(reading.speeds(ways, 1), "reading", None)
    assert [(r["tokens"], r["way"]) for r in records] == [(n, w) for n in (16, 32) for w in ways]
    assert "autocast" in report.table("reading", records)


@torch.inference_mode()
def test_a_written_token_is_set_beside_its_products_and_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writing, "PRESETS", {"small": SMALL})
    monkeypatch.setattr(ours, "LARGE", 1 << 20)
    found = writing.measure("small", "int8", 3)
    assert found["token"] > found["products"] > 0
    assert "at least" in report.table("writing", keep([found], "writing", None))
