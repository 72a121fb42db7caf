"""`readonce jobs`, `readonce batch` from the command line, and the journal of a worker."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.batch.stored import reread
from app.cli import app
from app.service import Service, open_service
from app.settings import Settings
from pipelines.document import Upload
from retnet_core.errors import StateMismatch
from storage.records import DocumentRecord
from tests.app.making import long_text
from tests.app.test_worker import until, working


def readonce(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def told(*arguments: str) -> Any:  # noqa: ANN401
    ended = readonce(*arguments, "--json")
    assert ended.exit_code == 0, ended.stdout
    return json.loads(ended.stdout)


def test_jobs_are_listed_shown_cancelled_and_put_back(service: Service) -> None:
    job = service.library.queue.enqueue("local", "a.txt", b"A short text.")
    service.library.queue.enqueue("somebody else", "hidden.txt", b"x")
    (listed,) = told("jobs", "list")
    assert (listed["job"], listed["status"]) == (job.id, "waiting")
    assert told("jobs", "cancel", job.id[:6]) == {"cancelled": 1}
    assert told("jobs", "show", job.id)["status"] == "stopped"
    assert "cancelled" in readonce("jobs", "show", job.id).stdout
    assert told("jobs", "retry", job.id) == {"put_back_in_line": 1}
    assert readonce("jobs", "retry", job.id).exit_code == 1
    assert readonce("jobs", "show", "ffffffffffff").exit_code == 1
    with working(service):
        assert readonce("jobs", "watch", job.id).stdout.splitlines()[-1].endswith(": done")


def test_a_batch_ends_with_three_where_some_failed_and_with_two_where_it_is_not_clear(
    service: Service, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(long_text(2))
    (tmp_path / "in" / "empty.txt").touch()
    inside, out = str(tmp_path / "in"), str(tmp_path / "o.jsonl")
    assert readonce("batch", "ask", inside, "--out", out).exit_code == 2
    assert readonce("batch", "add", inside, "--out", f"{out}.pdf").exit_code == 2
    assert readonce("batch", "add", str(tmp_path / "nowhere*"), "--out", out).exit_code == 1
    service.library.queue.beat("w")  # or the command would start a worker of its own
    with working(service):
        ended = readonce("batch", "add", inside, "--out", out, "--json")
        assert ended.exit_code == 3
        last = json.loads(ended.stdout.splitlines()[-1])
        assert (last["total"], last["done"], last["failed"]) == (2, 1, 1)
        assert "empty" in ended.stderr
        shown = told("jobs", "show", last["batch"])
        assert (shown["done"], shown["failed"], len(shown["jobs"])) == (1, 1, 2)
        summary = readonce("batch", "summarize", f"{inside}/a.txt", "--out", f"{tmp_path}/s.md")
        assert summary.exit_code == 0, summary.stdout
    lines = (settings.logs / "jobs.jsonl").read_text()
    assert [json.loads(line)["event"] for line in lines.splitlines()].count("done") == 2
    for word in ("empty.txt", "a.txt", "chronicle", "Marden"):
        assert word not in lines


def test_after_a_change_of_the_model_all_is_read_again_once(
    service: Service, settings: Settings, other_reader_folder: Path
) -> None:
    for number in (3, 60):
        list(service.add(Upload(f"{number}.txt", long_text(number).encode())))
    old = {each.id: each.weights_fingerprint for each in service.list()}
    assert told("jobs", "reread", "--all")["in_line"] == 0
    other = settings.model_copy(update={"model": other_reader_folder})
    os.environ["READONCE_MODEL"] = str(other_reader_folder)  # the fixture puts it back
    first = told("jobs", "reread", "--all")
    assert (first["in_line"], first["read"]) == (2, 0)
    claimed = service.library.queue.claim("w")
    assert claimed is not None
    assert told("jobs", "reread", "--all") == first
    assert service.library.queue.holds(claimed[0]), "what is under way was begun anew"
    service.library.queue.say_goodbye("w")
    assert told("jobs", "reread", "60") == {**first, "in_line": 1}
    assert readonce("jobs", "reread").exit_code == 2
    assert len(service.library.queue.jobs_of(first["batch"])) == 2
    assert "in line to be read again" in readonce("jobs", "reread", "--all").stdout
    with open_service(other) as newer, working(newer):
        assert readonce("jobs", "watch", first["batch"]).exit_code == 0
    assert not any(old[each.id] == each.weights_fingerprint for each in service.list())
    assert all(each.finished for each in service.list())
    again = told("jobs", "reread", "--all")
    assert (again["in_line"], again["read"], again["batch"]) == (0, 2, first["batch"])
    assert sum(job.fence for job in service.library.queue.jobs_of(first["batch"])) == 3


def test_a_worker_with_another_model_does_not_take_a_rereading_for_done(
    service: Service, settings: Settings, other_reader_folder: Path
) -> None:
    list(service.add(Upload("a.txt", long_text(3).encode())))
    with open_service(settings.model_copy(update={"model": other_reader_folder})) as newer:
        batch = reread(newer, newer.list()).batch
        with working(service):
            until(lambda: bool(service.library.queue.counts(batch.id).get("failed")))
        (job,) = service.library.queue.jobs_of(batch.id)
        assert (job.fault, "another model" in job.message) == ("OtherModel", True)
        assert told("jobs", "retry", batch.id) == {"put_back_in_line": 1}
        with working(newer):
            until(lambda: bool(service.library.queue.counts(batch.id).get("done")))


def quotes(service: Service, document: DocumentRecord, question: str) -> list[str]:
    answer = service.ask(document, question)
    return [each.sentence for each in answer.citations]


def test_the_model_that_read_a_document_answers_until_another_has_read_it(
    service: Service, settings: Settings, other_reader_folder: Path
) -> None:
    list(service.add(Upload("a.txt", long_text(60).encode())))
    document, question = service.show("a"), "Who opened the first school?"
    before = quotes(service, document, question)
    with open_service(settings.model_copy(update={"model": other_reader_folder})) as newer:
        steps = newer.read(newer.show("a"))
        next(steps)
        assert not service.show("a").finished
        assert quotes(service, service.show("a"), question) == before
        assert readonce("ask", "a", question, "--json").exit_code == 0  # and reads nothing itself
        assert newer.show("a").weights_fingerprint == newer.reader.weights_fingerprint
        list(steps)
        with pytest.raises(StateMismatch, match="read by another model"):
            service.ask(service.show("a"), question)
        assert newer.ask(newer.show("a"), question).citations
