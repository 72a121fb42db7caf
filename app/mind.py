"""The model and what it has looked at, loaded once for all owners."""

from __future__ import annotations

import gc
from functools import cached_property
from typing import TYPE_CHECKING

from app import speaking
from app.settings import Settings

if TYPE_CHECKING:  # torch takes a second to import, and a list of documents needs none of it
    from pipelines.vectors import Vectors
    from retnet_core.checkpoint import LoadedReader
    from retnet_core.voice import Voice


class Mind:
    """What answers: the reader, the embeddings that it has compared, the voice; each made once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def reader(self) -> LoadedReader:
        """The model that reads; InvalidCheckpoint where its folder holds none, NoGpu."""
        from retnet_core.checkpoint import load_reader
        from retnet_core.devices import device_for, kind_for

        device = device_for(self._settings.device)
        held = kind_for(device, self._settings.weights)
        loaded = load_reader(self._settings.model, device, held=held)
        # It stays, and so do the modules that came with it: looking through their 300,000 objects
        # for garbage would take a seventh of a second in every second search of a large library.
        gc.freeze()
        return loaded

    @cached_property
    def vectors(self) -> Vectors:
        """The embeddings looked at so far, kept in memory between questions."""
        from pipelines.vectors import Vectors

        return Vectors()

    @cached_property
    def voice(self) -> Voice:
        """The model that speaks, and in whose states conversations are kept."""
        from retnet_core.voice import reading_voice

        if self._settings.writer:
            return speaking.writing_voice_of(self._settings)
        return reading_voice(self.reader)
