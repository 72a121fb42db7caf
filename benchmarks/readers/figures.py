"""What was measured of a reader as a table in Markdown, beside what is aimed at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Row = tuple[str, str, str, str]

HEAD: Row = ("measure", "readonce", "baseline in the same run", "goal")
GOALS = {
    "articles": "half of BM25's misses gone",
    "stories": "55",
    "whole": "at least 85 %",
    "passages": "65 first, 77 the aim",
    "unanswerable": "85",
    "literal": "100",
    "paraphrased": "90",
    "summaries": "1.5 in the mean, none below 0",
    "state": "above 0",
}


def markdown(kept: Mapping[str, Mapping[str, Any]]) -> str:
    """The table of everything that was measured, and what it took."""
    others = {name: line for name, line in kept.items() if "table" in line["result"]}
    told_of = {name: line for name, line in kept.items() if name not in others}
    rows = [row for name, line in told_of.items() for row in _rows(name, line["result"])]
    rows += _whole(kept)
    lines = [HEAD, ("---",) * len(HEAD), *rows]
    seconds = sum(line["processor_seconds"] for line in kept.values())
    told = [f"| {' | '.join(line)} |" for line in lines]
    tables = [
        f"\n{name}:\n\n```text\n{line['result']['table']}\n```" for name, line in others.items()
    ]
    return "\n".join([*told, *tables, "", f"{seconds / 60:.0f} minutes of one processor in all."])


def _rows(name: str, result: Mapping[str, Any]) -> Iterator[Row]:
    if "lengths" in result:
        yield from _needle(result)
    elif "documents" in result:
        yield from _summaries(name, result)
    elif "differences" in result:
        yield from _states(name, result)
    elif name.startswith("unanswerable") or name == "CLAPNQ":
        yield from _unanswerable(name, result)
    else:
        yield from _answers(name, result)


def _answers(name: str, result: Mapping[str, Any]) -> Iterator[Row]:
    count, baseline = result["questions"], result["baseline"]
    goal = GOALS.get(name, "")
    shown = {"citation_hit_at_1": goal, "citation_hit_at_3": "", "citation_overlap_at_1": ""}
    shown |= {"f1": GOALS["passages"] if name.startswith("passages") else "", "exact_match": ""}
    for key, aim in shown.items():
        yield f"{name}, {count} questions: {key}", cell(result, key), cell(baseline, key), aim
    seconds = cell(result, "answer_seconds_median")
    yield f"{name}: answer_seconds_median", seconds, "", ""
    yield f"{name}: expected calibration error", cell(result["calibration"], "ece"), "", ""


def _unanswerable(name: str, result: Mapping[str, Any]) -> Iterator[Row]:
    answerable = result["abstention"].get("answerable", {"questions": 0})
    for kind, told in result["abstention"].items():
        if kind != "answerable":
            counts = f"{answerable['questions']} answerable, {told['questions']} not"
            aim = GOALS["unanswerable"]
            yield (
                f"{name}, {counts}: AUROC",
                cell(told, "auroc"),
                cell(told["baseline"], "auroc"),
                aim,
            )
    yield f"{name}: expected calibration error", cell(result["calibration"], "ece"), "", ""


def _states(name: str, result: Mapping[str, Any]) -> Iterator[Row]:
    count = result["questions"]
    for key in ("f1", "citation_hit_at_1", "citation_overlap_at_1"):
        others = [f"{other} {cell(each, key)}" for other, each in result["states"].items()]
        yield f"{name}, {count} questions: {key}", cell(result, key), "; ".join(others), ""
        for pair, difference in result["differences"].items():
            yield f"{name}: {key}, {pair}", cell(difference, key), "", GOALS["state"]


def _needle(result: Mapping[str, Any]) -> Iterator[Row]:
    for each in result["lengths"]:
        what = f"needle, {each['facts']} {each['kind']} in {each['tokens']:,} tokens"
        ranks = each["retrieved"]
        by = [f"{name} {cell(ranks, name)}" for name in ranks if not name.endswith("_interval")]
        yield f"{what}: found", cell(each, "found"), "", GOALS[each["kind"]]
        yield f"{what}: cited", cell(each, "cited"), "", GOALS[each["kind"]]
        yield f"{what}: passage retrieved by", "; ".join(by), "", ""


def _summaries(name: str, result: Mapping[str, Any]) -> Iterator[Row]:
    gain = result["difference"]
    for kind in ("rouge1", "rouge2", "rougeLsum"):
        others = [f"{other} {each[kind]}" for other, each in result["baselines"].items()]
        what = f"{name}, {result['documents']}: {kind}"
        yield what, cell(result, kind), "; ".join(others), ""
    best = f"less {gain['best_baseline']}"
    yield f"{name}: rougeLsum {best}", cell(gain, "rougeLsum"), "", GOALS["summaries"]


def _whole(kept: Mapping[str, Mapping[str, Any]]) -> Iterator[Row]:
    """How much of the F1 on single passages is left on whole documents, the same questions."""
    names = ("articles", "passages of the articles")
    if all(name in kept for name in names):
        whole, single = (kept[name]["result"]["f1"] for name in names)
        share = f"{100 * whole / single:.0f} %" if single else "–"
        yield "F1 on whole articles as a share of that on their passages", share, "", GOALS["whole"]


def cell(figures: Mapping[str, Any], name: str) -> str:
    """A figure with its interval."""
    value = figures.get(name)
    if value is None:
        return "–"
    low_high = figures.get(f"{name}_interval")
    return f"{value}" + (f" [{low_high[0]}, {low_high[1]}]" if low_high else "")
