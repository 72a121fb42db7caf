"""The readings of a library: every method is one transaction, as those of Library are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from storage import embeddings, saliences, saving, states, versions
from storage.database import Database
from storage.records import CheckpointRecord, EmbeddingRecord, SalienceRecord, SnapshotRecord


@dataclass(frozen=True, slots=True)
class Readings:
    """What readings have come to, and from where each goes on; `Library.readings` gives it."""

    opened: Database

    def save(
        self,
        document_id: str,
        checkpoint: CheckpointRecord,
        snapshot: SnapshotRecord | None,
        seconds: float,
        vectors: EmbeddingRecord | None = None,
        marks: SalienceRecord | None = None,
        *,
        began: int = 0,
        anchored: bool = False,
    ) -> None:
        """Replace the checkpoint, add the snapshot, add seconds to the time of the reading.

        vectors and marks are the embeddings and the sentences of the passages read since the
        checkpoint before: they take the place of all that was kept from their first passage on.
        began is the token at which this step began, which must have been saved; anchored keeps the
        state for later versions of the document.

        Saving the same state twice changes nothing. Raises StaleReading where another process
        has saved a later state of the same weights, or where the document is not counted with the
        state's tokenizer: see recount. A reading by other weights starts anew and keeps the older
        one's states until finish.
        """
        with self.opened.writing() as connection:
            saving.save(
                connection,
                document_id,
                checkpoint,
                snapshot,
                vectors,
                marks,
                seconds,
                began,
                anchored,
            )

    def finish(self, document_id: str, state_checksum: str) -> str:
        """Mark the document as read and drop the states of other weights.

        A new version takes the place of what it replaces: the id under which the document is found
        from now on is returned, and every trace of the earlier text is removed as delete does.
        Raises StaleReading where the saved reading has not reached the last token.
        """
        with self.opened.writing() as connection:
            saving.finish(connection, document_id, state_checksum)
            place = versions.take_place(connection, document_id)
        if place != document_id:
            self.opened.tidy()
        return place

    def forget(self, document_id: str) -> None:
        """Drop every state of a document: what to do after StateDamaged, before reading again."""
        with self.opened.writing() as connection:
            saving.forget(connection, document_id)

    def recount(
        self, document_id: str, tokenizer_fingerprint: str, tokens_by_passage: Sequence[int]
    ) -> None:
        """Count the passages with another tokenizer, before a reading that uses it.

        The states that were kept are dropped, for their places are counted in other tokens; where
        the document is counted with this tokenizer already, nothing changes. Raises ValueError
        unless there is one number for each passage.
        """
        with self.opened.writing() as connection:
            saving.recount(connection, document_id, tokenizer_fingerprint, tokens_by_passage)

    def adopt(
        self,
        document_id: str,
        source_id: str,
        weights_fingerprint: str,
        tokenizer_fingerprint: str,
        boundaries: Collection[int],
    ) -> int:
        """Let an unread document begin where the reading of another was, bit for bit.

        boundaries are indices of passages up to which the two have the same passages, and at which
        a reading saves its state. The tokens that need not be read are returned.
        """
        with self.opened.writing() as connection:
            marks = (weights_fingerprint, tokenizer_fingerprint)
            return versions.adopt(connection, document_id, source_id, *marks, boundaries)

    def checkpoint(
        self, document_id: str, weights_fingerprint: str, tokenizer_fingerprint: str
    ) -> CheckpointRecord | None:
        """The state from which a reading by these weights goes on; may raise StateDamaged."""
        with self.opened.reading() as connection:
            return states.newest_checkpoint(
                connection, document_id, weights_fingerprint, tokenizer_fingerprint
            )

    def snapshot_places(
        self, document_id: str, weights_fingerprint: str, tokenizer_fingerprint: str
    ) -> tuple[int, ...]:
        """After how many tokens each snapshot of a reading stands, in order."""
        with self.opened.reading() as connection:
            return states.snapshot_places(
                connection, document_id, weights_fingerprint, tokenizer_fingerprint
            )

    def snapshot_before(
        self, document_id: str, token: int, weights_fingerprint: str, tokenizer_fingerprint: str
    ) -> SnapshotRecord | None:
        """The latest snapshot with tokens_read <= token; may raise StateDamaged."""
        with self.opened.reading() as connection:
            return states.snapshot_before(
                connection, document_id, token, weights_fingerprint, tokenizer_fingerprint
            )

    def require_sound_embeddings(self, document_id: str, weights_fingerprint: str) -> None:
        """Raise StateDamaged where an embedding of this reading is not what was written."""
        with self.opened.reading() as connection:
            embeddings.RUNS.require_sound(connection, document_id, weights_fingerprint)

    def require_sound_saliences(self, document_id: str, weights_fingerprint: str) -> None:
        """Raise StateDamaged where a salience of this reading is not what was written."""
        with self.opened.reading() as connection:
            saliences.RUNS.require_sound(connection, document_id, weights_fingerprint)
