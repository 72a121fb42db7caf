"""`readonce verify`: every checksum, count and reference of the library looked through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from app.commands.options import AsJson, settings_now
from app.output import errors_told, people, print_json
from app.service import open_service
from app.verifying import MEANING, Note, find_damage, repair
from app.wording import counted
from storage.damage import Damage

Docs = Annotated[
    list[str] | None,
    typer.Argument(metavar="[DOC]...", help="Left out: the whole library."),
]
Repair = Annotated[bool, typer.Option("--repair", help="Mend what can be mended.")]


def verify(docs: Docs = None, mend: Repair = False, as_json: AsJson = False) -> None:
    """Find what is damaged in the library, say what it means, and mend it with --repair."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json), open_service(settings) as service:
        documents = [service.show(doc) for doc in docs] if docs else None
        checked = len(service.list()) if documents is None else len(documents)
        before = find_damage(service, documents)
        notes = list(repair(service, before, documents)) if mend and before else []
        after = find_damage(service, documents) if mend and before else before
    if as_json:
        print_json(_json(checked, before, after, notes, mended=mend))
    else:
        _print(checked, before, after, notes, mended=mend)
    if after:
        raise typer.Exit(1)


def _json(
    checked: int,
    before: Sequence[Damage],
    after: Sequence[Damage],
    notes: Sequence[Note],
    *,
    mended: bool,
) -> dict[str, Any]:
    return {
        "documents": checked,
        "sound": not after,
        "damaged": [
            {
                "kind": damage.kind,
                "place": damage.place,
                "document": damage.document_id or None,
                "title": damage.title or None,
                "meaning": MEANING[damage.kind],
                "repaired": mended and damage not in after,
            }
            for damage in (*before, *(new for new in after if new not in before))
        ],
        "notes": [
            {"document": note.document_id or None, "title": note.title, "sentence": note.sentence}
            for note in notes
        ],
    }


def _print(
    checked: int,
    before: Sequence[Damage],
    after: Sequence[Damage],
    notes: Sequence[Note],
    *,
    mended: bool,
) -> None:
    for damage in (*before, *(new for new in after if new not in before)):
        where = f"{damage.title} ({damage.document_id}): " if damage.document_id else ""
        people().print(f"{where}{damage.place} [{damage.kind}]")
        people().print(f"    {_outcome(damage, after, mended=mended)}")
    for note in notes:
        about = f"{note.title} ({note.document_id}): " if note.document_id else ""
        people().print(f"{about}{note.sentence}")
    documents = counted(checked, "document")
    if not before:
        people().print(f"All is well: {documents} looked through.")
    elif not mended:
        people().print("`readonce verify --repair` mends what can be mended.")


def _outcome(damage: Damage, after: Sequence[Damage], *, mended: bool) -> str:
    if not mended:
        return MEANING[damage.kind]
    return f"Not mended. {MEANING[damage.kind]}" if damage in after else "Mended."
