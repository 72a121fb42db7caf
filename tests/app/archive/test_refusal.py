"""What is no sound archive is refused with a sentence, and nothing of it is stored."""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.errors import BadArchive
from app.service import Service
from app.verifying import find_damage
from storage.records import COUNT, MARK
from tests.app.archive.carrying import taken
from tests.app.archive.mutating import entries_of, mutated, packed, rewritten

pytestmark = pytest.mark.each_backend(slow=True)


def spoilt(change: Callable[[dict[str, Any], dict[str, bytes]], None]) -> Any:  # noqa: ANN401
    return lambda content: rewritten(content, change)


def _set(key: str, value: object) -> Any:  # noqa: ANN401
    return spoilt(lambda manifest, _: manifest["documents"][0].update({key: value}))


def _layout(**values: object) -> Any:  # noqa: ANN401
    def change(_: dict[str, Any], entries: dict[str, bytes]) -> None:
        name = "documents/00001/layout.json"
        entries[name] = json.dumps({**json.loads(entries[name]), **values}).encode()

    return spoilt(change)


def _entry(manifest: dict[str, Any], role: str) -> dict[str, Any]:
    entries: list[dict[str, Any]] = manifest["documents"][0]["entries"]
    return next(entry for entry in entries if entry["role"] == role)


def _saliences(**values: int) -> Any:  # noqa: ANN401
    """The first sentence of an archive with another place."""

    def change(manifest: dict[str, Any], entries: dict[str, bytes]) -> None:
        told = _entry(manifest, "salience")
        marks = np.frombuffer(entries[told["name"]][told["passages"] * COUNT.itemsize :], MARK)
        for name, value in values.items():
            moved = marks.copy()
            moved[name][0] = value
            entries[told["name"]] = entries[told["name"]][: -marks.nbytes] + moved.tobytes()

    return spoilt(change)


def _add(name: str) -> Any:  # noqa: ANN401
    return lambda content: packed({**entries_of(content), name: b"x"})


def _bomb(content: bytes) -> bytes:
    entries = entries_of(content)
    return packed({**entries, "documents/00001/text.txt": b" " * 50_000_000}, zipfile.ZIP_DEFLATED)


def _state(content: bytes) -> bytes:
    def change(_: dict[str, Any], entries: dict[str, bytes]) -> None:
        name = "documents/00001/checkpoint"
        entries[name] = entries[name][:-1] + bytes([entries[name][-1] ^ 1])

    return rewritten(content, change)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(lambda content: content[:-30], "cut off", id="truncated"),
        pytest.param(lambda _: b"PK and nothing else", "cut off", id="no zip"),
        pytest.param(lambda _: b"", "cut off", id="empty"),
        pytest.param(_bomb, "beyond all measure", id="bomb"),
        pytest.param(_add("../../etc/passwd"), "a name that no archive", id="path traversal"),
        pytest.param(_add("/absolute"), "a name that no archive", id="absolute path"),
        pytest.param(_add("more"), "not what its list says", id="an entry more"),
        pytest.param(_state, "is damaged", id="state"),
        pytest.param(_set("title", ""), "cannot be understood", id="no title"),
        pytest.param(_set("file_name", "../x"), "cannot be understood", id="file name"),
        pytest.param(_set("content_hash", "0" * 64), "another file", id="original of another"),
        pytest.param(_set("read", None), "not whole", id="progress left out"),
        pytest.param(
            spoilt(lambda manifest, _: _entry(manifest, "embedding").update(width=7)),
            "embeddings.*not whole",
            id="embeddings",
        ),
        pytest.param(
            spoilt(lambda manifest, _: _entry(manifest, "salience").update(passages=1)),
            "saliences.*not whole",
            id="sentences of fewer passages",
        ),
        pytest.param(_saliences(length=60_000), "saliences.*not whole", id="overlong sentence"),
        pytest.param(_saliences(start=10**9), "saliences.*not whole", id="sentence elsewhere"),
        pytest.param(_layout(page_starts=[5]), "do not fit", id="first page"),
        pytest.param(_layout(page_starts=[0, 10**9]), "do not fit", id="page behind the end"),
        pytest.param(_layout(outline=[[1, "x", 10**9]]), "do not fit", id="heading"),
        pytest.param(
            spoilt(lambda manifest, _: manifest.update(version=2)),
            "newer readonce.*upgrade",
            id="newer version",
        ),
    ],
)
def test_what_is_no_sound_archive_is_refused_with_a_sentence(
    tmp_path: Path,
    archive: bytes,
    service: Service,
    change: Callable[[bytes], bytes],
    sentence: str,
) -> None:
    with pytest.raises(BadArchive, match=sentence):
        taken(service, tmp_path, change(archive))
    assert service.list() == ()


def test_an_entry_of_a_later_kind_is_left_out_and_said(
    tmp_path: Path, archive: bytes, service: Service
) -> None:
    def change(manifest: dict[str, Any], entries: dict[str, bytes]) -> None:
        entries["documents/00001/talks.json"] = b"[]"
        manifest["documents"][0]["entries"].append(
            {"name": "documents/00001/talks.json", "role": "conversations", "new_key": 1}
        )

    (arrived,) = taken(service, tmp_path, rewritten(archive, change))
    assert (arrived.left_out, arrived.read_by_this_model) == (1, True)


@pytest.mark.parametrize(
    "count", [150, pytest.param(5000, marks=(pytest.mark.slow, pytest.mark.timeout(1800)))]
)
def test_a_mutated_archive_is_refused_or_sound(
    tmp_path: Path, archive: bytes, service: Service, count: int
) -> None:
    chance = random.Random(count)
    for _ in range(count):
        try:
            for arrived in taken(service, tmp_path, mutated(archive, chance)):
                assert find_damage(service, None) == []
                service.delete(arrived.document.id)
        except BadArchive:
            assert service.list() == ()


@pytest.mark.each_backend
def test_an_import_that_fails_at_its_last_document_stores_none(
    tmp_path: Path, archive: bytes, service: Service
) -> None:
    def change(manifest: dict[str, Any], entries: dict[str, bytes]) -> None:
        second = json.loads(json.dumps(manifest["documents"][0]).replace("00001", "00002"))
        for entry in second["entries"]:
            entries[entry["name"]] = entries[entry["name"].replace("00002", "00001")]
        entries["documents/00002/text.txt"] += b"more"
        manifest["documents"].append(second)

    with pytest.raises(BadArchive):
        taken(service, tmp_path, rewritten(archive, change))
    assert service.list() == ()
