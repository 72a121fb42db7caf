"""What all visitors of the page share: the service, the worker and the read-only model."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, field

import streamlit as st

from app.service import Service, open_service
from app.settings import Settings, read_settings
from app.supervisor import Crew


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """lock: one answer at a time, and the model is loaded once."""

    service: Service
    crew: Crew
    lock: threading.Lock = field(default_factory=threading.Lock)

    def load_reader(self) -> None:
        """Load the model before the first question; a fault is told when the question comes."""
        with suppress(Exception), self.lock:
            _ = self.service.reader

    def close(self) -> None:
        self.crew.stop()
        self.service.close()


def desk() -> Desk:
    """The desk for the settings of this process; may raise BadSettings, StorageError, OSError."""
    return _desk(read_settings())


@st.cache_resource(
    show_spinner="Opening the library …",
    hash_funcs={Settings: Settings.model_dump_json},
    on_release=Desk.close,
)
def _desk(settings: Settings) -> Desk:
    service = open_service(settings)
    service.ensure_sample()
    shared = Desk(service, Crew(settings))
    threading.Thread(target=shared.load_reader, daemon=True).start()
    return shared
