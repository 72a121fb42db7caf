"""The commands as they are typed: measured, kept, set in tables, drawn."""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from benchmarks import paper, perplexity, report, sizes
from benchmarks.claims import pictures
from benchmarks.claims.records import Record, load
from retnet_core.sizes import PRESETS
from tests.benchmarks.shapes import SMALL
from tests.conftest import missing

ROOT = Path(__file__).resolve().parents[2]


SERVED: list[Record] = [
    {"claim": claim, "kind": kind, **facts, "machine": "a made-up machine", "day": "2026-11-24"}
    for kind, worse in (("retnet", 1), ("transformer", 3))
    for size in (16, 32)
    for claim, facts in (
        ("latency", {"context": size, "seconds": 0.001 * worse}),
        ("memory", {"context": size, "tensors": 1000 * worse, "grown": 2000 * worse}),
        ("throughput", {"context": 64, "batch": size, "rate": 50.0 / worse, "bytes": size * worse}),
    )
]
TRAINED: list[Record] = [
    {"claim": claim, "kind": kind, "length": size, "rows": 64 // size, "way": "whole",
     "sitting": sitting, "parameters": 1000, "rate": 90.0, "bytes": 20_000 * size,
     "machine": "a made-up machine", "day": "2026-11-24"}
    for claim, kind, sitting in (
        ("training", "retnet", 0), ("training", "transformer", 0),
        ("sparing", "retnet", 0), ("sittings", "retnet", 8),
    )
    for size in (16, 32)
]  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Measured, very small, what needs no process of its own; the rest made up."""
    folder = tmp_path_factory.mktemp("results")
    out, tokens = folder / "results.jsonl", folder / "tokens.npy"
    np.save(tokens, (np.arange(3000) % 11).astype(np.uint16))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paper, "PRESETS", {"shipped": SMALL})
        paper.main(f"--parts forms --size shipped --threads 1 --out {out}".split())
    sizes.main(f"--measure --threads 1 --out {out}".split())
    perplexity.main(
        f"--tokens {tokens} --vocabulary 12 --width 32 --layers 1 --length 8 --rows 2 --train 64 "
        f"--search 32 --grid 1e-3 2e-3 --decays 5,6,7,8 1,2,3,4 --bases 1e4 1e2 --seeds 2 "
        f"--threads 1 --out {out}".split()
    )
    with out.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(record) + "\n" for record in (*SERVED, *TRAINED))
    return out


@pytest.fixture(scope="module")
def all_measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that `paper` measures, very small, in processes of their own."""
    out = tmp_path_factory.mktemp("measured") / "results.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paper, "PRESETS", {"shipped": SMALL})
        paper.main(
            f"--size shipped --threads 1 --contexts 16 32 --batches 1 2 --batch-context 16 "
            f"--rounds 2 --lengths 16 32 --tokens 32 --steps 1 --long 16 32 --out {out}".split()
        )
    return out


ELSEWHERE = ("sizes measured", "peers reading", "peers writing", "writing", "reading", "flat")
CLAIMS = [claim for claim in report.TABLES if claim not in ELSEWHERE]


@pytest.mark.parametrize("claim", CLAIMS)
def test_each_claim_is_measured_kept_and_set_in_a_table(claim: str, results: Path) -> None:
    records = load(results, claim)
    assert records
    assert records[0]["machine"] in report.table(claim, records)


@pytest.mark.slow
@pytest.mark.parametrize("claim", ["latency", "memory", "throughput", "training", "sittings"])
def test_the_claims_that_need_processes_are_measured(claim: str, all_measured: Path) -> None:
    records = load(all_measured, claim)
    assert records
    assert report.table(claim, records)


def test_only_the_table_that_was_measured_again_changes() -> None:
    page = _page()
    once = report.between(page, "latency", "new")
    assert f"<!-- table: latency -->\n```text\nnew\n```\n{report.END}" in once
    others = re.compile(f"<!-- table: (?!latency -->).*?{report.END}", re.DOTALL)
    assert others.findall(once) == others.findall(page)
    assert report.between(once, "latency", "new") == once
    with pytest.raises(ValueError, match="table: latency"):
        report.between("a page without", "latency", "new")


def test_each_table_of_the_page_in_docs_is_one_that_the_report_makes() -> None:
    marked = re.findall(r"<!-- table: (.*?) -->", _page())
    assert len(set(marked)) == len(marked) > 10
    assert set(marked) <= set(report.TABLES)


def _page() -> str:
    return (ROOT / "docs" / report.PAGE).read_text(encoding="utf-8")


def test_what_was_measured_again_replaces_the_older(tmp_path: Path) -> None:
    older, newer = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    older.write_text('{"claim": "one", "x": 1}\n{"claim": "two", "x": 1}\n')
    newer.write_text('{"claim": "one", "x": 2}\n')
    assert report._latest([older, newer], "one")[0]["x"] == 2
    assert report._latest([older, newer], "two")[0]["x"] == 1


def drawn(results: Path) -> dict[str, list[Record]]:
    return {claim: load(results, claim) for claim in CLAIMS}


def test_pictures_show_the_figures_of_the_records(results: Path) -> None:
    found = drawn(results)
    charts = pictures.charts(found)
    serving = charts["paper-serving.svg"].to_dict()
    points = [row for data in serving["datasets"].values() for row in data]
    for record in found["latency"]:
        name = pictures.NAMES[record["kind"]]
        expected = {"model": name, "x": record["context"], "y": 1e3 * record["seconds"]}
        assert expected in points
    assert set(charts) == {f"paper-{name}.svg" for name in ("serving", "training", "perplexity")}


def test_a_picture_without_records_is_not_drawn(results: Path) -> None:
    assert pictures.charts({}) == {}
    assert set(pictures.charts({"latency": load(results, "latency")})) == {"paper-serving.svg"}


def test_pictures_are_svg(results: Path, tmp_path: Path) -> None:
    if find_spec("vl_convert") is None:
        missing("vl-convert-python draws the pictures: pip install -e '.[bench]'")
    names = pictures.draw(drawn(results), tmp_path)
    assert len(names) == 3
    for name in names:
        assert ElementTree.parse(tmp_path / name).getroot().tag.endswith("svg")


def test_ratios_are_taken_seed_by_seed() -> None:
    runs: list[Record] = [
        {"kind": kind, "seed": seed, "perplexity": value}
        for kind, seed, value in [
            ("retnet", 1, 30.0), ("retnet", 0, 10.0),
            ("transformer", 0, 20.0), ("transformer", 1, 10.0),
        ]
    ]  # fmt: skip
    assert perplexity.pair_ratios(runs, "perplexity") == [0.5, 3.0]


def test_the_best_rate_and_shape_of_the_grid_are_those_of_the_runs(results: Path) -> None:
    records = load(results, "perplexity")
    for kind in ("retnet", "transformer"):
        own = [record for record in records if record["kind"] == kind]
        grid = {(r["rate"], r["shape"]): r["perplexity"] for r in own if r["part"] == "grid"}
        assert len(grid) == 4
        best = min(grid, key=lambda each: grid[each])
        assert {(r["rate"], r["shape"]) for r in own if r["part"] == "run"} == {best}


def test_both_models_have_seen_as_many_tokens(results: Path) -> None:
    runs = [record for record in load(results, "perplexity") if record["part"] == "run"]
    assert [record["tokens"] for record in runs] == [64] * 4


def test_the_sample_gives_tokens_to_try_with() -> None:
    tokens = perplexity.sample_tokens()
    assert len(tokens) > 10_000
    assert int(tokens.max()) < PRESETS["shipped"].vocabulary


def test_results_are_lines_of_json(results: Path) -> None:
    for line in results.read_text(encoding="utf-8").splitlines():
        assert json.loads(line)["claim"] in report.TABLES
