"""The page's side of the worker: start it, and start it again when it has died."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from app.settings import Settings, private_folder

_LOOK = 0.5
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 60.0
_SOUND_AFTER = 30.0
"""A worker that lived so long did not die of how it was started."""
_PATIENCE = 10.0
_TURNS = "1000"


def child_environment(settings: Settings) -> dict[str, str]:
    """Our environment, with the settings made whole and this project importable."""
    root = str(Path(__file__).resolve().parent.parent)
    before = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([root, before] if before else [root])
    return {**os.environ, **settings.environment(), "PYTHONPATH": path}


def threads_of(workers: int) -> dict[str, str]:
    """How many threads each of so many workers computes with, and how these wait for each other.

    What the environment says stays. Threads that wait turn round and round for a moment before
    they let others compute: for so long, by default, that two programs of as many threads as there
    are processors slow each other down to a thirtieth (docs/jobs.md).
    """
    found = {}
    if workers > 1 and "OMP_NUM_THREADS" not in os.environ:
        found["OMP_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // workers))
    if not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & os.environ.keys():
        found["GOMP_SPINCOUNT"] = _TURNS
    return found


class Supervisor:
    """One worker process, kept alive by a thread until stop."""

    def __init__(self, settings: Settings, name: str = "worker", beside: int = 1) -> None:
        """name is that of its log; beside says how many such workers share the processors."""
        self._settings = settings
        self._log = settings.logs / f"{name}.log"
        self._environment = {**child_environment(settings), **threads_of(beside)}
        self._stopping = threading.Event()
        self.complaint = ""
        """Why the last worker ended, in a sentence, where it ended by itself and said so."""
        self.process = self._start()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the worker; what it was reading goes on with the next one."""
        self._stopping.set()
        self._thread.join()
        self._close(self.process)

    def _start(self) -> subprocess.Popen[bytes]:
        private_folder(self._settings.logs)
        with self._log.open("wb") as errors:
            return subprocess.Popen(
                # -P: not whatever is called app in the folder that we were started in
                [sys.executable, "-P", "-m", "app.worker"],
                stdin=subprocess.PIPE,  # closes when this process ends, however it ends
                stdout=subprocess.DEVNULL,
                stderr=None if self._settings.journal == "stderr" else errors,
                env=self._environment,
            )

    def _watch(self) -> None:
        """Replace a worker that died; ever more slowly where one dies after another."""
        pause = _FIRST_PAUSE
        lived = 0.0
        while not self._stopping.wait(_LOOK):
            lived += _LOOK
            if self.process.poll() is None:
                self.complaint = self.complaint if lived < _SOUND_AFTER else ""
                continue
            self.complaint = self._last_words()
            ended_itself = self.process.returncode >= 0  # a signal says nothing about its start
            slower = ended_itself and lived < _SOUND_AFTER
            pause = min(2 * pause, _LONGEST_PAUSE) if slower else _FIRST_PAUSE
            if self._stopping.wait(pause):
                break
            self._close(self.process)
            lived = 0.0
            with suppress(OSError):  # no room, no memory: tried again after a longer pause
                self.process = self._start()

    def _last_words(self) -> str:
        if self.process.returncode != 1:
            return ""  # killed, or told to end: what is in the log is no reason
        with suppress(OSError):
            lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            return lines[-1] if lines else ""
        return ""

    @staticmethod
    def _close(process: subprocess.Popen[bytes]) -> None:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
