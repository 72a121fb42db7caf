"""Tables and pictures from results that were kept with --out: no figure is copied by hand.

`python -m benchmarks report RESULTS.jsonl` prints every table again; with `--into docs` it draws
the pictures there and sets each table between its two marks in docs/paper.md. A table or picture
without a new result stays as it is.
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
END = "<!-- end -->"

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
    said = {claim: table(claim, records) for claim, records in found.items() if records}
    print("\n\n".join(said.values()))
    if options.into is not None:
        page = options.into / PAGE
        text = page.read_text(encoding="utf-8")
        for claim, words in said.items():
            text = between(text, claim, words)
        page.write_text(text, encoding="utf-8")
        for name in pictures.draw(found, options.into):
            print(f"drawn: {options.into / name}")


def table(claim: str, records: list[Record]) -> str:
    """The tables of a claim, with the machine and day of its figures."""
    written = io.StringIO()
    with redirect_stdout(written):
        TABLES[claim](records)
        print(f"\n({records[-1]['machine']}; {records[-1]['day']})")
    return written.getvalue().strip()


def between(page: str, claim: str, said: str) -> str:
    """The page with what stood between the marks of a claim replaced; ValueError without them."""
    begin = f"<!-- table: {claim} -->"
    before, found, rest = page.partition(begin)
    _, end, after = rest.partition(END)
    if not found or not end:
        raise ValueError(f"the page needs the mark {begin}, and {END} after it")
    return f"{before}{begin}\n```text\n{said}\n```\n{END}{after}"


def _latest(files: list[Path], claim: str) -> list[Record]:
    """The records of the last file that has any: what was measured again replaces the older."""
    for file in reversed(files):
        if records := load(file, claim):
            return records
    return []
