"""Which documents of a library are asked: by words of the title and by the day they were added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fnmatch import translate
from re import compile as compiled

from storage.scopes import Scope


@dataclass(frozen=True, slots=True)
class Choice:
    """Documents whose title fits and that were added from `since` on and before `before`.

    title: a part of the title, or a pattern of the whole title with * and ?; case does not count.
    A moment without a zone is one of this computer's.
    """

    title: str = ""
    since: datetime | None = None
    before: datetime | None = None

    def fits(self, title: str, added_at: datetime) -> bool:
        """Whether a document of this title, added at this moment, is chosen."""
        return (
            (not self.title or self._names(title))
            and (self.since is None or added_at >= self.since.astimezone())
            and (self.before is None or added_at < self.before.astimezone())
        )

    def _names(self, title: str) -> bool:
        wanted, folded = self.title.casefold(), title.casefold()
        if any(sign in wanted for sign in "*?["):
            return compiled(translate(wanted)).match(folded) is not None
        return wanted in folded


def chosen(scope: Scope, choice: Choice) -> Scope:
    """The documents of a scope that are chosen."""
    if choice == Choice():
        return scope
    return scope.only([choice.fits(each.title, each.added_at) for each in scope.documents])
