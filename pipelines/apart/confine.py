"""How a process that opens strangers' files ties its own hands, and dies with its parent."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

if sys.platform != "win32":
    import fcntl
    import resource
    import select

_OPEN_FILES = 128
_LARGEST_FILE = 64 * 1024 * 1024
_LOOK = 0.5


def confine(memory: int) -> None:
    """Set what the system itself holds to; nothing on Windows, and no memory on macOS.

    No dump of the memory is written when the process dies: it would hold the document.
    """
    if sys.platform == "win32":
        return
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _lower(resource.RLIMIT_FSIZE, _LARGEST_FILE)
    if sys.platform == "linux":
        _lower(resource.RLIMIT_DATA, memory)


def allow_cpu(seconds: int) -> None:
    """Let the process use so many more seconds of a processor; then the system ends it."""
    if sys.platform == "win32":
        return
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = int(time.process_time()) + 1 + seconds
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def end_with(parent: int) -> None:
    """Look out for the end of the parent; where it has ended this whole group of processes ends."""
    if sys.platform != "linux":
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def watch_pipe(pipe: int, *, watched: bool) -> None:
    """On Linux, have the system end this group of processes as soon as the pipe is closed.

    A signal ends a process however busy it is, which no thread of ours could be sure to do. While
    the pipe is watched nothing may be sent through it.
    """
    if sys.platform != "linux":
        return
    flags = fcntl.fcntl(pipe, fcntl.F_GETFL)
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(pipe, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(pipe, fcntl.F_SETFL, flags | os.O_ASYNC if watched else flags & ~os.O_ASYNC)
    if watched and _is_closed(pipe):  # closed before anybody watched
        end_group()


def end_group() -> None:
    """End this process and those that it started."""
    if sys.platform != "win32":
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)


def _is_closed(pipe: int) -> bool:
    watch = select.poll()
    watch.register(pipe, select.POLLIN)
    return any(event & select.POLLHUP for _, event in watch.poll(0))


def _watch(parent: int) -> None:
    import psutil  # takes a moment to import, and Linux needs none of it here

    while psutil.pid_exists(parent) and os.getppid() == parent:
        time.sleep(_LOOK)
    end_group()


def _lower(which: int, most: int) -> None:
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(which, (most, most))
