"""Workers side by side that are kept alive by what started them, and end with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from app.settings import Settings
from app.supervisor import Supervisor


class Crew:
    """So many worker processes, each with the model; whose is what their logs are called after."""

    def __init__(self, settings: Settings, whose: str, count: int) -> None:
        self._supervisors = tuple(
            Supervisor(settings, f"{whose}-{number}", count) for number in range(1, count + 1)
        )

    @property
    def complaint(self) -> str:
        """Why a worker ended, in a sentence, where one did by itself and said so."""
        return next((each.complaint for each in self._supervisors if each.complaint), "")

    @property
    def pids(self) -> tuple[int, ...]:
        """The process of each worker now."""
        return tuple(each.process.pid for each in self._supervisors)

    def stop(self) -> None:
        """End all at once; what they were doing goes on with whoever works next."""
        if self._supervisors:
            with ThreadPoolExecutor(len(self._supervisors)) as pool:
                list(pool.map(Supervisor.stop, self._supervisors))
