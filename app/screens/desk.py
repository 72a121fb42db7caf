"""What all visitors of the page share: the service, the worker and the read-only model."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

import streamlit as st

from app.answering import Answerings
from app.crew import Crew
from app.first_questions import FirstQuestions
from app.service import Service, open_service
from app.settings import Settings, read_settings
from app.turns import Turns
from app.unanswered import Unanswered
from storage.errors import StorageError

KEPT_AWAY = timedelta(seconds=30)
"""How long a document that was deleted on the page can be taken back."""
_SWEEPS = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """turns: one step of an answer at a time, and the model is loaded once."""

    service: Service
    crew: Crew
    turns: Turns = field(default_factory=Turns)
    answerings: Answerings = field(init=False)
    first_questions: FirstQuestions = field(init=False)
    closing: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        object.__setattr__(self, "answerings", Answerings(self.unanswered, self.turns))
        object.__setattr__(self, "first_questions", FirstQuestions(self.turns))

    @property
    def unanswered(self) -> Unanswered:
        return Unanswered(self.service.settings.home)

    def load_reader(self) -> None:
        """Load the model before the first question; a fault is told when the question comes."""
        place = self.turns.place()
        with suppress(Exception), self.turns.turn(place):
            _ = self.service.voice
        self.turns.leave(place)

    def sweep(self) -> None:
        """Delete, until the desk is closed, what was put away and nobody took back."""
        while not self.closing.wait(_SWEEPS):
            with suppress(StorageError):  # tried again, and told to who opens the page
                if self.service.library.shelf.sweep(KEPT_AWAY):
                    self.unanswered.forget_gone(self.service.library)

    def close(self) -> None:
        self.closing.set()
        self.answerings.stop_all()
        self.first_questions.stop()
        self.crew.stop()
        self.service.close()

    @property
    def complaint(self) -> str:
        """Why a worker ended, in a sentence, where one did by itself and said so."""
        return self.crew.complaint


def desk() -> Desk:
    """The desk for the settings of this process; may raise BadSettings, StorageError, OSError."""
    return _desk(read_settings())


@asynccontextmanager
async def opened(_: object) -> AsyncIterator[None]:
    """Open the desk before the server answers: what waits is read though nobody looks yet."""
    await asyncio.to_thread(_open)
    yield


def _open() -> None:
    with suppress(Exception):  # told on the page, where it is tried again
        desk()


@st.cache_resource(
    show_spinner=False,
    hash_funcs={Settings: Settings.model_dump_json},
    on_release=Desk.close,
)
def _desk(settings: Settings) -> Desk:
    service = open_service(settings)
    service.ensure_sample()
    shared = Desk(service, Crew(settings, "page", settings.workers))
    for task in (shared.load_reader, shared.sweep):
        threading.Thread(target=task, daemon=True).start()
    return shared
