"""SHA-256 of stored bytes."""

from __future__ import annotations

import hashlib


def checksum(payload: bytes) -> str:
    """The SHA-256 of payload in hexadecimal."""
    return hashlib.sha256(payload).hexdigest()


def require_checksum(payload: bytes, expected: str, what: str) -> None:
    """Raise ValueError where the caller's hash is not that of the caller's bytes."""
    if checksum(payload) != expected:
        raise ValueError(f"the {what} is not the SHA-256 of the bytes given with it")
