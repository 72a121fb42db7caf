"""What can be set from outside: READONCE_* variables, read once."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import quote

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.errors import BadSettings

SHIPPED_MODEL = Path(__file__).resolve().parent / "model"


class Settings(BaseSettings):
    """home holds the library, logs and small marks; owner is whose documents are shown.

    weights: how those of the model are held in memory; auto is the quickest that loses nothing.
    """

    model_config = SettingsConfigDict(env_prefix="READONCE_", env_ignore_empty=True, frozen=True)

    home: Path = Path("~/.readonce")
    database_url: str = Field(default="", repr=False)  # may hold a password
    model: Path = SHIPPED_MODEL
    owner: str = "local"
    weights: Literal["auto", "float32", "bfloat16", "int8"] = "auto"

    @field_validator("home", "model", mode="after")
    @classmethod
    def _whole(cls, path: Path, info: ValidationInfo) -> Path:
        try:
            return path.expanduser().absolute()
        except RuntimeError as error:
            raise ValueError(
                f"READONCE_{str(info.field_name).upper()} is {path}, and there is no such user on "
                "this computer: write the whole path."
            ) from error

    @property
    def library_url(self) -> str:
        """Where the library is: the URL given, else library.db in the home."""
        # Quoted: a "?" in the name of a folder would begin the options of the URL.
        return self.database_url or f"sqlite:///{quote(str(self.home / 'library.db'))}"

    @property
    def models(self) -> Path:
        """Where imported models are, each in a folder of its name."""
        return self.home / "models"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    def environment(self) -> dict[str, str]:
        """The variables that give these settings to a process that we start."""
        values = {
            "HOME": str(self.home),
            "MODEL": str(self.model),
            "OWNER": self.owner,
            "WEIGHTS": self.weights,
        }
        if self.database_url:
            values["DATABASE_URL"] = self.database_url
        return {f"READONCE_{name}": value for name, value in values.items()}


def read_settings() -> Settings:
    """The settings that the environment gives; BadSettings where one cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        raise BadSettings(_sentence(error)) from error


def _sentence(error: ValidationError) -> str:
    found = error.errors()[0]
    if found["type"] == "value_error":
        return found["msg"].removeprefix("Value error, ")
    name = "_".join(map(str, found["loc"])).upper()
    return f"READONCE_{name} is {found['input']!r}. {found['msg']}."


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner may look into; one that exists is left as it is."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
