"""Models of the hub. Its real package is an extra; two functions of it are stood in for here."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from app.errors import AppError, NoSuchModel, NotReachable
from app.hub import download, hub_package
from app.settings import Settings
from retnet_core.errors import InvalidCheckpoint
from tests.app.commanding import one_error
from tests.app.publishing import imported

ERRORS = {
    "OfflineModeIsEnabled": ConnectionError, "HFValidationError": ValueError,
    "HfHubHTTPError": OSError, "EntryNotFoundError": Exception,
}  # fmt: skip


def stand_in(folder: Path, failing: str = "") -> ModuleType:
    """A hub with one model, in a folder, or one that fails as the real one does.

    Guarantees the real family of errors (GatedRepoError is a RepositoryNotFoundError, which is an
    HfHubHTTPError; LocalEntryNotFoundError is an EntryNotFoundError), and that weights
    are asked for only after the config.
    """
    hub, errors, asked = ModuleType("hub"), ModuleType("errors"), list[str]()
    kinds = {name: type(name, (base,), {}) for name, base in ERRORS.items()}
    kinds["LocalEntryNotFoundError"] = type("Local", (kinds["EntryNotFoundError"],), {})
    kinds["RepositoryNotFoundError"] = type("Repository", (kinds["HfHubHTTPError"],), {})
    kinds["GatedRepoError"] = type("Gated", (kinds["RepositoryNotFoundError"],), {})
    vars(errors).update(kinds)

    def one(name: str, file: str) -> str:
        if failing:
            raise kinds[failing](name)
        asked.append(file)
        return str(folder / file)

    def snapshot(name: str, allow_patterns: list[str]) -> str:
        assert asked == ["config.json"]
        assert {"config.json", "*.safetensors", "tokenizer.model"} <= set(allow_patterns)
        return str(folder)

    vars(hub).update(errors=errors, hf_hub_download=one, snapshot_download=snapshot)
    return hub


def test_a_model_of_the_hub_is_the_folder_that_it_gives(published: Path) -> None:
    assert download("owner/small-retnet", stand_in(published)) == published


def test_what_is_no_retnet_is_refused_before_its_weights_are_fetched(published: Path) -> None:
    (published / "config.json").write_text('{"model_type": "llama"}')
    hub = stand_in(published)
    vars(hub).pop("snapshot_download")
    with pytest.raises(InvalidCheckpoint, match="model_type 'llama'"):
        download("owner/llama", hub)


FAILURES: dict[str, tuple[type[AppError], str]] = {
    "LocalEntryNotFoundError": (NotReachable, "cannot be reached"),
    "OfflineModeIsEnabled": (NotReachable, "cannot be reached"),
    "GatedRepoError": (NotReachable, "hf auth login"),
    "RepositoryNotFoundError": (NoSuchModel, "has no model o/x"),
    "HFValidationError": (NoSuchModel, "has no model o/x"),
    "EntryNotFoundError": (NoSuchModel, "no config.json"),
    "HfHubHTTPError": (NotReachable, "try again later"),
}


@pytest.mark.parametrize("failing", FAILURES)
def test_every_failure_of_the_hub_has_its_sentence(tmp_path: Path, failing: str) -> None:
    kind, sentence = FAILURES[failing]
    with pytest.raises(kind, match=sentence):
        download("o/x", stand_in(tmp_path, failing))


def test_the_missing_extra_is_told(settings: Settings) -> None:
    try:
        hub_package()
    except NotReachable:
        told_of = one_error(imported("owner/name", "--json"))
        assert told_of["kind"] == "NotReachable"
        assert "readonce[hub]" in told_of["error"]
    else:
        pytest.skip("huggingface_hub is installed here")
