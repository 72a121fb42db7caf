"""Writing on as text: in pieces that are never half a character, and never taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from retnet_core.model import RetNet
from retnet_core.writing.sampling import GREEDY, Sampling
from retnet_core.writing.write import ENDLESS, NOTHING, Context, End, Ending, Writing, write_on


class Decodes(Protocol):
    """What turns tokens that come one by one into text."""

    def feed(self, piece: int) -> str: ...

    def close(self) -> str: ...


class Speaks(Protocol):
    """A tokenizer: ours, or that of a published model."""

    def encode(self, text: str) -> list[int]: ...

    def decoder(self) -> Decodes: ...


class Gate:
    """Lets text through up to a stop string; holds back only what may yet become one.

    The stop string that is complete first counts, however the text comes in pieces; of several
    complete with the same character, the longest.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        if isinstance(stops, str) or not all(stops):
            raise ValueError("stop strings are a list, each with at least one character")
        self._stops = tuple(stops)
        self._held = ""  # the longest end of the text with which a stop string begins
        self.stopped = False

    def feed(self, piece: str) -> str:
        """What becomes free with this piece of text: nothing once a stop string is complete."""
        return "".join(self._feed(letter) for letter in piece)

    def close(self) -> str:
        """What was held back, now that no text follows."""
        held, self._held = self._held, ""
        return held

    def _feed(self, letter: str) -> str:
        if self.stopped:
            return ""
        text = self._held + letter
        if found := max((len(stop) for stop in self._stops if text.endswith(stop)), default=0):
            self._held, self.stopped = "", True
            return text[:-found]
        free = 0
        while not any(stop.startswith(text[free:]) for stop in self._stops) and free < len(text):
            free += 1
        self._held = text[free:]
        return text[:free]


class WritingText(Iterator[str]):
    """Pieces of text, each written when it is asked for; joined they are the text.

    That text is what Tokenizer.decode adds for the tokens written to what it gives for those
    before them, up to a stop string. No piece is empty.
    """

    def __init__(self, writing: Writing, decoder: Decodes, gate: Gate) -> None:
        self._writing, self._decoder, self._gate = writing, decoder, gate
        self._closed = False

    @property
    def context(self) -> Context:
        """All that was read and written so far, the tokens of a stop string included.

        See Writing.context. The last token may hold text that was not given yet, or stands behind
        a stop string.
        """
        return self._writing.context

    @property
    def tokens(self) -> tuple[int, ...]:
        """The tokens written so far, those of a stop string included."""
        return self._writing.tokens

    @property
    def end(self) -> End | None:
        """Why the text ended; None as long as more may come."""
        if not self._closed:
            return None
        return "stop" if self._gate.stopped else self._writing.end

    def __next__(self) -> str:
        while not self._closed:
            if piece := self._piece():
                return piece
        raise StopIteration

    def _piece(self) -> str:
        token = next(self._writing, None)
        if token is None:
            self._closed = True
            return self._gate.feed(self._decoder.close()) + self._gate.close()
        piece = self._gate.feed(self._decoder.feed(token))
        self._closed = self._gate.stopped
        return piece


def write_text(
    model: RetNet,
    tokenizer: Speaks,
    prompt: str,
    after: Context = NOTHING,
    *,
    sampling: Sampling = GREEDY,
    ending: Ending = ENDLESS,
    stops: Sequence[str] = (),
) -> WritingText:
    """Read a prompt after a context, then write on until the ending or one of the stop strings.

    The prompt begins a line, as every text that Tokenizer.encode is given. It may be empty where
    the context has unread tokens. Raises ValueError where there is nothing unread at all, and for
    an empty stop string.
    """
    context = after.then(tokenizer.encode(prompt))
    decoder = tokenizer.decoder()
    for token in (*context.recent, *context.unread):
        decoder.feed(token)  # so that it knows whether the text goes on within a line
    return WritingText(write_on(model, context, sampling, ending), decoder, Gate(stops))
