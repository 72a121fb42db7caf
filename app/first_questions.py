"""First questions to documents: tried by the model when nobody else wants it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from app.suggesting import MOST, Candidate, best
from app.turns import Turns
from storage.records import DocumentRecord

if TYPE_CHECKING:
    from app.service import Service
    from pipelines.answer import Answer

Made = Callable[[], Sequence[Candidate]]
"""The questions to try, made when their turn has come."""


class FirstQuestions:
    """Those that each document answers; each is tried once in the life of a server."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._lock = threading.Lock()
        self._found: dict[tuple[str, str], tuple[str, ...] | None] = {}
        self._stop = threading.Event()

    def of(self, service: Service, document: DocumentRecord, made: Made) -> tuple[str, ...] | None:
        """The questions; None while they are being tried, which the first call begins."""
        key = document.id, document.state_checksum or ""
        with self._lock:
            if key in self._found:
                return self._found[key]
            self._found[key] = None
        work = (service, document, made, key)
        threading.Thread(target=self._try, args=work, daemon=True).start()
        return None

    def stop(self) -> None:
        """Try no more than the one under way."""
        self._stop.set()

    def _try(
        self, service: Service, document: DocumentRecord, made: Made, key: tuple[str, str]
    ) -> None:
        tried: list[tuple[Candidate, Answer]] = []
        try:
            for candidate in made():
                answer = self._answer(service, document, candidate.question)
                if answer is None:
                    break
                tried.append((candidate, answer))
                if len(best(tried)) >= MOST:
                    break
        except Exception:  # whoever asks is told of it; here nothing is suggested
            tried = []
        self._found[key] = best(tried)

    def _answer(self, service: Service, document: DocumentRecord, question: str) -> Answer | None:
        """The answer as it is quoted, made a step at a time; None where we are to stop."""
        from pipelines.ask import answering

        scope = service.library.scope(service.settings.owner, [document.id])
        place = self._turns.place(last=True)
        try:
            with closing(answering(service.sources(scope), question)) as steps:
                while not self._stop.is_set():
                    with self._turns.turn(place):
                        next(steps)
        except StopIteration as end:
            answer: Answer = end.value
            return answer
        finally:
            self._turns.leave(place)
        return None
