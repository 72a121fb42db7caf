"""Everything that readonce needs, looked at part by part, with a sentence on what was found."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Literal
from uuid import uuid4

from app.present import explained
from app.service import Service, open_service
from app.settings import SHIPPED_MODEL, Settings, private_folder
from app.watching import SILENT_AFTER
from app.wording import counted, duration, size
from pipelines.apart.extracting import extracting
from pipelines.document import Upload
from pipelines.extract.recognise import PROGRAM, check_languages, is_present
from pipelines.stepping import at_once

Verdict = Literal["well", "note", "problem"]

_LITTLE_DISK = 2_000_000_000
_NO_DISK = 200_000_000
_LITTLE_MEMORY = 1_000_000_000
_PORT = 8501
_LONG = 300.0
_PACKAGES = ("torch", "sqlalchemy", "streamlit", "pypdfium2", "typer")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one part was found to be: well, worth a note, or a problem."""

    part: str
    verdict: Verdict
    sentence: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at every part, each by itself: one that is broken hides none of the others."""
    yield from _guarded("program", settings, _program)
    yield from _guarded("home", settings, _home)
    yield from _guarded("disk", settings, _disk)
    yield from _guarded("memory", settings, _memory)
    yield from _guarded("model", settings, _model)
    yield from _guarded("library", settings, _library)
    yield from _guarded("jobs", settings, _jobs)
    yield from _guarded("files", settings, _files)
    yield from _guarded("recognition", settings, _recognition)
    yield from _guarded("page", settings, _page)


def _guarded(
    part: str, settings: Settings, look: Callable[[Settings], Iterator[tuple[Verdict, str]]]
) -> Iterator[Finding]:
    try:
        for verdict, sentence in look(settings):
            yield Finding(part, verdict, sentence)
    except Exception as error:
        yield Finding(part, "problem", explained(error, settings.logs).sentence)


def _program(_settings: Settings) -> Iterator[tuple[Verdict, str]]:
    missing = [name for name in _PACKAGES if _version(name) is None]
    if missing:
        yield "problem", f"{', '.join(missing)} is missing: install readonce again with pip."
    else:
        found = ", ".join(f"{name} {_version(name)}" for name in _PACKAGES)
        yield "well", f"Python {sys.version.split()[0]}, {found}."


def _version(package: str) -> str | None:
    with suppress(PackageNotFoundError):
        return version(package)
    return None


def _home(settings: Settings) -> Iterator[tuple[Verdict, str]]:
    home = private_folder(settings.home)
    for folder in (home, private_folder(settings.logs)):
        probe = folder / f".{uuid4().hex}"
        probe.write_bytes(b"x")
        probe.unlink()
    if os.name == "posix" and home.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield (
            "note",
            f"{home} can be looked into by other users of this computer: `chmod 700 {home}` keeps"
            " your documents to yourself.",
        )
    else:
        yield "well", f"{home} can be written, and is yours alone."


def _disk(settings: Settings) -> Iterator[tuple[Verdict, str]]:
    free = shutil.disk_usage(settings.home).free
    verdict: Verdict = "well"
    if free < _LITTLE_DISK:
        verdict = "problem" if free < _NO_DISK else "note"
    advice = "" if verdict == "well" else " Make room: reading stops where the disk is full."
    yield verdict, f"{size(free)} free where the library is.{advice}"


def _memory(_settings: Settings) -> Iterator[tuple[Verdict, str]]:
    processors = counted(os.cpu_count() or 1, "processor")
    names = getattr(os, "sysconf_names", {})
    if "SC_AVPHYS_PAGES" not in names:
        yield "well", f"{processors}; this system does not tell how much memory is free."
        return
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if free < _LITTLE_MEMORY:
        advice = "Close other programs, or large files may fail."
        yield "note", f"{processors}, {size(free)} of memory free. {advice}"
    else:
        yield "well", f"{processors}, {size(free)} of memory free."


def _model(settings: Settings) -> Iterator[tuple[Verdict, str]]:
    from retnet_core.checkpoint import load_reader
    from retnet_core.devices import called, device_for, kind_for

    reader = load_reader(settings.model).reader
    parameters = sum(each.numel() for each in reader.parameters())
    which = "shipped" if settings.model == SHIPPED_MODEL else f"at {settings.model}"
    yield "well", f"The model {which} is whole: {parameters / 1e6:.0f} million parameters."
    if reader.embedder is None:
        yield "note", "It has no head for embeddings, so searching goes by words alone."
    device = device_for(settings.device)
    held = kind_for(device, settings.weights)
    yield "well", f"It computes on {called(device)}, its weights held as {held}."


def _library(settings: Settings) -> Iterator[tuple[Verdict, str]]:
    with open_service(settings) as service:
        documents = service.list()
        unread = sum(not document.finished for document in documents)
        where = "on a server" if settings.database_url.startswith("postgres") else "in a file"
        yield "well", f"It is {where} and can be used: {counted(len(documents), 'document')}."
        if unread:
            were = "is" if unread == 1 else "are"
            yield (
                "note",
                f"{unread} of them {were} not read to the end: add the files again to go on.",
            )


def _jobs(settings: Settings) -> Iterator[tuple[Verdict, str]]:
    with open_service(settings) as service:
        numbers = service.library.queue.numbers(SILENT_AFTER)
        waiting = sum(n for (_, status), n in numbers.jobs.items() if status == "waiting")
        failed = sum(n for (_, status), n in numbers.jobs.items() if status == "failed")
        alive = counted(numbers.workers_alive, "worker")
        if waiting and not numbers.workers_alive:
            yield (
                "problem",
                f"{counted(waiting, 'job')} waiting and nobody at work: run `readonce worker`, or"
                " open the page with `readonce ui`.",
            )
        elif waiting and numbers.oldest_waiting > _LONG:
            age = duration(numbers.oldest_waiting)
            yield (
                "note",
                f"{alive} at work, and the oldest of {counted(waiting, 'job')} waits for {age}.",
            )
        else:
            yield "well", f"{alive} at work, {counted(waiting, 'job')} waiting."
        if failed:
            yield "note", f"{counted(failed, 'job')} failed: `readonce jobs list` says why."
        yield from _tried_often(service)


def _tried_often(service: Service) -> Iterator[tuple[Verdict, str]]:
    tries = service.library.queue.numbers(SILENT_AFTER).most_tries
    if tries > 2:
        yield (
            "note",
            f"A file ended {tries - 1} workers: it may need more memory than there is.",
        )


def _files(settings: Settings) -> Iterator[tuple[Verdict, str]]:
    upload = Upload("doctor.html", b"<h1>Doctor</h1><p>All files are opened like this one.</p>")
    document = at_once(extracting(upload, settings.limits, settings.bounds))
    if "opened like this one" not in document.text:
        yield "problem", "A file that was opened to try it came out with another text."
    else:
        memory = size(settings.most_memory_mb * 1_000_000)
        yield "well", f"Files are opened in a process of their own, with at most {memory}."


def _recognition(settings: Settings) -> Iterator[tuple[Verdict, str]]:
    if not settings.ocr:
        yield "well", "Off: pages that are pictures are named. READONCE_OCR=eng would read them."
        return
    if not is_present():
        yield (
            "problem",
            f"READONCE_OCR is {settings.ocr}, and the program {PROGRAM} is not there: install it,"
            " or leave READONCE_OCR empty.",
        )
        return
    check_languages(settings.ocr)
    yield "well", f"{PROGRAM} reads pages that are pictures, in {settings.ocr}."


def _page(_settings: Settings) -> Iterator[tuple[Verdict, str]]:
    with socket.socket() as tried:
        tried.settimeout(1)
        taken = tried.connect_ex(("127.0.0.1", _PORT)) == 0
    if taken:
        yield (
            "note",
            f"Something answers at port {_PORT}: the page of readonce, or another program. In the"
            " latter case `readonce ui` takes the next free one.",
        )
    else:
        yield "well", f"Port {_PORT} is free for `readonce ui`."
