"""What can be set from outside: READONCE_* variables, read once."""

from __future__ import annotations

from pathlib import Path

from pydantic import field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SHIPPED_MODEL = Path(__file__).resolve().parent / "model"


class Settings(BaseSettings):
    """home holds the library, logs and small marks; owner is whose documents are shown."""

    model_config = SettingsConfigDict(env_prefix="READONCE_", env_ignore_empty=True, frozen=True)

    home: Path = Path("~/.readonce")
    database_url: str = ""
    model: Path = SHIPPED_MODEL
    owner: str = "local"

    @field_validator("home", "model", mode="after")
    @classmethod
    def _whole(cls, path: Path) -> Path:
        return path.expanduser().absolute()

    @property
    def library_url(self) -> str:
        """Where the library is: the URL given, else library.db in the home."""
        return self.database_url or f"sqlite:///{self.home / 'library.db'}"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    def environment(self) -> dict[str, str]:
        """The variables that give these settings to a process that we start."""
        values = {"HOME": self.home, "MODEL": self.model, "OWNER": self.owner}
        if self.database_url:
            values["DATABASE_URL"] = self.database_url
        return {f"READONCE_{name}": str(value) for name, value in values.items()}


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner may look into; one that exists is left as it is."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
