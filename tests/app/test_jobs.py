"""`readonce jobs`, `readonce batch` from the command line, and the journal of a worker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from app.cli import app
from app.service import Service
from app.settings import Settings
from tests.app.making import long_text
from tests.app.test_worker import working


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
