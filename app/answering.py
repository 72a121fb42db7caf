"""Answers that are being made, each in a thread of its own that no page can cut short.

A page asks, looks how far the answer is as often as it likes, and may stop it. The turn is stored
by the thread, so an answer comes to its end though nobody looks any more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import closing
from typing import TYPE_CHECKING

from app.steps import how_far, written
from app.turns import Turns
from app.unanswered import Question, Unanswered
from app.wording import counted

if TYPE_CHECKING:
    from app.conversing import Reply
    from app.service import Service
    from pipelines.answer import Step

_KEPT = 60.0
"""Seconds for which an answer that is stored is still known as the one that was waited for."""


class Answering:
    """One question on the way to its answer.

    sentences: what a model has written so far. reply or error is set when it has ended; neither
    where it was stopped. taken: whether a page has shown its end.
    """

    def __init__(self, question: Question, turns: Turns) -> None:
        self.question = question
        self.sentences: tuple[str, ...] = ()
        self.reply: Reply | None = None
        self.error: Exception | None = None
        self.ended_at = 0.0
        self.taken = False
        self._turns, self._place = turns, turns.place()
        self._far = ""
        self._stop = threading.Event()
        self._ended = threading.Event()

    @property
    def ended(self) -> bool:
        return self._ended.is_set()

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()

    @property
    def far(self) -> str:
        """How far it is, in words."""
        if self.stopped:
            return "Stopping"
        before = 0 if self._far else self.before
        if before:
            return f"Waiting for {counted(before, 'answer')} that began before"
        return self._far or "Looking for passages"

    @property
    def before(self) -> int:
        """How many answers have the next turn before this one."""
        return self._turns.before(self._place)

    def stop(self) -> None:
        """Go no further than the step under way; an answer that is stored by then stays."""
        self._stop.set()
        self._turns.leave(self._place)

    def wait(self, seconds: float) -> bool:
        """Whether it ends within so many seconds."""
        return self._ended.wait(seconds)

    def go(self, service: Service) -> None:
        """Answer the question, a step whenever it is our turn."""
        try:
            with closing(self._steps(service)) as steps:
                self._listen(steps)
        except Exception as error:  # told by the page that looks
            self.error = error
        finally:
            self._turns.leave(self._place)
            self.ended_at = time.monotonic()
            self._ended.set()

    def _steps(self, service: Service) -> Generator[Step, None, Reply]:
        asked = self.question
        about = service.talks.find(asked.conversation) if asked.conversation else asked.about
        return (yield from service.conversing(about, asked.text, again=asked.again))

    def _listen(self, steps: Generator[Step, None, Reply]) -> None:
        while True:
            try:
                with self._turns.turn(self._place) as mine:
                    if not mine:
                        return
                    step = next(steps)
            except StopIteration as end:
                self.reply = end.value
                return
            sentence = written(step)
            self.sentences += (sentence,) if sentence else ()
            self._far = how_far(step) or self._far


class Answerings:
    """The answers that one server makes, a step at a time."""

    def __init__(self, kept: Unanswered, turns: Turns) -> None:
        self._kept = kept
        self._turns = turns
        self._known: dict[str, Answering] = {}

    def ask(self, service: Service, question: Question) -> Answering:
        """Keep a question and begin to answer it."""
        self._kept.keep(question)
        self._forget_old()
        answering = Answering(question, self._turns)
        self._known[question.id] = answering
        thread = threading.Thread(target=self._answer, args=(service, answering), daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no room for a thread: nobody is to wait for this place
            answering.stop()
            raise
        return answering

    def of(self, owner: str) -> tuple[Answering, ...]:
        """The owner's answers that are being made, or were a moment ago."""
        return tuple(each for each in [*self._known.values()] if each.question.owner == owner)

    def left(self, owner: str) -> tuple[Question, ...]:
        """The owner's questions that have no answer and are not on the way to one."""
        on_the_way = {each.question.id for each in self.of(owner) if not each.ended}
        return tuple(each for each in self._kept.of(owner) if each.id not in on_the_way)

    def drop(self, owner: str, question_id: str) -> None:
        """Forget a question of the owner's."""
        if any(each.id == question_id for each in self.left(owner)):
            self._kept.drop(question_id)

    def stop_all(self) -> None:
        for each in [*self._known.values()]:
            each.stop()

    def _answer(self, service: Service, answering: Answering) -> None:
        answering.go(service)
        if answering.reply is not None:
            self._kept.drop(answering.question.id)

    def _forget_old(self) -> None:
        before = time.monotonic() - _KEPT
        for key, each in [*self._known.items()]:
            if each.ended and each.ended_at < before:
                self._known.pop(key, None)
