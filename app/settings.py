"""What can be set from outside: READONCE_* variables, read once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.errors import BadSettings
from pipelines.apart.bounds import MEGABYTE, Bounds
from pipelines.extract.limits import Limits

SHIPPED_MODEL = Path(__file__).resolve().parent / "model"

SET_BY = {
    "pdf_bytes": "most_pdf_mb",
    "text_bytes": "most_text_mb",
    "archive_bytes": "most_archive_mb",
    "unpacked_bytes": "most_unpacked_mb",
    "part_bytes": "most_part_mb",
    "ratio": "most_ratio",
    "entries": "most_parts",
    "pages": "most_pages",
    "characters": "most_characters",
    "headings": "most_headings",
    "breaks": "most_breaks",
    "memory": "most_memory_mb",
    "cpu_seconds": "most_cpu_seconds",
    "seconds": "most_seconds",
    "page_seconds": "most_page_seconds",
}
"""Which setting raises a limit, by the name that BeyondLimit carries."""


_Most = Annotated[int, Field(gt=0)]


class Settings(BaseSettings):
    """home holds the library, logs and small marks; owner is whose documents are shown.

    writer: the imported model that writes answers, "" where the one that reads shall quote.
    device: where the model computes; auto is an NVIDIA GPU where torch can use one.
    weights: how those of the model are held in memory; auto is the quickest that loses nothing.
    sign_in: whether visitors of the web page say who they are, and each has documents of their own.
    workers: how many processes the web page starts that read; 0 where they are started elsewhere.
    journal: where workers write what they do, a file in the logs or standard error.
    ocr: the languages in which tesseract recognises pictures of text ("eng+deu"), "" for none.
    The most_ are what one file may take while it is opened: see limits and bounds.
    """

    model_config = SettingsConfigDict(env_prefix="READONCE_", env_ignore_empty=True, frozen=True)

    home: Path = Path("~/.readonce")
    database_url: str = Field(default="", repr=False)  # may hold a password
    model: Path = SHIPPED_MODEL
    writer: str = ""
    owner: str = "local"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    weights: Literal["auto", "float32", "bfloat16", "int8"] = "auto"
    sign_in: Literal["none", "password", "oidc"] = "none"
    workers: Annotated[int, Field(ge=0)] = 1
    journal: Literal["file", "stderr"] = "file"
    ocr: Annotated[str, Field(pattern=r"^(?:\w+(?:\+\w+)*)?$")] = ""
    most_pdf_mb: _Most = 256
    most_text_mb: _Most = 32
    most_archive_mb: _Most = 128
    most_unpacked_mb: _Most = 256
    most_part_mb: _Most = 32
    most_ratio: _Most = 100
    most_parts: _Most = 10_000
    most_pages: _Most = 20_000
    most_characters: _Most = 32_000_000
    most_headings: _Most = 20_000
    most_breaks: _Most = 1_000_000
    most_memory_mb: _Most = 512
    most_cpu_seconds: _Most = 300
    most_seconds: _Most = 600
    most_page_seconds: _Most = 20

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

    @property
    def secrets(self) -> Path:
        """What a provider is asked with that visitors sign in through."""
        return self.home / "secrets.toml"

    @property
    def limits(self) -> Limits:
        """How much a file may hold."""
        return Limits(
            text_bytes=self.most_text_mb * MEGABYTE,
            pdf_bytes=self.most_pdf_mb * MEGABYTE,
            archive_bytes=self.most_archive_mb * MEGABYTE,
            unpacked_bytes=self.most_unpacked_mb * MEGABYTE,
            part_bytes=self.most_part_mb * MEGABYTE,
            ratio=self.most_ratio,
            entries=self.most_parts,
            pages=self.most_pages,
            characters=self.most_characters,
            headings=self.most_headings,
            breaks=self.most_breaks,
            ocr=self.ocr,
        )

    @property
    def bounds(self) -> Bounds:
        """What the process that opens a file may take of the machine."""
        return Bounds(
            memory=self.most_memory_mb * MEGABYTE,
            cpu_seconds=self.most_cpu_seconds,
            seconds=self.most_seconds,
            page_seconds=self.most_page_seconds,
        )

    def environment(self) -> dict[str, str]:
        """The variables that give these settings to a process that we start."""
        values = {
            "HOME": str(self.home),
            "MODEL": str(self.model),
            "WRITER": self.writer,
            "OWNER": self.owner,
            "DEVICE": self.device,
            "WEIGHTS": self.weights,
            "SIGN_IN": self.sign_in,
            "OCR": self.ocr,
            "WORKERS": str(self.workers),
            "JOURNAL": self.journal,
        }
        most = [name for name in type(self).model_fields if name.startswith("most_")]
        values |= {name.upper(): str(getattr(self, name)) for name in most}
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
