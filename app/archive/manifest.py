"""The manifest of an archive: what a file says that it holds, checked as it is read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT = "readonce-archive"
VERSION = 1
MANIFEST = "manifest.json"
NAME = r"^[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*$"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, le=2**53)]
Line = Annotated[str, Field(max_length=10_000)]
Fingerprint = Annotated[str, Field(min_length=1, max_length=200)]


class _Part(BaseModel):
    """Keys that a later version adds are left alone."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class Entry(_Part):
    """One file of the archive; a role that is not known is checked and left out."""

    name: Annotated[str, Field(pattern=NAME, max_length=200)]
    role: Annotated[str, Field(max_length=100)]
    bytes: Count
    sha256: Sha256
    passage_index: Count = 0
    tokens_read: Count = 0
    passages: Count = 0
    width: Annotated[int, Field(ge=0, le=65_536)] = 0


class Read(_Part):
    """How far a document was read, and by which weights."""

    weights: Fingerprint
    tokens_read: Count
    seconds: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
    state_checksum: Sha256 | None


class Told(_Part):
    """One document and its entries."""

    title: Annotated[str, Field(min_length=1, max_length=10_000)]
    file_name: Annotated[str, Field(max_length=1_000, pattern=r"^[^/\\\x00]*$")]
    media_type: Annotated[str, Field(max_length=200)]
    content_hash: Sha256
    tokenizer: Fingerprint
    read: Read | None
    renamed: bool = False
    tags: Annotated[list[Line], Field(max_length=1_000)] = []
    entries: list[Entry]


class Manifest(_Part):
    """The whole archive."""

    format: Literal["readonce-archive"]
    version: Literal[1]
    documents: Annotated[list[Told], Field(min_length=1)]


class Layout(_Part):
    """layout.json: offsets count characters of the text."""

    page_starts: Annotated[list[Count], Field(min_length=1)]
    outline: list[tuple[Count, Line, Count]]
    pages_without_text: list[Count]


class Piece(_Part):
    """One passage of passages.json; it ends where the next one starts."""

    start: Count
    page: Count
    section: Line
    tokens: Count
