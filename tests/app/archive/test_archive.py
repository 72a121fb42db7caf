"""A read document travels whole, and nothing that is not one comes in."""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.archive.container import opened
from app.archive.reading import Imported, import_archive
from app.archive.writing import write_archive
from app.errors import BadArchive
from app.service import Service, open_service
from app.settings import Settings
from app.verifying import find_damage
from storage.records import COUNT, MARK
from tests.app.archive.mutating import entries_of, mutated, packed, rewritten
from tests.app.damaging import TITLE, prepared, rows
from tests.app.making import lines_of, run

pytestmark = pytest.mark.each_backend(slow=True)

QUESTION = "When did the bridge fall?"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, reader_folder: Path) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("sender"), model=reader_folder)
    prepared(settings)
    return settings


@pytest.fixture(scope="module")
def archive(home: Settings) -> bytes:
    return exported(home, home.home / "long.readonce")


def exported(settings: Settings, path: Path, *, with_original: bool = True) -> bytes:
    with open_service(settings) as service:
        write_archive(service, [service.show(TITLE)], path, with_original=with_original)
    return path.read_bytes()


def taken(service: Service, folder: Path, content: bytes) -> list[Imported]:
    path = folder / "arriving.readonce"
    path.write_bytes(content)
    with opened(path) as container:
        return import_archive(service, container)


@pytest.mark.each_backend
def test_an_imported_document_answers_as_where_it_was_read_and_reads_no_token(
    tmp_path: Path, home: Settings, archive: bytes, service: Service
) -> None:
    with open_service(home) as sender:
        there = sender.show(TITLE)
        answer = sender.ask(there, QUESTION)
    (arrived,) = taken(service, tmp_path, archive)
    here = arrived.document
    assert arrived.read_by_this_model
    assert (here.state_checksum, here.read, here.read_seconds) == (
        there.state_checksum,
        1.0,
        there.read_seconds,
    )
    again = service.ask(here, QUESTION)
    there_cited = [replace(each, document=here) for each in answer.citations]
    assert (again.text, [*again.citations]) == (answer.text, there_cited)
    stays = {name: getattr(there.stored, name) for name in ("anchors", "backdrops")}
    assert replace(here.stored, **stays) == there.stored
    # The words' rarity is counted over the whole library, and the other one holds more.
    assert again.confidence == pytest.approx(answer.confidence, rel=1e-6)
    assert find_damage(service, None) == []
    assert service.library.original(here.id).startswith(b"# The chronicle")


@pytest.mark.each_backend
def test_the_same_content_gives_the_same_bytes_also_from_another_library(
    tmp_path: Path, home: Settings, archive: bytes, service: Service
) -> None:
    assert exported(home, tmp_path / "again.readonce") == archive
    taken(service, tmp_path, archive)
    write_archive(service, [service.show(TITLE)], tmp_path / "on.readonce", with_original=True)
    assert (tmp_path / "on.readonce").read_bytes() == archive


def test_importing_twice_changes_nothing(
    tmp_path: Path, archive: bytes, service: Service, library_file: Path
) -> None:
    taken(service, tmp_path, archive)
    before = rows(library_file)
    (again,) = taken(service, tmp_path, archive)
    assert again.already_known
    assert rows(library_file) == before


def test_a_document_without_its_original_gets_it_from_the_file_that_is_added(
    tmp_path: Path, home: Settings, service: Service
) -> None:
    content = exported(home, tmp_path / "bare.readonce", with_original=False)
    (arrived,) = taken(service, tmp_path, content)
    assert service.library.original(arrived.document.id) == b""
    assert find_damage(service, None) == []
    with open_service(home) as sender:
        original = sender.library.original(sender.show(TITLE).id)
    assert service.library.care.keep_original(arrived.document.id, original)
    assert service.library.original(arrived.document.id) == original
    assert find_damage(service, None) == []


def test_knowing_the_hash_of_anothers_file_does_not_give_the_file(
    tmp_path: Path, home: Settings, service: Service
) -> None:
    content = exported(home, tmp_path / "bare.readonce", with_original=False)
    with open_service(home) as sender:
        original = sender.library.original(sender.show(TITLE).id)
    victim = service.settings.model_copy(update={"owner": "victim"})
    taken(Service(victim, service.library), tmp_path, content)
    taken(service, tmp_path, content)
    other = Service(victim, service.library)
    service.library.care.keep_original(other.show(TITLE).id, original)
    assert other.library.original(other.show(TITLE).id) == original
    assert service.library.original(service.show(TITLE).id) == b""


def test_states_of_other_weights_are_kept_and_said_to_be_anothers(
    tmp_path: Path, archive: bytes, settings: Settings, other_reader_folder: Path
) -> None:
    other = settings.model_copy(update={"model": other_reader_folder})
    with open_service(other) as service:
        (arrived,) = taken(service, tmp_path, archive)
        assert (arrived.read_by_this_model, arrived.document.finished) == (False, True)
        *_, last = service.read_again(arrived.document)
        assert last.document is not None
        assert last.document.finished
        assert last.document.state_checksum != arrived.document.state_checksum


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


@pytest.mark.parametrize("count", [150, pytest.param(5000, marks=pytest.mark.slow)])
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


def test_the_command_export(tmp_path: Path, home: Settings, archive: bytes) -> None:
    file = str(tmp_path / "out.readonce")
    (told,) = lines_of(run(home, "export", TITLE, "--out", file, "--json").stdout)
    assert told["bytes"] == len(archive)
    assert Path(file).read_bytes() == archive
    refused = run(home, "export", TITLE, "--out", file)
    assert (refused.returncode, "there already" in refused.stderr) == (1, True)


@pytest.mark.each_backend
def test_the_command_import(tmp_path: Path, settings: Settings, archive: bytes) -> None:
    file = str(tmp_path / "out.readonce")
    Path(file).write_bytes(archive)
    (arrived,) = lines_of(run(settings, "import", file, "--json").stdout)
    assert (arrived["read"], arrived["read_by_this_model"]) == (1, True)
    Path(file).write_bytes(archive[:-1])
    broken = run(settings, "import", file, "--json")
    assert (broken.returncode, lines_of(broken.stdout)[0]["kind"]) == (1, "BadArchive")
