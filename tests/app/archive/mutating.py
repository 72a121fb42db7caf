"""Archives with something changed in them, as a disk or an attacker would."""

from __future__ import annotations

import hashlib
import io
import json
import random
import zipfile
from collections.abc import Callable
from typing import Any

Manifest = dict[str, Any]


def entries_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(entries: dict[str, bytes], packing: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


def rewritten(content: bytes, change: Callable[[Manifest, dict[str, bytes]], None]) -> bytes:
    """The archive after a change, with every size and hash made to fit again."""
    entries = entries_of(content)
    manifest = json.loads(entries.pop("manifest.json"))
    change(manifest, entries)
    for document in manifest["documents"]:
        for entry in document["entries"]:
            now = entries[entry["name"]]
            entry |= {"bytes": len(now), "sha256": hashlib.sha256(now).hexdigest()}
    return packed({**entries, "manifest.json": json.dumps(manifest).encode()})


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Flipped bits, cuts, repeats, or numbers of the manifest and the layout made wrong."""
    kind = chance.randrange(5)
    if kind == 0:
        changed = bytearray(content)
        for _ in range(chance.choice([1, 1, 4, 64])):
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        return bytes(changed)
    if kind == 1:
        return content[: chance.randrange(len(content))]
    if kind == 2:
        at, size = chance.randrange(len(content)), chance.randrange(1, 200)
        return content[:at] + content[at : at + size] * 2 + content[at + size :]
    if kind == 3:
        entries = entries_of(content)
        manifest = json.loads(entries["manifest.json"])
        _spoil(manifest, chance)
        return packed({**entries, "manifest.json": json.dumps(manifest).encode()})
    return rewritten(content, lambda _, entries: _spoil_entry(entries, chance))


ODD: tuple[Any, ...] = (-1, 0, 1, 10**9, 2**60, "", "x", None, [], {}, 1.5, True, "../x", [[1]])


def _spoil_entry(entries: dict[str, bytes], chance: random.Random) -> None:
    name = chance.choice([name for name in entries if name.endswith(".json")])
    value = json.loads(entries[name])
    _spoil(value, chance)
    entries[name] = json.dumps(value).encode()


def _spoil(value: Any, chance: random.Random) -> None:  # noqa: ANN401 (JSON of any kind)
    """Replace one value somewhere inside by an odd one; names of entries stay."""
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        keys = [key for key in keys if key not in ("name", "bytes", "sha256", "entries")]
        if not keys:
            return
        key = chance.choice(keys)
        if isinstance(value[key], dict | list) and value[key] and chance.random() < 0.9:
            value = value[key]
            continue
        value[key] = chance.choice(ODD)
        return
