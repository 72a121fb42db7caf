"""New versions of a document: which one a file replaces, and what need not be read again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from storage.library import Library
from storage.records import DocumentRecord, NewPassage, PassageRecord

if TYPE_CHECKING:  # torch takes a second to import, and a list of documents needs none of it
    from retnet_core.checkpoint import LoadedReader


def predecessor(
    library: Library,
    owner: str,
    file_name: str,
    passages: Sequence[NewPassage],
    besides: Collection[str],
) -> str | None:
    """The id of the document that a file of this name is a new version of.

    One document of the name is it; of several, the one that begins most like the new text, if any
    begins like it. besides are the hashes of other files at hand, whose documents stay.
    """
    known = [each for each in library.of_name(owner, file_name) if each.content_hash not in besides]
    if len(known) == 1:
        return known[0].id
    alike = {each.id: unchanged(library.passages(each.id), passages) for each in known}
    best = max(alike, key=alike.__getitem__, default=None)
    return best if best is not None and alike[best] else None


def unchanged(first: Sequence[PassageRecord], second: Sequence[PassageRecord | NewPassage]) -> int:
    """How many passages at the beginning have the same text in both."""
    pairs = zip(first, second, strict=False)
    changed = (index for index, (one, other) in enumerate(pairs) if one.text != other.text)
    return next(changed, min(len(first), len(second)))


def take_over(library: Library, document: DocumentRecord, reader: LoadedReader) -> None:
    """Let an unread new version begin where its text first differs from the earlier one's.

    More exactly: at the last state kept before that place which a reading from the beginning would
    pass through too, so that both end in the same state, bit for bit.
    """
    from pipelines.read import boundaries

    if document.replaces is None or document.tokens_read:
        return
    passages, before = library.passages(document.id), library.passages(document.replaces)
    same = unchanged(before, passages)
    ends_alike = [same] if same == len(before) == len(passages) else []
    library.readings.adopt(
        document.id,
        document.replaces,
        reader.weights_fingerprint,
        reader.tokenizer_fingerprint,
        [*(boundary for boundary in boundaries(passages) if boundary <= same), *ends_alike],
    )
