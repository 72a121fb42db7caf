from __future__ import annotations

import socket
import urllib.error
import urllib.request

import pytest

from app.errors import PortTaken
from app.metrics import serve_metrics
from app.service import Service


def test_the_numbers_of_the_work_are_served_without_a_word_of_a_document(service: Service) -> None:
    service.library.queue.enqueue("local", "private.txt", b"secret text")
    service.library.queue.beat("w")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with serve_metrics(service, "127.0.0.1", port):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            text = answer.read().decode()
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/library.db")
        with pytest.raises(PortTaken), serve_metrics(service, "127.0.0.1", port):
            pass
    assert 'readonce_jobs{kind="add",status="waiting"} 1\n' in text
    assert "readonce_workers_alive 1\n" in text
    assert "private" not in text
    assert "secret" not in text
    numbers = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(float(line.rsplit(" ", 1)[1]) >= 0 for line in numbers)
