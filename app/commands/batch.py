"""`readonce batch`: many files are read, summarised or asked, whatever comes between."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from app.batch.bar import batch_bar
from app.batch.inputs import items_of, questions_of
from app.batch.plan import Plan, plan
from app.batch.results import FORMATS
from app.batch.running import Standing, run
from app.commands.options import AsJson, settings_now
from app.commands.summarize import About, Wanted, Words, wanted_length
from app.commands.worker import AGAIN
from app.output import aside, errors_told, people, print_json
from app.service import Service, open_service
from app.wording import counted, duration
from storage.work import JobKind

SOME_FAILED = 3
_STOPPED = (
    "Stopped. What was done is in {out}, and what is left stays in line: run the same command again"
    " to go on, or `readonce jobs cancel` to take it out."
)

batch = typer.Typer(
    help="Read, summarise or ask many files, whatever comes between.", no_args_is_help=True
)
Inputs = Annotated[
    list[str],
    typer.Argument(metavar="INPUT...", help="Folders, files, patterns, or MANIFEST.jsonl."),
]
Out = Annotated[Path, typer.Option("--out", help="The results: .jsonl, .csv or .md.")]
Retry = Annotated[bool, typer.Option("--retry-failed", help="Try again what failed before.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")]
Workers = Annotated[
    int, typer.Option("--workers", min=1, help="Processes to start where no worker is running.")
]
Questions = Annotated[
    Path | None, typer.Option("--questions", help="One on each line, or .jsonl with question, id.")
]
Question = Annotated[list[str] | None, typer.Option("--question", help="One; may be repeated.")]


@batch.command("add")
def batch_add(
    inputs: Inputs,
    out: Out,
    retry_failed: Retry = False,
    overwrite: Overwrite = False,
    workers: Workers = 1,
    as_json: AsJson = False,
) -> None:
    """Read many files. Stopped, or the power gone? Run it again, and it goes on."""
    _Command("add", inputs, out, retry_failed, overwrite, workers, as_json).run({})


@batch.command("ask")
def batch_ask(
    inputs: Inputs,
    out: Out,
    questions: Questions = None,
    question: Question = None,
    retry_failed: Retry = False,
    overwrite: Overwrite = False,
    workers: Workers = 1,
    as_json: AsJson = False,
) -> None:
    """Ask each of many files the same questions, or those of its line in a manifest."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json):
        asked: list[dict[str, str]] = [{"question": each} for each in question or []]
        asked += questions_of(questions) if questions else []
    command = _Command("ask", inputs, out, retry_failed, overwrite, workers, as_json)
    command.run({"questions": asked})


@batch.command("summarize")
def batch_summarize(
    inputs: Inputs,
    out: Out,
    length: Wanted = "",
    words: Words = None,
    about: About = None,
    retry_failed: Retry = False,
    overwrite: Overwrite = False,
    workers: Workers = 1,
    as_json: AsJson = False,
) -> None:
    """Summarise each of many files in sentences of its own."""
    wanted = wanted_length(length, words, "medium")
    if about is not None and not about.strip():
        raise typer.BadParameter("--about is empty: type what the summaries are to be about.")
    task = {"sentences": wanted.sentences, "words": wanted.words, "about": about or ""}
    _Command("summarize", inputs, out, retry_failed, overwrite, workers, as_json).run(task)


@dataclass(frozen=True, slots=True)
class _Command:
    """One batch as the command line asks for it."""

    kind: JobKind
    inputs: list[str]
    out: Path
    retry_failed: bool
    overwrite: bool
    workers: int
    as_json: bool

    def run(self, task: dict[str, Any]) -> None:
        """Do it, tell how it ended, and end with the exit code of that."""
        if self.out.suffix.lower() not in FORMATS:
            raise typer.BadParameter(f"--out must end in {', '.join(FORMATS)}.")
        settings = settings_now(as_json=self.as_json)
        began = time.monotonic()
        stopped = _STOPPED.format(out=self.out)
        with errors_told(settings, as_json=self.as_json):
            made = plan(self.kind, items_of(self.inputs), self.out, task)
        _check_questions(made, task)
        with (
            errors_told(settings, as_json=self.as_json, stopped=stopped),
            open_service(settings) as service,
        ):
            last = self._watch(service, made)
        self._tell(last, time.monotonic() - began)
        if last.count("done") < len(made.items):
            raise typer.Exit(SOME_FAILED)

    def _watch(self, service: Service, made: Plan) -> Standing:
        """Run the plan to its end; each failure is told when it is seen."""
        told: set[str] = set()
        steps = run(
            service,
            made,
            workers=self.workers,
            retry_failed=self.retry_failed,
            overwrite=self.overwrite,
        )
        with batch_bar(service) as bar, closing(steps):
            for step in steps:
                bar.show(step)
                for mark, said in _to_say(step):
                    if mark not in told:
                        told.add(mark)
                        aside().print(said, style="red", soft_wrap=True)
        return step

    def _tell(self, last: Standing, seconds: float) -> None:
        done, failed = last.count("done"), last.count("failed")
        stopped = last.count("stopped")
        if self.as_json:
            numbers = {"total": len(last.plan.items), "done": done, "failed": failed}
            about = {"batch": last.batch.id, "out": str(self.out), **numbers}
            print_json({**about, "cancelled": stopped, "seconds": round(seconds, 3)})
            return
        ended = f"{self.out}: {done:,} of {counted(len(last.plan.items), 'document')} done"
        ended += f", {failed} failed" if failed else ""
        ended += f", {stopped} cancelled" if stopped else ""
        people().print(f"{ended}, in {duration(seconds)}.")


def _to_say(standing: Standing) -> Iterator[tuple[str, str]]:
    """What went wrong so far, each with a mark by which it is known to have been said."""
    for mark, failure in standing.failures().items():
        yield mark, f"{failure.shown}: {failure.sentence}"
    if standing.complaint:
        yield standing.complaint, f"{AGAIN} {standing.complaint}"


def _check_questions(made: Plan, task: dict[str, Any]) -> None:
    """End with exit code 2 where a document would be asked nothing."""
    without = [item for item in made.items if not item.questions]
    if made.kind == "ask" and not task["questions"] and without:
        raise typer.BadParameter("What to ask? Say --questions FILE, or --question TEXT.")
