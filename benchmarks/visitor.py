"""A visitor of the web page without a browser: streamlit's own messages over its own connection."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.util import calc_hash
from websockets.asyncio.client import ClientConnection, connect

_LARGEST = 64_000_000
_PATIENCE = 1_800.0


@dataclass(slots=True)
class Seen:
    """What the page shows: widget ids by their labels, pieces of HTML, whether it is drawn."""

    inputs: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, str] = field(default_factory=dict)
    html: list[str] = field(default_factory=list)
    drawn: bool = False


class Visitor:
    """One session: it opens pages, asks, and looks again as often as the page tells it to."""

    def __init__(self, address: str, cookie: str = "", patience: float = _PATIENCE) -> None:
        """cookie: what shows the server who this is, where visitors sign in.

        patience: seconds after which the visitor waits no longer, and TimeoutError is raised.
        """
        self._cookie, self._patience = cookie, patience
        self._url = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
        self._place, self._query = "", ""
        self._looking: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self.seen = Seen()

    async def __aenter__(self) -> Visitor:
        self._line: ClientConnection = await connect(
            self._url,
            additional_headers={"Cookie": self._cookie},
            max_size=_LARGEST,
            open_timeout=self._patience,
        )
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._look_no_more()
        self._listening.cancel()
        await self._line.close()

    async def open(self, place: str, query: str, shows: Callable[[Seen], bool]) -> float:
        """Turn to a page; the seconds until it is drawn and shows what it should."""
        self._place, self._query = place, query
        began = time.perf_counter()
        await self._run([])
        return await self._until(shows) - began

    async def ask(self, question: str) -> tuple[float, float]:
        """Ask on the page that is open; the seconds until it is taken, and until it is answered."""
        box = self.seen.inputs["Your question"]
        states = [
            WidgetState(id=box, string_value=question),
            WidgetState(id=self.seen.buttons["Ask"], trigger_value=True),
        ]
        began = time.perf_counter()
        await self._run(states)
        return await self._until(is_taken) - began, await self._until(is_answered) - began

    async def _run(self, states: list[WidgetState]) -> None:
        """Have the page drawn anew."""
        self.seen = Seen()
        self._look_no_more()
        await self._send("", states)

    async def _until(self, shows: Callable[[Seen], bool]) -> float:
        """The time at which the page is drawn and shows something."""
        async with asyncio.timeout(self._patience):
            while not (self.seen.drawn and shows(self.seen)):
                if self._listening.done():
                    self._listening.result()
                    raise ConnectionError("the server has closed the connection")
                self._changed.clear()
                await self._changed.wait()
        return time.perf_counter()

    async def _send(self, fragment: str, states: list[WidgetState]) -> None:
        message = BackMsg()
        run = message.rerun_script
        run.query_string, run.page_name = self._query, self._place
        run.page_script_hash = calc_hash(self._place) if self._place else ""
        run.fragment_id, run.is_auto_rerun = fragment, bool(fragment)
        run.widget_states.widgets.extend(states)
        await self._line.send(message.SerializeToString())

    async def _listen(self) -> None:
        try:
            async for data in self._line:
                message = ForwardMsg()
                message.ParseFromString(data if isinstance(data, bytes) else data.encode())
                self._heed(message)
                self._changed.set()
        finally:
            self._changed.set()

    def _heed(self, message: ForwardMsg) -> None:
        match message.WhichOneof("type"):
            case "new_session" if not message.metadata.run.fragment_ids:
                self._look_no_more()  # the whole page is drawn anew, as in a browser
            case "page_info_changed":
                self._query = message.page_info_changed.query_string
            case "delta":
                self._note(message.delta)
            case "auto_rerun":
                self._look_again(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            case "stop_auto_rerun":
                for fragment in message.stop_auto_rerun.fragment_ids:
                    self._look_no_more(fragment)
            case "script_finished":
                self.seen.drawn |= message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY

    def _note(self, delta: Delta) -> None:
        element = delta.new_element
        match element.WhichOneof("type"):
            case "text_input":
                self.seen.inputs[element.text_input.label] = element.text_input.id
            case "button":
                self.seen.buttons[element.button.label] = element.button.id
            case "html":
                self.seen.html.append(element.html.body)

    def _look_again(self, fragment: str, interval: float) -> None:
        if fragment not in self._looking:
            self._looking[fragment] = asyncio.create_task(self._look(fragment, interval))

    async def _look(self, fragment: str, interval: float) -> None:
        with suppress(ConnectionError):
            while True:
                await asyncio.sleep(interval)
                await self._send(fragment, [])

    def _look_no_more(self, fragment: str = "") -> None:
        """Leave one part of the page as it is, or all."""
        for each in [fragment] if fragment else [*self._looking]:
            if each in self._looking:
                self._looking.pop(each).cancel()


def is_taken(seen: Seen) -> bool:
    """Whether the question stands on the page, answered or on its way."""
    return any('class="asked' in body for body in seen.html)


def is_answered(seen: Seen) -> bool:
    """Whether an answer is on the page, found or not."""
    return any('class="quote' in body or 'class="verdict' in body for body in seen.html)


def can_ask(seen: Seen) -> bool:
    """Whether a question can be asked."""
    return "Your question" in seen.inputs
