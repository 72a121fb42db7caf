"""Published models are imported whole or not at all, listed, described, and write on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from app.commands.model import _NOT_IMPORTED
from app.models import RECORD
from app.output import errors_told
from app.service import open_service
from app.settings import Settings
from pipelines.document import Upload
from retnet_core.layouts.published import load_published
from tests.app.commanding import one_error, one_sentence, readonce
from tests.app.making import lines_of
from tests.app.publishing import imported, publish
from tests.golden.values import weights
from tests.retnet_core.published import GOLDEN, folder_of, told


@pytest.mark.parametrize("shards", [1, 3])
def test_an_imported_folder_is_a_model_of_its_own(
    tmp_path: Path, settings: Settings, shards: int
) -> None:
    source = publish(tmp_path / "small-retnet", shards)
    (told_of,) = lines_of(imported(str(source), "--json").stdout)
    assert told_of["name"] == "small-retnet"
    assert told_of["path"] == str(settings.models / "small-retnet")
    before = load_published(source)
    for path in source.iterdir():
        path.unlink()
    loaded = load_published(settings.models / "small-retnet")
    assert loaded.weights_fingerprint == before.weights_fingerprint
    assert told_of["weights_fingerprint"] == loaded.weights_fingerprint
    assert told_of["tokenizer_fingerprint"] == loaded.tokenizer_fingerprint != ""
    assert (settings.models / "small-retnet" / "LICENSE").read_text() == "MIT"


def test_a_model_of_torchscale_is_imported_as_it_is(tmp_path: Path, settings: Settings) -> None:
    config, shapes, _ = told(GOLDEN / "torchscale" / "default.safetensors")
    source = folder_of(tmp_path / "authors", config, weights(shapes))
    (told_of,) = lines_of(imported(str(source), "--json").stdout)
    assert told_of["weights_fingerprint"] == load_published(source).weights_fingerprint
    assert one_error(readonce("model", "write", "authors", "A text", "--json"))["kind"] == (
        "CannotWrite"
    )


def test_the_list_shows_the_reader_in_use_and_what_was_imported(
    published: Path, settings: Settings
) -> None:
    imported(str(published), "--name", "mine")
    (settings.models / ".half.new").mkdir()
    (listed,) = lines_of(readonce("model", "list", "--json").stdout)
    told_of = {each["name"]: each for each in listed}
    assert [each["name"] for each in listed if each["in_use"]] == [settings.model.name]
    assert told_of["shipped"]["job"] == told_of[settings.model.name]["job"] == "reads"
    assert told_of["mine"]["job"] == "writes"
    for name in ("shipped", "mine", ""):
        (facts,) = lines_of(readonce("model", "info", *([name] if name else []), "--json").stdout)
        assert facts["parameters"] == told_of[name or settings.model.name]["parameters"]
    assert told_of["mine"]["stored_bytes"] > 4 * told_of["mine"]["parameters"]
    plain = readonce("model", "list").stdout
    assert "mine" in plain
    assert "shipped" in plain


def test_info_describes_an_imported_model(published: Path, settings: Settings) -> None:
    imported(str(published))
    (facts,) = lines_of(readonce("model", "info", "small-retnet", "--json").stdout)
    assert (facts["vocabulary"], facts["width"], facts["heads"]) == (400, 32, 4)
    assert "400" in readonce("model", "info", "small-retnet").stdout


def test_a_model_writes_the_same_text_streamed_and_as_json(
    published: Path, settings: Settings
) -> None:
    imported(str(published))
    write = ("model", "write", "small-retnet", "The river", "--tokens", "12")
    (told_of,) = lines_of(readonce(*write, "--json").stdout)
    assert told_of["tokens"] == 12
    assert told_of["text"]
    assert readonce(*write).stdout == told_of["text"] + "\n"
    longer = readonce(*write[:-1], "30").stdout
    assert longer.startswith(told_of["text"])


DAMAGE: dict[str, Callable[[Path], object]] = {
    "an option that is not supported": lambda f: (f / "config.json").write_text(
        (f / "config.json").read_text().replace('"use_short_conv": false', '"use_short_conv": true')
    ),
    "weights cut off": lambda f: (f / "model.safetensors").write_bytes(b"\x10"),
    "a damaged tokenizer": lambda f: (f / "tokenizer.model").write_bytes(b"\x0a\xff"),
    "another architecture": lambda f: (f / "config.json").write_text('{"model_type": "llama"}'),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_what_cannot_be_loaded_is_refused_and_leaves_nothing(
    published: Path, settings: Settings, damage: Callable[[Path], object]
) -> None:
    damage(published)
    plain, as_json = imported(str(published)), imported(str(published), "--json")
    assert one_sentence(plain)
    assert (plain.exit_code, as_json.exit_code) == (1, 1)
    assert one_error(as_json)["kind"] == "InvalidCheckpoint"
    assert not settings.models.exists() or list(settings.models.iterdir()) == []


BAD: dict[str, tuple[tuple[str, ...], str]] = {
    "no folder": (("model", "import", "no such folder"), "NoSuchModel"),
    "a file": (("model", "import", __file__), "NoSuchModel"),
    "a path for a name": (("model", "info", "../home"), "NoSuchModel"),
    "an unknown name": (("model", "info", "nothing"), "NoSuchModel"),
    "writing with an unknown name": (("model", "write", "nothing", "A text"), "NoSuchModel"),
}


@pytest.mark.parametrize(("arguments", "kind"), BAD.values(), ids=BAD.keys())
def test_a_bad_command_gives_one_sentence(
    arguments: tuple[str, ...], kind: str, settings: Settings
) -> None:
    plain, as_json = readonce(*arguments), readonce(*arguments, "--json")
    assert one_sentence(plain)
    assert (plain.exit_code, as_json.exit_code) == (1, 1)
    assert one_error(as_json)["kind"] == kind


@pytest.mark.parametrize("name", ["shipped", "a/b", "..", ".hidden", "x" * 101])
def test_a_name_that_cannot_be_is_refused(published: Path, settings: Settings, name: str) -> None:
    told_of = one_error(imported(str(published), "--name", name, "--json"))
    assert told_of["kind"] == "NoSuchModel"
    assert not settings.models.exists()


def test_a_name_is_taken_once(published: Path, settings: Settings) -> None:
    assert imported(str(published)).exit_code == 0
    assert one_error(imported(str(published), "--json"))["kind"] == "ModelExists"
    assert imported(str(published), "--name", "other").exit_code == 0


def test_weights_changed_after_the_import_are_found(published: Path, settings: Settings) -> None:
    imported(str(published))
    weights_file = settings.models / "small-retnet" / "model.safetensors"
    content = bytearray(weights_file.read_bytes())
    content[-5] ^= 4
    weights_file.unlink()
    weights_file.write_bytes(content)
    told_of = one_error(readonce("model", "info", "small-retnet", "--json"))
    assert told_of["kind"] == "InvalidCheckpoint"
    assert "import it again" in told_of["error"]


def test_a_damaged_model_is_listed_as_such(published: Path, settings: Settings) -> None:
    imported(str(published))
    (settings.models / "small-retnet" / "config.json").unlink()
    (listed,) = lines_of(readonce("model", "list", "--json").stdout)
    assert {each["job"] for each in listed if each["name"] == "small-retnet"} == {"damaged"}


def test_nothing_to_go_on_from_is_told(published: Path, settings: Settings) -> None:
    (published / "tokenizer_config.json").write_text(json.dumps({"add_bos_token": False}))
    imported(str(published))
    told_of = one_error(readonce("model", "write", "small-retnet", "", "--json"))
    assert told_of["kind"] == "CannotWrite"


def test_a_deleted_model_is_gone_with_all_its_files(published: Path, settings: Settings) -> None:
    imported(str(published))
    (told_of,) = lines_of(readonce("model", "delete", "small-retnet", "--yes", "--json").stdout)
    assert told_of == {"name": "small-retnet", "deleted": True, "documents_read_by_it": []}
    assert list(settings.models.iterdir()) == []
    assert imported(str(published)).exit_code == 0


def test_deleting_a_model_names_the_documents_that_it_read(
    published: Path, settings: Settings
) -> None:
    imported(str(published))
    with open_service(settings) as service:
        *_, last = service.add(Upload("a.txt", b"The ferry leaves at noon."))
        weights = service.reader.weights_fingerprint
    record = settings.models / "small-retnet" / RECORD
    record.write_text(json.dumps({**json.loads(record.read_text()), "weights": weights}))
    said = readonce("model", "delete", "small-retnet", "--yes").stdout
    assert "1 document read by it" in said
    assert "they stay in the library" in said
    with open_service(settings) as service:
        assert last.document is not None
        assert service.show(last.document.id).finished


@pytest.mark.parametrize(
    ("name", "kind"), [("shipped", "ModelInUse"), ("../x", "NoSuchModel"), ("x", "NoSuchModel")]
)
def test_only_an_imported_model_can_be_deleted(settings: Settings, name: str, kind: str) -> None:
    assert one_error(readonce("model", "delete", name, "--yes", "--json"))["kind"] == kind


def test_the_model_that_reads_is_not_deleted(
    published: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(str(published))
    monkeypatch.setenv("READONCE_MODEL", str(settings.models / "small-retnet"))
    told_of = one_error(readonce("model", "delete", "small-retnet", "--yes", "--json"))
    assert told_of["kind"] == "ModelInUse"
    assert (settings.models / "small-retnet").is_dir()


def test_an_import_that_is_stopped_says_that_nothing_was_imported(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with (
        pytest.raises(typer.Exit) as end,
        errors_told(settings, as_json=False, stopped=_NOT_IMPORTED),
    ):
        raise KeyboardInterrupt
    assert end.value.exit_code == 130
    said = capsys.readouterr().err
    assert "Nothing was imported" in said
    assert "read" not in said.replace("readonce", "")
