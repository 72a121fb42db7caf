"""Writing archives: equal documents give equal bytes."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from app.archive import talks
from app.archive.manifest import FORMAT, MANIFEST, VERSION
from app.errors import BadArchive
from app.service import Service
from storage.records import CheckpointRecord, DocumentRecord
from storage.traffic import Departure, State

_Entry = tuple[str, str, bytes, dict[str, int]]
"""Name, role, bytes and more keys."""

_MOMENT = (1980, 1, 1, 0, 0, 0)  # the first that a zip can name


def write_archive(
    service: Service,
    documents: Sequence[DocumentRecord],
    path: Path,
    *,
    with_original: bool,
    with_conversations: bool = True,
) -> None:
    """Write documents with all that was read of them into a new file."""
    told = []
    try:
        with zipfile.ZipFile(path, "x", allowZip64=False) as archive:
            for number, record in enumerate(documents, start=1):
                with service.library.care.departing(record.id) as leaving:
                    parts = _parts(leaving, with_original, with_conversations)
                    told.append(_written(archive, f"documents/{number:05}", leaving.record, parts))
            manifest = {"format": FORMAT, "version": VERSION, "documents": told}
            archive.writestr(_info(MANIFEST), _json(manifest))
    except zipfile.LargeZipFile as error:
        raise BadArchive(
            "An archive holds up to 4 GB and 65,535 files: export fewer documents at once, or "
            "--without-original."
        ) from error


def _written(
    archive: zipfile.ZipFile, folder: str, record: DocumentRecord, parts: Iterator[_Entry]
) -> dict[str, Any]:
    entries = []
    for name, role, content, more in parts:
        archive.writestr(_info(f"{folder}/{name}"), content)
        digest = hashlib.sha256(content).hexdigest()
        told = {"name": f"{folder}/{name}", "role": role, "bytes": len(content), "sha256": digest}
        entries.append({**told, **more})
    return {
        "title": record.title,
        "file_name": record.file_name,
        "media_type": record.media_type,
        "content_hash": record.content_hash,
        "tokenizer": record.tokenizer_fingerprint,
        "read": _read(record),
        "renamed": record.renamed,
        "tags": record.tags,
        "entries": entries,
    }


def _parts(leaving: Departure, with_original: bool, with_conversations: bool) -> Iterator[_Entry]:
    """The entries of a document."""
    yield "text.txt", "text", leaving.text.encode(), {}
    layout = {
        "page_starts": leaving.page_starts,
        "outline": leaving.outline,
        "pages_without_text": leaving.record.pages_without_text,
    }
    yield "layout.json", "layout", _json(layout), {}
    passages = [
        {"start": part.start, "page": part.page, "section": part.section, "tokens": part.tokens}
        for part in leaving.passages
    ]
    yield "passages.json", "passages", _json(passages), {}
    original = leaving.original if with_original else b""
    if original:
        yield "original", "original", original, {}
    for state in leaving.snapshots():
        yield f"snapshots/{state.tokens_read:012}", "snapshot", state.payload, _place(state)
    for run in leaving.embeddings():
        place = {"passage_index": run.passage_index, "width": run.width}
        yield f"embeddings/{run.passage_index:012}", "embedding", run.vectors, place
    for number, talk in enumerate(leaving.talks() if with_conversations else (), start=1):
        yield f"conversations/{number:05}.json", "conversation", _json(talks.told(talk)), {}
    for marks in leaving.saliences():
        place = {"passage_index": marks.passage_index, "passages": marks.passages}
        name = f"saliences/{marks.passage_index:012}"
        yield name, "salience", marks.counts + marks.marks, place
    newest: CheckpointRecord | None = leaving.checkpoint()
    if newest is not None:
        yield "checkpoint", "checkpoint", newest.payload, _place(newest)


def _place(state: State) -> dict[str, int]:
    return {"passage_index": state.passage_index, "tokens_read": state.tokens_read}


def _read(record: DocumentRecord) -> dict[str, Any] | None:
    if record.weights_fingerprint is None:
        return None
    return {
        "weights": record.weights_fingerprint,
        "tokens_read": record.tokens_read,
        "seconds": record.read_seconds,
        "state_checksum": record.state_checksum,
    }


def _info(name: str) -> zipfile.ZipInfo:
    """Stored, not packed: packing differs between versions of zlib, and states do not shrink."""
    info = zipfile.ZipInfo(name, _MOMENT)
    info.create_system = 3
    info.external_attr = 0o600 << 16
    return info


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
