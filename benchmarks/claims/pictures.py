"""The paper's claims as pictures, drawn by altair as SVG from records."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import altair as alt

from benchmarks.claims.records import Record

NAMES = {"retnet": "RetNet", "transformer": "Transformer"}
COLOURS = alt.Scale(domain=[*NAMES.values()], range=["#1f6f8b", "#c4622d"])
WIDE, HIGH = 300, 220
POWERS = "datum.value >= 1024 ? datum.value / 1024 + 'k' : datum.value"  # 2,048 is 2k
Found = Mapping[str, list[Record]]


def draw(found: Found, folder: Path) -> list[str]:
    """Write each picture that there are records for; give the names of the files."""
    names = []
    for name, chart in charts(found).items():
        chart.save(folder / name, format="svg")
        names.append(name)
    return names


def charts(found: Found) -> dict[str, alt.HConcatChart]:
    """The file names of the pictures, and the pictures."""
    every = {
        "paper-serving.svg": [_latency(found), _memory(found), _throughput(found)],
        "paper-training.svg": [_speed(found), _training_memory(found), _sittings(found)],
        "paper-perplexity.svg": [_perplexity(found)],
    }
    kept = {name: [chart for chart in row if chart is not None] for name, row in every.items()}
    return {
        name: alt.hconcat(*row)
        .configure_view(stroke=None)
        .configure_axis(grid=True, gridOpacity=0.4)
        for name, row in kept.items()
        if row
    }


def _latency(found: Found) -> alt.Chart | None:
    rows = [(r["kind"], r["context"], 1e3 * r["seconds"]) for r in found.get("latency", ())]
    return _lines(rows, "One more token", "context, tokens", "milliseconds")


def _memory(found: Found) -> alt.Chart | None:
    rows = [(r["kind"], r["context"], r["tensors"] / 1e6) for r in found.get("memory", ())]
    return _lines(rows, "State or cache of a document", "context, tokens", "megabytes")


def _throughput(found: Found) -> alt.Chart | None:
    kept = [r for r in found.get("throughput", ()) if r["rate"]]
    title = f"Writing after {kept[0]['context']:,} tokens" if kept else ""
    rows = [(r["kind"], r["batch"], r["rate"]) for r in kept]
    return _lines(rows, title, "batch", "tokens a second, all rows")


def _speed(found: Found) -> alt.Chart | None:
    kept = [r for r in found.get("training", ()) if r["bytes"]]
    rows = [(r["kind"], r["length"], r["rate"]) for r in kept]
    return _lines(rows, "Training speed", "length, tokens", "tokens a second")


def _training_memory(found: Found) -> alt.Chart | None:
    kept = [r for r in found.get("training", ()) if r["bytes"]]
    rows = [(r["kind"], r["length"], r["bytes"] / 1e6) for r in kept]
    return _lines(rows, "Training memory", "length, tokens", "megabytes")


def _sittings(found: Found) -> alt.Chart | None:
    kept = [r for r in found.get("sittings", ()) if r["bytes"]]
    rows = [(r["kind"], r["length"], r["bytes"] / 1e6) for r in kept]
    title = f"Long rows in sittings of {kept[0]['sitting']:,}" if kept else ""
    return _lines(rows, title, "length, tokens", "megabytes")


def _lines(
    rows: list[tuple[str, float, float]], title: str, across: str, up: str
) -> alt.Chart | None:
    """A line for each kind; both axes by powers, for costs are compared by their ratio."""
    if not rows:
        return None
    values = [{"model": NAMES[kind], "x": x, "y": y} for kind, x, y in rows]
    ticks = alt.Axis(values=sorted({x for _, x, _ in rows}), labelExpr=POWERS, labelOverlap=True)
    chart: alt.Chart = (
        alt.Chart({"values": values}, title=title, width=WIDE, height=HIGH)
        .mark_line(point=True)
        .encode(
            x=alt.X(
                "x:Q", scale=alt.Scale(type="log", base=2, nice=False), title=across, axis=ticks
            ),
            y=alt.Y("y:Q", scale=alt.Scale(type="log", base=10), title=up),
            color=alt.Color("model:N", scale=COLOURS, title=None),
        )
    )
    return chart


def _perplexity(found: Found) -> alt.Chart | None:
    runs = [r for r in found.get("perplexity", ()) if r["part"] == "run"]
    if not runs:
        return None
    values = [{"model": NAMES[r["kind"]], "seed": r["seed"], "y": r["perplexity"]} for r in runs]
    chart: alt.Chart = (
        alt.Chart({"values": values}, title="Held-out text, equal tokens", width=WIDE)
        .mark_point(filled=True, size=70)
        .encode(
            x=alt.X("y:Q", scale=alt.Scale(zero=False), title="perplexity, one point a seed"),
            y=alt.Y("model:N", title=None),
            color=alt.Color("model:N", scale=COLOURS, legend=None),
        )
    )
    return chart
