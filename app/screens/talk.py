"""Which conversation the address names, and what of it is looked at.

Every turn is stored before it is drawn, so nothing of it hangs on the browser or on this run of
the script.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.conversing import About
from app.screens import memory
from app.screens.memory import PLACE, TALK, TURN
from app.screens.visit import Visit
from storage.errors import NotFound
from storage.talk import ConversationRecord, Quote, TurnRecord


@dataclass(frozen=True, slots=True)
class Talk:
    """What is talked about, and the conversation that the address names, if any.

    unpaged: the documents that are quoted and have no pages.
    """

    about: About
    record: ConversationRecord | None = None
    turns: tuple[TurnRecord, ...] = ()
    unpaged: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """Tells the widgets of one talk from those of another."""
        return "all" if self.about.everything else "-".join(self.about.document_ids)

    @property
    def chosen(self) -> TurnRecord | None:
        """The turn of the address, or else the last one."""
        number = memory.counted(TURN)
        if 1 <= number <= len(self.turns):
            return self.turns[number - 1]
        return self.turns[-1] if self.turns else None

    @property
    def quote(self) -> Quote | None:
        """The quote that is shown in its place: that of the address, or the turn's first."""
        turn = self.chosen
        quotes = turn.turn.quotes if turn else ()
        number = memory.counted(PLACE)
        if 1 <= number <= len(quotes):
            return quotes[number - 1]
        return quotes[0] if quotes else None


def talk_of(who: Visit, about: About) -> Talk:
    """The conversation of the address, if it is the visitor's own and is about the same."""
    key = memory.query(TALK)
    if key:
        try:
            record = who.service.talks.find(key)
        except NotFound:
            record = None
        if record is not None and record.id == key and fits(record, about):
            turns = who.service.talks.turns(record)
            return Talk(about, record, turns, _unpaged(who, turns))
        memory.address({TALK: "", TURN: "", PLACE: ""})
    return Talk(about)


def _unpaged(who: Visit, turns: tuple[TurnRecord, ...]) -> frozenset[str]:
    quoted = {quote.document_id for turn in turns for quote in turn.turn.quotes}
    found = who.service.library.some(who.owner, sorted(quoted)) if quoted else ()
    return frozenset(each.id for each in found if each.media_type != "application/pdf")


def fits(record: ConversationRecord, about: About) -> bool:
    """Whether a conversation is about just these documents."""
    if about.everything or record.everything:
        return about.everything and record.everything
    return set(record.document_ids) == set(about.document_ids)
