"""What a document costs: to add, to keep and to ask, from 15 thousand tokens to a million."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from app.service import Service, open_service
from app.settings import SHIPPED_MODEL, Settings
from benchmarks.timing import machine, print_table
from pipelines.document import Upload
from pipelines.extract import extract

SAMPLE = Path(__file__).parent.parent / "app" / "sample"
HEAD = ["document", "pages", "tokens", "to add", "tokens/s", "kept", "per million", "to answer"]


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks asking", description=__doc__)
    parser.add_argument("files", type=Path, nargs="*", help="documents of your own to measure too")
    parser.add_argument("--copies", type=int, nargs="*", default=[1, 8, 64], help="of the sample")
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL)
    options = parser.parse_args(arguments)
    print(machine())
    questions = json.loads((SAMPLE / "questions.json").read_text(encoding="utf-8"))
    asked = [question["question"] for question in questions][:10]
    uploads = [_copies(count) for count in options.copies]
    uploads += [Upload(path.name, path.read_bytes()) for path in options.files]
    with TemporaryDirectory() as home:
        settings = Settings(home=Path(home), model=options.model, database_url="")
        with open_service(settings) as service:
            rows = [_row(service, upload, asked) for upload in uploads]
    print_table("Documents in a library of their own, medians of 10 questions", HEAD, rows)


def _copies(count: int) -> Upload:
    """The sample, or a text of so many copies of it: a longer document of the same kind."""
    upload = Upload("report.pdf", (SAMPLE / "report.pdf").read_bytes())
    if count == 1:
        return upload
    text = extract(upload).text
    copies = (f"# Volume {number}\n\n{text}\n\n" for number in range(1, count + 1))
    return Upload(f"report x {count}.md", "".join(copies).encode())


def _row(service: Service, upload: Upload, asked: list[str]) -> list[str]:
    began = time.perf_counter()
    *_, done = service.add(upload)
    seconds = time.perf_counter() - began
    document = service.show(done.document.id) if done.document else None
    if document is None:
        raise ValueError(f"{upload.name} was not added")
    answers = [service.ask(document, question).seconds for question in asked]
    million = document.stored_bytes / document.tokens
    return [
        upload.name,
        f"{document.pages:,}",
        f"{document.tokens:,}",
        f"{seconds:.1f} s",
        f"{document.tokens_read / document.read_seconds:,.0f}",
        f"{document.stored_bytes / 1e6:.1f} MB",
        f"{million:.0f} MB",
        f"{statistics.median(answers):.2f} s",
    ]
