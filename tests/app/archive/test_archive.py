"""A read document travels whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.archive.writing import write_archive
from app.service import Service, open_service
from app.settings import Settings
from app.verifying import find_damage
from tests.app.archive.carrying import exported, taken
from tests.app.damaging import TITLE, rows
from tests.app.making import lines_of, run

pytestmark = pytest.mark.each_backend(slow=True)

QUESTION = "When did the bridge fall?"


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
