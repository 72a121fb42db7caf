"""What one file may take of the machine while it is opened in a process of its own."""

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """memory in bytes that are resident, cpu_seconds and seconds of the clock, for each file.

    page_seconds, of a processor too, is what one page of a PDF may take; a page that takes more, or
    the memory, is passed over.
    memory counts the file itself too; the system's own limit on data is set to the same number
    where there is one (Linux), and elsewhere (macOS, Windows) the memory is only watched.
    """

    memory: int = 512 * MEGABYTE
    cpu_seconds: int = 300
    seconds: float = 600.0
    page_seconds: int = 20
