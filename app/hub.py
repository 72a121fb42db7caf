"""Model folders from the Hugging Face hub, through an optional package."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

from app.errors import NoSuchModel, NotReachable

_FILES = [
    "config.json",
    "*.safetensors",
    "model.safetensors.index.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "README.md",
    "LICENSE*",
]


def hub_package() -> ModuleType:
    """The package huggingface_hub; NotReachable where it is not installed."""
    try:
        import_module("huggingface_hub.errors")  # the package alone does not bring it
        return import_module("huggingface_hub")
    except ImportError as error:
        raise NotReachable(
            "A model of the hub is fetched by the package huggingface_hub, which is not installed: "
            "pip install 'readonce[hub]', or download the model and name its folder."
        ) from error


def download(name: str, hub: ModuleType) -> Path:
    """The folder of a hub's model owner/name, its config checked before the weights are fetched.

    Raises NoSuchModel and NotReachable, and InvalidCheckpoint where it is no RetNet.
    """
    from retnet_core.layouts.published import layout_of

    errors = hub.errors
    try:
        layout_of(Path(hub.hf_hub_download(name, "config.json")).parent)
        return Path(hub.snapshot_download(name, allow_patterns=_FILES))
    except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled, ConnectionError) as error:
        raise NotReachable(
            f"The hub cannot be reached, and {name} is not on this computer: connect, or name a "
            "folder that holds the model."
        ) from error
    except errors.GatedRepoError as error:
        raise NotReachable(
            f"{name} is only for accounts that its owner let in: accept its conditions on the hub "
            "and run `hf auth login` first."
        ) from error
    except (errors.RepositoryNotFoundError, errors.HFValidationError) as error:
        raise NoSuchModel(f"The hub has no model {name}: check the spelling.") from error
    except errors.EntryNotFoundError as error:
        raise NoSuchModel(f"{name} is no model of this kind: it has no config.json.") from error
    except errors.HfHubHTTPError as error:
        raise NotReachable(f"The hub refused {name} for now: try again later.") from error
