"""Tables and pictures from results that were kept with --out: no figure is copied by hand.

`python -m benchmarks report RESULTS.jsonl` prints every table again; with `--into docs` it draws
the pictures there and sets the tables between the two marks of docs/paper.md.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

from benchmarks import flat, peers, perplexity, reading, sizes, writing
from benchmarks.claims import forms, pictures, serving, training
from benchmarks.claims.records import Record, load

PAGE = "paper.md"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"

TABLES: dict[str, Callable[[list[Record]], None]] = {
    "forms": forms.table,
    "latency": serving.latency_table,
    "memory": serving.memory_table,
    "throughput": serving.throughput_table,
    "training": training.against_table,
    "sparing": training.sparing_table,
    "sittings": training.sittings_table,
    "perplexity": perplexity.table,
    "peers reading": peers.reading_table,
    "peers writing": peers.writing_table,
    "writing": writing.table,
    "reading": reading.table,
    "flat": flat.table,
    "sizes": sizes.computed_table,
    "sizes measured": sizes.measured_table,
}


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks report", description=__doc__)
    parser.add_argument("results", type=Path, nargs="+", help="files written with --out")
    parser.add_argument("--into", type=Path, help=f"the folder of {PAGE}, for tables and pictures")
    options = parser.parse_args(arguments)
    found = {claim: _latest(options.results, claim) for claim in TABLES}
    said = tables({claim: records for claim, records in found.items() if records})
    print(said)
    if options.into is not None:
        page = options.into / PAGE
        page.write_text(between(page.read_text(encoding="utf-8"), said), encoding="utf-8")
        for name in pictures.draw(found, options.into):
            print(f"drawn: {options.into / name}")


def tables(found: dict[str, list[Record]]) -> str:
    """Every table that there are records for, each with the machine and day of its figures."""
    written = io.StringIO()
    with redirect_stdout(written):
        for claim, records in found.items():
            TABLES[claim](records)
            print(f"\n({records[-1]['machine']}; {records[-1]['day']})")
    return written.getvalue().strip()


def between(page: str, said: str) -> str:
    """The page with what stood between its marks replaced; raises ValueError without them."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page needs the two marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n```text\n{said}\n```\n{END}{after}"


def _latest(files: list[Path], claim: str) -> list[Record]:
    """The records of the last file that has any: what was measured again replaces the older."""
    for file in reversed(files):
        if records := load(file, claim):
            return records
    return []
