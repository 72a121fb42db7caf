"""`readonce worker`: do what waits in the library, until told to end."""

from __future__ import annotations

import signal
import threading
from contextlib import ExitStack
from types import FrameType
from typing import Annotated

import typer

from app.commands.options import AsJson, Device, settings_now
from app.crew import Crew
from app.metrics import serve_metrics
from app.output import aside, errors_told, people, print_json
from app.service import open_service
from app.wording import counted

_LOOK = 1.0
AGAIN = "A worker ended, and is started again:"

Concurrency = Annotated[
    int, typer.Option("--concurrency", min=1, help="So many processes, each with the model.")
]
MetricsPort = Annotated[
    int, typer.Option("--metrics-port", min=0, max=65535, help="Serve numbers here; 0 does not.")
]
MetricsAddress = Annotated[
    str, typer.Option("--metrics-address", help="Where the numbers can be reached from.")
]


def worker(
    concurrency: Concurrency = 1,
    device: Device = None,
    metrics_port: MetricsPort = 0,
    metrics_address: MetricsAddress = "127.0.0.1",
    as_json: AsJson = False,
) -> None:
    """Do what the web page and batches hand in, here or on any machine that reaches the library.

    Ctrl-C ends it: what is under way is given back, and goes on elsewhere from its last step.
    """
    settings = settings_now(as_json=as_json, device=device)
    ended = threading.Event()
    _end_on_signal(ended)
    with errors_told(settings, as_json=as_json), ExitStack() as running:
        service = running.enter_context(open_service(settings))
        service.require_device()
        if metrics_port:
            running.enter_context(serve_metrics(service, metrics_address, metrics_port))
        crew = Crew(settings, "worker", concurrency)
        running.callback(crew.stop)
        if as_json:
            print_json({"workers": concurrency, "metrics_port": metrics_port or None})
        else:
            people().print(f"{counted(concurrency, 'worker')} at work. Ctrl-C ends.")
        _tell_complaints(crew, ended)


def _tell_complaints(crew: Crew, ended: threading.Event) -> None:
    """Say why workers end by themselves, each reason once, until told to end."""
    told = ""
    while not ended.wait(_LOOK):
        if crew.complaint not in ("", told):
            aside().print(f"{AGAIN} {crew.complaint}", style="red", soft_wrap=True)
        told = crew.complaint


def _end_on_signal(ended: threading.Event) -> None:
    def handler(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, handler)
    signal.signal(signal.SIGINT, handler)
