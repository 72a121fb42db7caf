"""The numbers of a library's work in the text format of Prometheus, served where asked for.

Everything is counted from the library itself, so one process shows the work of all workers, and
nothing is lost when one of them dies. https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from app.errors import PortTaken
from app.service import Service
from app.watching import SILENT_AFTER
from storage.errors import StorageError
from storage.work import Numbers

_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


@contextmanager
def serve_metrics(service: Service, address: str, port: int) -> Iterator[None]:
    """Answer GET /metrics at a port until the block ends; PortTaken where another program does."""
    try:
        server = ThreadingHTTPServer((address, port), partial(_Handler, service))
    except OSError as error:
        raise PortTaken(
            f"Numbers cannot be served at port {port} of {address}: {error.strerror}. Name another"
            " one with --metrics-port."
        ) from error
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def in_words_of_prometheus(numbers: Numbers) -> str:
    """One line for each number, each kind of number with what it means before it."""
    return "".join(_lines(numbers))


def _lines(numbers: Numbers) -> Iterator[str]:
    yield from _head("readonce_jobs", "Pieces of work by kind and status.")
    for (kind, status), count in sorted(numbers.jobs.items()):
        yield f'readonce_jobs{{kind="{kind}",status="{status}"}} {count}\n'
    plain = (
        ("readonce_workers_alive", "Workers heard of lately.", numbers.workers_alive),
        (
            "readonce_oldest_waiting_seconds",
            "Age of the oldest work that waits.",
            numbers.oldest_waiting,
        ),
        ("readonce_tries_most", "Most tries that work under way has taken.", numbers.most_tries),
        ("readonce_documents", "Documents in the library.", numbers.documents),
        ("readonce_tokens_read", "Tokens read of these documents.", numbers.tokens_read),
        ("readonce_reading_seconds", "Seconds that reading them took.", numbers.read_seconds),
    )
    for name, meaning, value in plain:
        yield from _head(name, meaning)
        yield f"{name} {value:g}\n" if isinstance(value, float) else f"{name} {value}\n"


def _head(name: str, meaning: str) -> Iterator[str]:
    yield f"# HELP {name} {meaning}\n# TYPE {name} gauge\n"


class _Handler(BaseHTTPRequestHandler):
    """Answers /metrics; the service comes first so that it can be bound beforehand."""

    def __init__(self, service: Service, *connection: Any) -> None:  # noqa: ANN401
        self._service = service
        super().__init__(*connection)

    def do_GET(self) -> None:
        if self.path.split("?")[0] != "/metrics":
            self.send_error(404)
            return
        try:
            numbers = self._service.library.queue.numbers(SILENT_AFTER)
        except StorageError:
            self.send_error(503)
            return
        body = in_words_of_prometheus(numbers).encode()
        self.send_response(200)
        self.send_header("Content-Type", _FORMAT)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing is logged for being looked at."""
