"""A process of its own for the files of strangers, watched from here and ended from here."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NoReturn

import psutil

from pipelines.apart.bounds import Bounds
from pipelines.apart.framing import BrokenFrame, read_frame, write_frames
from pipelines.apart.messages import (
    MOST_HEAD,
    BadAnswer,
    Begun,
    Unforeseen,
    begun_of,
    head_of,
    raise_told,
    values_of,
)
from pipelines.apart.sentences import beyond_memory, beyond_time, ended, name_in, no_answer
from pipelines.errors import BeyondLimit, UnreadableFile

_ROOT = Path(__file__).resolve().parents[2]
_LOOK = 0.05
_PATIENCE = 5.0
# All that a parser may know of us; the URL of the library, which can hold a password, is not.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "TESSDATA_PREFIX")

Answer = tuple[dict[str, Any], bytes]


class Helper:
    """One child process; close ends it and what it started, and so does the end of this process."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.begun = Begun()
        self._most_seen = 0
        self.process = subprocess.Popen(
            # -P: not whatever is called pipelines in the folder that we were started in
            [sys.executable, "-P", "-m", "pipelines.apart.child", *self._arguments()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=_environment(),
        )

    def ask(
        self, values: Mapping[str, Any], content: bytes, most: int
    ) -> Generator[None, None, Answer]:
        """The answer to one request, of at most so many bytes; yields while it waits.

        BeyondLimit, UnsupportedFile or UnreadableFile; after any of the last two or where the
        caller stops asking the process may be gone: close it.
        """
        answers: queue.SimpleQueue[Answer | None] = queue.SimpleQueue()
        arguments = ((head_of(values), content), most, answers)
        threading.Thread(target=self._exchange, args=arguments, daemon=True).start()
        began = time.monotonic()
        while True:
            try:
                answer = answers.get(timeout=_LOOK)
                break
            except queue.Empty:
                self._look(name_in(values), began)
                yield
        if answer is None:
            self._explain(name_in(values))
        try:
            raise_told(answer[0])
        except Unforeseen as error:
            self._check_memory(name_in(values))
            raise UnreadableFile(str(error)) from None
        return answer

    def close(self) -> None:
        """End the process and those that it started."""
        family = self._family()
        if sys.platform != "win32":
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        for member in family:
            with suppress(psutil.Error):
                member.kill()
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _arguments(self) -> list[str]:
        bounds = self.bounds
        numbers = (bounds.memory, bounds.cpu_seconds, bounds.page_seconds, os.getpid())
        return list(map(str, numbers))

    def _exchange(
        self,
        request: tuple[bytes, bytes],
        most: int,
        answers: queue.SimpleQueue[Answer | None],
    ) -> None:
        """Send a request and put its answer into the queue, None where there is no sound one."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            write_frames(self.process.stdin, request)
            answers.put(self._answer(self.process.stdout, most))
        except (OSError, ValueError, BrokenFrame, BadAnswer):
            answers.put(None)

    def _answer(self, source: IO[bytes], most: int) -> Answer | None:
        """The answer, after whatever was told of pages that were begun."""
        while True:
            head = read_frame(source, MOST_HEAD)
            body = None if head is None else read_frame(source, most)
            if head is None or body is None:
                return None
            values = values_of(head)
            begun = begun_of(values)
            if begun is None:
                return values, body
            self.begun = begun

    def _look(self, name: str, began: float) -> None:
        """Raise BeyondLimit where the process has taken what it may."""
        if time.monotonic() - began > self.bounds.seconds:
            raise BeyondLimit(beyond_time(name, self.bounds.seconds, "on the clock"), "seconds")
        seen = sum(map(_resident, self._family()))
        self._most_seen = max(self._most_seen, seen)
        if seen > self.bounds.memory:
            raise BeyondLimit(beyond_memory(name, self.bounds.memory), "memory")

    def _check_memory(self, name: str) -> None:
        """Raise BeyondLimit where much was taken: for want of more, parsers in C end anyhow."""
        if self._most_seen > self.bounds.memory / 2:
            raise BeyondLimit(beyond_memory(name, self.bounds.memory), "memory")

    def _family(self) -> list[psutil.Process]:
        try:
            first = psutil.Process(self.process.pid)
            return [first, *first.children(recursive=True)]
        except psutil.Error:
            return []

    def _explain(self, name: str) -> NoReturn:
        """Say why there is no answer."""
        try:
            code = self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            raise UnreadableFile(no_answer(name)) from None
        bounds = self.bounds
        if -code == getattr(signal, "SIGXCPU", None):
            of_page = self.begun.of_page
            most = bounds.page_seconds if of_page else bounds.cpu_seconds
            used = beyond_time(name, most, "of a processor", page=of_page)
            raise BeyondLimit(used, "page_seconds" if of_page else "cpu_seconds")
        if -code == getattr(signal, "SIGABRT", None):  # what C++ does where no memory is given
            raise BeyondLimit(beyond_memory(name, bounds.memory), "memory")
        self._check_memory(name)
        raise UnreadableFile(ended(name, code) if code else no_answer(name))


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    path = os.pathsep.join([str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**kept, "PYTHONPATH": path, "PYTHONUTF8": "1", "OMP_THREAD_LIMIT": "1"}
