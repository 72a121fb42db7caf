"""Conversations to test with: questions, what is said, and the states after them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.conversing import About
from app.service import Service
from storage.talk import ConversationRecord, TurnState

QUESTIONS = ("Who built the mill?", "When did it grind?", "Who crossed by boat in 1921?")


def talked(
    service: Service, about: About | ConversationRecord, questions: Sequence[str]
) -> ConversationRecord:
    """The conversation after these questions."""
    for question in questions:
        about = service.converse(about, question).conversation
    assert isinstance(about, ConversationRecord)
    return about


def states(service: Service, talk: ConversationRecord) -> list[TurnState]:
    kept = service.library.conversations
    found = [kept.state_after(talk.owner, talk.id, index) for index in range(talk.turns)]
    assert None not in found
    return [state for state in found if state is not None]


def said(service: Service, talk: ConversationRecord) -> list[object]:
    """All that the turns hold, but when and how quickly they were answered."""
    return [replace(each.turn, seconds=0.0) for each in service.talks.turns(talk)]
