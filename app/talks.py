"""The conversations of one owner: found, read, renamed, cut, branched and deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app import transcript
from app.errors import NothingToUndo
from storage.talk import ConversationRecord, TurnRecord

if TYPE_CHECKING:
    from app.service import Service


class Talks:
    """What was talked about a library's documents; `Service.talks` gives it."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._kept = service.library.conversations
        self._owner = service.settings.owner

    def list(self, words: Sequence[str] = ()) -> tuple[ConversationRecord, ...]:
        """The conversations in which all these words stand, the one changed last first."""
        return self._kept.list(self._owner, words)

    def find(self, key: str) -> ConversationRecord:
        """One conversation by its id, the id's beginning, or its title."""
        return self._kept.find(self._owner, key)

    def turns(self, conversation: ConversationRecord) -> tuple[TurnRecord, ...]:
        """What was asked and answered, in order."""
        return self._kept.turns(self._owner, conversation.id)

    def transcript(self, conversation: ConversationRecord) -> str:
        """A conversation as Markdown, with its citations."""
        return transcript.markdown(self._service, conversation)

    def rename(self, conversation: ConversationRecord, title: str) -> ConversationRecord:
        """Give a conversation another title."""
        return self._kept.rename(self._owner, conversation.id, title)

    def forget(self, conversation: ConversationRecord) -> None:
        """Delete a conversation; those that branched off it stay."""
        self._kept.delete(self._owner, conversation.id)

    def undo(self, conversation: ConversationRecord) -> ConversationRecord | None:
        """The conversation without its last turn; None where that was the only one."""
        if not conversation.turns:
            raise NothingToUndo("Nothing has been asked in this conversation yet.")
        left = conversation.turns - 1
        self._kept.cut(self._owner, conversation.id, left)
        return self.find(conversation.id) if left else None

    def branch(
        self, conversation: ConversationRecord, turns: int | None = None
    ) -> ConversationRecord:
        """A new conversation that begins with the first so many turns of another, or all."""
        count = conversation.turns if turns is None else turns
        if not 1 <= count <= conversation.turns:
            raise NothingToUndo(
                f"This conversation has {conversation.turns} turns: name how many of them the new "
                "one begins with, 1 or more."
            )
        return self._kept.branch(self._owner, conversation.id, count)
