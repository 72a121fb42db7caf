"""The device that is set reaches the model and the workers, or is missed in a sentence."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

import retnet_core.checkpoint
from app.cli import app
from app.doctor import examine
from app.service import Service, open_service
from app.settings import Settings
from app.supervisor import child_environment
from pipelines.document import Upload
from retnet_core.checkpoint import LoadedReader, load_reader
from tests.app.making import long_text
from tests.app.test_worker import until

NO_GPU = "There is no NVIDIA GPU here that torch can use"


@pytest.fixture
def without_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine as one that has no GPU, and its children too."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")


def test_the_model_is_loaded_where_it_is_set(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stand-in takes note of the device, and loads on the processor."""
    asked: list[str] = []

    def standing_in(folder: Path, device: str, held: Any) -> LoadedReader:  # noqa: ANN401
        asked.append(device)
        return load_reader(folder, held=held)

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(retnet_core.checkpoint, "load_reader", standing_in)
    for device in ("auto", "cuda", "cpu"):
        with open_service(settings.model_copy(update={"device": device})) as service:
            list(service.add(Upload("a.txt", long_text(3).encode())))
    assert asked == ["cuda", "cuda", "cpu"]


def test_workers_get_the_device_that_is_set(settings: Settings) -> None:
    on_gpu = settings.model_copy(update={"device": "cuda"})
    assert child_environment(on_gpu)["READONCE_DEVICE"] == "cuda"


@pytest.mark.usefixtures("without_gpu")
@pytest.mark.parametrize(
    "arguments",
    [
        ["worker", "--device", "cuda"],
        ["ask", "a", "Who?", "--device", "cuda"],
        ["ui", "--device", "cuda"],
    ],
    ids=["worker", "ask", "ui"],
)
def test_a_command_says_that_there_is_no_gpu(service: Service, arguments: list[str]) -> None:
    list(service.add(Upload("a.txt", long_text(3).encode())))
    ended = CliRunner().invoke(app, arguments)
    assert ended.exit_code == 1
    assert NO_GPU in " ".join(ended.stderr.split())
    assert "READONCE_DEVICE" not in os.environ


@pytest.mark.usefixtures("without_gpu")
def test_a_worker_without_its_gpu_takes_no_job(service: Service, settings: Settings) -> None:
    from app.crew import Crew

    job = service.library.queue.enqueue("local", "a.txt", b"A short text.")
    crew = Crew(settings.model_copy(update={"device": "cuda"}), "page", 1)
    try:
        until(lambda: NO_GPU in crew.complaint)
    finally:
        crew.stop()
    now = service.library.queue.job(job.id)
    assert (now.status, now.fence) == ("waiting", 0)


@pytest.mark.usefixtures("without_gpu")
def test_the_doctor_says_where_the_model_computes(settings: Settings) -> None:
    found = [each for each in examine(settings) if each.part == "model"]
    assert any("computes on the processor" in each.sentence for each in found)
    wrong = settings.model_copy(update={"device": "cuda"})
    (problem,) = [each for each in examine(wrong) if each.verdict == "problem"]
    assert (problem.part, problem.sentence[: len(NO_GPU)]) == ("model", NO_GPU)


@pytest.mark.gpu
def test_a_document_read_on_a_gpu_is_asked_on_the_processor(settings: Settings) -> None:
    upload = Upload("a.txt", long_text(200).encode())
    with open_service(settings.model_copy(update={"device": "cuda"})) as service:
        list(service.add(upload))
        there = service.ask(service.show("a"), "Who opened the first school?")
    with open_service(settings.model_copy(update={"device": "cpu"})) as service:
        assert service.show("a").finished
        here = service.ask(service.show("a"), "Who opened the first school?")
    assert [each.sentence for each in there.citations] == [each.sentence for each in here.citations]
