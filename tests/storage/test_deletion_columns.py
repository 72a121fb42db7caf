"""No column of any table keeps a word of a document that was deleted."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import JSON, LargeBinary, String, Text

from storage.checksums import checksum
from storage.library import Library
from storage.schema import Words, metadata
from storage.talk import Backdrop, NewConversation, NewTurn, Quote, TurnState
from storage.work import NewJob
from tests.storage.deleting import as_large, rare_word
from tests.storage.making import add, checkpoint, new_document, new_passages, open_at, snapshot
from tests.storage.soundness import traces

# Columns of words or bytes that hold nothing of a document's own.
WITHOUT_WORDS = {
    *("original.content_hash", "document.content_hash", "document.id", "document.owner"),
    *("document.media_type", "document.pages_without_text", "document.state_checksum"),
    *("document.weights_fingerprint", "document.tokenizer_fingerprint", "layout.document_id"),
    *("layout.page_starts", "passage.document_id", "seal.text", "seal.layout", "seal.passages"),
    *("seal.checksum", "worker.name", "job.id", "job.owner", "job.status"),
    *("document.replaces", "embedding.document_id", "embedding.weights_fingerprint"),
    *("embedding.checksum", "embedding.vectors", "salience.document_id", "salience.counts"),
    *("salience.weights_fingerprint", "salience.checksum", "salience.marks"),
    *("conversation.id", "conversation.owner", "conversation.parent", "conversation.checksum"),
    *("conversation_document.document_id", "turn.checksum", "turn.weights_fingerprint"),
    *("turn.tokenizer_fingerprint", "turn.base", "turn.state_checksum"),
    *("backdrop.document_id", "backdrop.weights_fingerprint", "backdrop.tokenizer_fingerprint"),
    *("backdrop.checksum", "receipt.id", "receipt.owner", "receipt.checksum"),
    *("job.document_id", "job.worker", "job.content_hash", "job.content"),
    *("job.batch_id", "job.kind", "job.result_hash", "job.fault", "job.mark"),
    # What a person asked of many documents belongs to none of them.
    *("batch.id", "batch.owner", "batch.kind", "batch.mark", "batch.out", "batch.task"),
    *(
        f"{table}.{name}"
        for table in ("checkpoint", "snapshot", "anchor")
        for name in ("document_id", "weights_fingerprint", "tokenizer_fingerprint", "checksum")
    ),
}


@pytest.mark.parametrize("size", ["small", "large"])
def test_no_trace_is_left_of_any_column_that_holds_words(tmp_path: Path, size: str) -> None:
    path, chance = tmp_path / "library.db", random.Random(7)
    with open_at(tmp_path) as opened:
        library = opened if size == "small" else as_large(opened)
        add(library, "another document stays ", "beside it")
        words = {name: rare_word(chance) for name in holding_words()}
        record_id = planted(library, words)
        missing = [name for name, word in words.items() if not traces(path, word[4:])]
        assert missing == [], "a column that holds words has none here: plant one"
        library.delete("ann", record_id)
        assert [name for name, word in words.items() if traces(path, word[4:])] == []
        library.compact()
        assert [name for name, word in words.items() if traces(path, word[4:])] == []


def holding_words() -> list[str]:
    """Every column of words or bytes in the schema, but those that hold nothing of a document."""
    return [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.c
        if isinstance(column.type, JSON | LargeBinary | Text | Words | String)
        and f"{table.name}.{column.name}" not in WITHOUT_WORDS
    ]


def planted(library: Library, words: dict[str, str]) -> str:
    """A document and an upload with a word of its own in each column; the document's id."""
    parts = [f"{words['passage.text']} and text. " * 20, "More."]
    title = f"{words['document.title']} {words['document.title_folded']} {words['seal.facts']}"
    new = replace(
        new_document(parts, title=title, content=words["original.content"].encode() * 500),
        file_name=f"{words['document.file_name']}.pdf",
        outline=((1, words["layout.outline"], 0),),
    )
    passages = [replace(part, section=words["passage.section"]) for part in new_passages(parts)]
    record, _ = library.add(new, passages)
    library.shelf.tag("ann", record.id, [words["document.tags"]])
    library.shelf.share("ann", record.id, [words["document.readers"]])
    batch = library.queue.open_batch("ann", "ask", "mark", "out.jsonl", "{}").id
    for number in range(2):
        job = library.queue.hand_in(
            NewJob(
                "ann",
                f"{words['job.file_name']} {words['receipt.file_name']}.pdf",
                new.content,
                batch_id=batch,
                item=f"{words['job.item']} {number}",
                task=f'["{words["job.task"]}"]',
            )
        )
        library.queue.fail(job.id, f"It failed at first: {words['job.message']}")
        library.queue.finish(job.id, record.id, f'["{words["job.result"]}"]')
    exact = checkpoint(20, payload=words["checkpoint.payload"].encode() * 300)
    rounded = snapshot(0, payload=words["snapshot.payload"].encode() * 300)
    held = checkpoint(10, payload=words["anchor.payload"].encode() * 300)
    library.readings.save(record.id, held, None, 1.0, anchored=True)
    library.readings.save(record.id, exact, rounded, 1.0, began=10)
    talked(library, record.id, words)
    return record.id


def talked(library: Library, document_id: str, words: dict[str, str]) -> None:
    """A conversation about the document and a state of a model that writes."""
    quote = Quote(document_id, "", 1, 1, "", words["turn.evidence"], 0, 1, 0, 1, "")
    said = NewTurn(
        words["turn.question"], words["turn.asked"], words["turn.answer"], True, 0.5, 1.0, (quote,)
    )
    payload = words["turn.payload"].encode() * 300
    state = TurnState("w", "t", "b", 1, payload, checksum(payload))
    new = NewConversation("ann", words["conversation.title"], (document_id,))
    library.conversations.begin(new, said, state)
    payload = words["backdrop.payload"].encode() * 300
    kept = Backdrop("w", "t", 1, 10, payload, checksum(payload))
    library.conversations.keep_backdrop(document_id, kept)
