"""Whole batches with a worker in a thread: what is done once, again, first and not at all."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.batch.inputs import items_of
from app.batch.plan import Plan, plan
from app.batch.running import Standing, run
from app.service import Service
from storage.work import JobRecord
from tests.app.making import long_text
from tests.app.test_worker import state_of, until, working

pytestmark = pytest.mark.each_backend(slow=True)

TASK = {"questions": [{"question": "Who opened the school?"}, {"question": "When?"}]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "in"
    for name, text in (("a.txt", long_text(3)), ("b.txt", long_text(4)), ("empty.txt", "")):
        (inside / name).parent.mkdir(exist_ok=True)
        (inside / name).write_text(text)
    (inside / "sub").mkdir()
    (inside / "sub" / "a.txt").write_text(long_text(2))  # the name of another file
    return inside


def planned(folder: Path, kind: str = "ask") -> Plan:
    task: dict[str, Any] = TASK if kind == "ask" else {}
    return plan(kind, items_of([str(folder)]), folder.parent / "out.jsonl", task)  # type: ignore[arg-type]


def steps(
    service: Service, made: Plan, *, retry_failed: bool = False, overwrite: bool = False
) -> Iterator[Standing]:
    """A batch whose workers are the test's own."""
    return run(service, made, workers=0, retry_failed=retry_failed, overwrite=overwrite)


def done(service: Service, made: Plan, *, retry_failed: bool = False) -> Standing:
    with working(service):
        *_, last = steps(service, made, retry_failed=retry_failed)
    return last


def results(made: Plan) -> list[dict[str, Any]]:
    return [json.loads(line) for line in made.out.read_text(encoding="utf-8").splitlines()]


def takes(last: Standing) -> dict[str, int]:
    """How often each file was taken by a worker."""
    return {job.file_name: job.fence for job in last.jobs.values()}


def test_every_file_has_its_results_in_order_and_a_bad_one_is_passed_over(
    service: Service, folder: Path
) -> None:
    made = planned(folder)
    last = done(service, made)
    found = results(made)
    assert [Path(line["file"]).name for line in found] == [
        *("a.txt", "a.txt", "b.txt", "b.txt", "empty.txt", "a.txt", "a.txt")
    ]
    assert [line.get("question") for line in found[:2]] == ["Who opened the school?", "When?"]
    assert found[4]["kind"] == "UnreadableFile"
    assert "empty" in found[4]["error"]
    assert (last.count("done"), last.count("failed")) == (3, 1)
    assert len(service.list()) == 3, "files of one name replaced each other"
    again = done(service, made)  # the same command once more
    assert results(made) == found
    assert [job.fence for job in again.jobs.values()] == [job.fence for job in last.jobs.values()]


def test_a_changed_file_is_done_again_and_a_failed_one_when_that_is_asked_for(
    service: Service, folder: Path
) -> None:
    made = planned(folder, "add")
    done(service, made)
    (folder / "b.txt").write_text(long_text(6))
    before = {line["file"]: line for line in results(made)}
    last = done(service, made, retry_failed=True)
    after = {line["file"]: line for line in results(made)}
    changed = {Path(name).name for name in before if before[name] != after[name]}
    assert changed == {"b.txt"}
    by_item = {Path(str(job.item)).name: job for job in last.jobs.values()}
    assert by_item["empty.txt"].fence == 2
    assert by_item["b.txt"].fence == 2


def test_a_file_that_cannot_be_opened_is_named_and_the_others_are_done(
    service: Service, folder: Path
) -> None:
    (folder / "gone.txt").symlink_to(folder / "nowhere")
    made = planned(folder, "add")
    last = done(service, made)
    told = {Path(line["file"]).name: line for line in results(made)}
    assert told["gone.txt"]["kind"] == "FileNotFoundError"
    assert last.count("done") == 3
    assert {Path(each.shown).name for each in last.failures().values()} == {"empty.txt", "gone.txt"}


def test_a_batch_that_is_left_goes_on_without_its_command(service: Service, folder: Path) -> None:
    made = planned(folder)
    with closing(steps(service, made)) as left:  # type: ignore[type-var]
        first = next(left)
    assert first.count("done") == 0
    assert results(made) == []
    with working(service):
        until(lambda: _over(service, first) == 4)
    *_, last = steps(service, made)  # no worker is needed any more
    assert last.is_over
    assert len(results(made)) == 7


def _over(service: Service, standing: Standing) -> int:
    counts = service.library.queue.counts(standing.batch.id)
    return counts.get("done", 0) + counts.get("failed", 0)


def test_what_is_cancelled_is_named_and_the_same_command_asks_for_it_again(
    service: Service, folder: Path
) -> None:
    made = planned(folder, "add")
    with closing(steps(service, made)) as left:  # type: ignore[type-var]
        first = next(left)
    for job in first.jobs.values() or service.library.queue.jobs_of(first.batch.id):
        service.library.queue.stop("local", job.id)
    *_, last = [*steps_until_over(service, made)]
    assert last.count("done") == 3
    assert "error" not in results(made)[0]


def steps_until_over(service: Service, made: Plan) -> Iterator[Standing]:
    with working(service):
        yield from steps(service, made)


def test_a_persons_file_comes_first_and_what_was_begun_goes_on_from_there(
    service: Service, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "long.txt").write_text(long_text(900))
    made = planned(tmp_path / "in", "add")
    began = threading.Event()
    standing: list[Standing] = []

    def follow() -> None:
        for each in steps(service, made):
            standing.append(each)
            began.set()

    batch = threading.Thread(target=follow)
    batch.start()
    try:
        with working(service):
            until(lambda: any(0 < each.tokens_read < each.tokens for each in service.list()))
            person = service.library.queue.enqueue("local", "person.txt", b"A short text.")
            until(lambda: state_of(service, person).status == "done")
            (job,) = service.library.queue.jobs_of(standing[-1].batch.id)
            assert job.status != "done", "the batch was over before the person came"
            batch.join(60)
    finally:
        batch.join(1)
    (job,) = service.library.queue.jobs_of(standing[-1].batch.id)
    assert (job.status, job.tries) == ("done", 0)
    assert job.fence >= 2
    assert service.show("long").finished


def test_a_clock_that_jumps_changes_no_result(service: Service, folder: Path) -> None:
    class Jumping:
        """Each look is up to twenty days before or after the last."""

        def __init__(self) -> None:
            self.looks = 0

        def __call__(self) -> Any:  # noqa: ANN401
            from datetime import timedelta

            from storage.library import utc_now

            self.looks += 1
            return utc_now() + timedelta(days=(self.looks * 37) % 41 - 20)

    service.library._clock = Jumping()
    made = planned(folder)
    last = done(service, made)
    assert (last.count("done"), last.count("failed")) == (3, 1)
    assert len(results(made)) == 7
    assert all(_once(job) for job in last.jobs.values())


def _once(job: JobRecord) -> bool:
    return job.fence == 1
