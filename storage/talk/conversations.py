"""The conversations of a library: every method is one transaction, as those of Library are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage import database
from storage.ids import new_id
from storage.talk import (
    Backdrop,
    ConversationRecord,
    NewConversation,
    NewTurn,
    TurnRecord,
    TurnState,
    backdrops,
    finding,
    keeping,
    states,
    ties,
    turns,
)


@dataclass(frozen=True, slots=True)
class Conversations:
    """What was talked about the owner's documents; `Library.conversations` gives it.

    Every method may raise NotFound for a conversation that is not the owner's.
    """

    opened: database.Database
    clock: Callable[[], datetime]

    def begin(
        self, new: NewConversation, turn: NewTurn, state: TurnState | None
    ) -> ConversationRecord:
        """Store a conversation with its first turn; NotFound where a document is gone."""
        with self.opened.writing() as connection:
            now, conversation_id = self.clock(), new_id()
            number = keeping.begin(connection, new, conversation_id, now)
            turns.add_turn(connection, number, 0, turn, state, now)
            return finding.find(connection, new.owner, conversation_id)

    def add_turn(
        self, owner: str, conversation_id: str, index: int, turn: NewTurn, state: TurnState | None
    ) -> ConversationRecord:
        """Store the turn that follows the first `index` ones.

        Raises StaleConversation where the conversation does not have just so many.
        """
        with self.opened.writing() as connection:
            number = finding.number_of(connection, owner, conversation_id)
            turns.add_turn(connection, number, index, turn, state, self.clock())
            return finding.find(connection, owner, conversation_id)

    def replace_last(
        self, owner: str, conversation_id: str, index: int, turn: NewTurn, state: TurnState | None
    ) -> ConversationRecord:
        """Store a turn in the place of the last one, before which there are `index`.

        Raises StaleConversation where the last one is another.
        """
        with self.opened.writing() as connection:
            number = finding.number_of(connection, owner, conversation_id)
            turns.replace_last(connection, number, index, turn, state, self.clock())
            return finding.find(connection, owner, conversation_id)

    def list(self, owner: str, words: Sequence[str] = ()) -> tuple[ConversationRecord, ...]:
        """The owner's conversations in which all these words stand, the one changed last first."""
        with self.opened.reading() as connection:
            ids = finding.holding(connection, owner, words) if words else None
            every = finding.of_owner(connection, owner)
            return tuple(each for each in every if ids is None or each.id in ids)

    def of_document(self, owner: str, document_id: str) -> tuple[ConversationRecord, ...]:
        """Those that are about a document or quote it, and go when it is deleted."""
        with self.opened.reading() as connection:
            tied = ties.tied_to(connection, document_id)
            return tuple(each for each in finding.of_owner(connection, owner) if each.id in tied)

    def find(self, owner: str, key: str) -> ConversationRecord:
        """The conversation of this id, unique prefix of it (4 characters or more), or title.

        Raises NotFound, or AmbiguousName with the conversations that fit.
        """
        with self.opened.reading() as connection:
            return finding.find(connection, owner, key)

    def turns(self, owner: str, conversation_id: str) -> tuple[TurnRecord, ...]:
        """The turns in order, without their states."""
        with self.opened.reading() as connection:
            number = finding.number_of(connection, owner, conversation_id)
            return turns.turns_of(connection, number)

    def state_after(self, owner: str, conversation_id: str, index: int) -> TurnState | None:
        """The state after a turn; None where none is kept, or what is kept is damaged."""
        with self.opened.reading() as connection:
            number = finding.number_of(connection, owner, conversation_id)
            return states.state_after(connection, number, index)

    def keep_states(
        self, owner: str, conversation_id: str, made: Sequence[tuple[int, TurnState]]
    ) -> None:
        """Put states that were made again in the place of those of these turns."""
        with self.opened.writing() as connection:
            number = finding.number_of(connection, owner, conversation_id)
            states.keep_states(connection, number, made)

    def cut(self, owner: str, conversation_id: str, left: int) -> None:
        """Remove all turns but the first so many; with none left the conversation is removed."""
        with self.opened.writing() as connection:
            keeping.cut(connection, finding.number_of(connection, owner, conversation_id), left)
        self.opened.tidy()

    def branch(self, owner: str, conversation_id: str, count: int) -> ConversationRecord:
        """A new conversation that shares the first so many turns of another, states included.

        Raises ValueError where the other one has fewer, or none is to be shared.
        """
        with self.opened.writing() as connection:
            source = finding.find(connection, owner, conversation_id)
            if not 1 <= count <= source.turns:
                raise ValueError(f"{count} turns of a conversation that has {source.turns}")
            branched = new_id()
            keeping.branch(connection, source, count, branched, self.clock())
            return finding.find(connection, owner, branched)

    def rename(self, owner: str, conversation_id: str, title: str) -> ConversationRecord:
        """Give a conversation another title."""
        with self.opened.writing() as connection:
            keeping.rename(connection, finding.number_of(connection, owner, conversation_id), title)
            return finding.find(connection, owner, conversation_id)

    def delete(self, owner: str, conversation_id: str) -> None:
        """Remove a conversation with every trace of its words; those that branched off stay."""
        with self.opened.writing() as connection:
            keeping.remove(connection, [finding.number_of(connection, owner, conversation_id)])
        self.opened.tidy()

    def backdrop(self, document_id: str, weights: str, tokenizer: str) -> Backdrop | None:
        """How far a model that writes has read a document; None where not, or damaged."""
        with self.opened.reading() as connection:
            return backdrops.of_document(connection, document_id, weights, tokenizer)

    def keep_backdrop(self, document_id: str, backdrop: Backdrop) -> None:
        """Keep how far a model that writes has read a document, in place of what was kept."""
        with self.opened.writing() as connection:
            backdrops.keep(connection, document_id, backdrop)
