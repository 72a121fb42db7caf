"""`readonce worker`: do what waits in the library, until told to end."""

from __future__ import annotations

import signal
import threading
from contextlib import ExitStack
from types import FrameType
from typing import Annotated

import typer

from app.commands.options import AsJson, settings_now
from app.metrics import serve_metrics
from app.output import errors_told, people, print_json
from app.service import open_service
from app.supervisor import Supervisor
from app.wording import counted

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
    metrics_port: MetricsPort = 0,
    metrics_address: MetricsAddress = "127.0.0.1",
    as_json: AsJson = False,
) -> None:
    """Do what the web page and batches hand in, here or on any machine that reaches the library.

    Ctrl-C ends it: what is under way is given back, and goes on elsewhere from its last step.
    """
    settings = settings_now(as_json=as_json)
    ended = threading.Event()
    _end_on_signal(ended)
    with errors_told(settings, as_json=as_json), ExitStack() as crew:
        service = crew.enter_context(open_service(settings))
        if metrics_port:
            crew.enter_context(serve_metrics(service, metrics_address, metrics_port))
        for number in range(concurrency):
            name = f"worker-{number}"
            crew.callback(Supervisor(settings, name, concurrency).stop)
        if as_json:
            print_json({"workers": concurrency, "metrics_port": metrics_port or None})
        else:
            people().print(f"{counted(concurrency, 'worker')} at work. Ctrl-C ends.")
        ended.wait()


def _end_on_signal(ended: threading.Event) -> None:
    def handler(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, handler)
    signal.signal(signal.SIGINT, handler)
