"""The mark in a browser by which somebody who has signed in is known again.

It holds the name and when it ends, and a code that only this home can make; the code depends on
the user's password, so a new password or a removed user ends every pass.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

from app.users import User, Users, write_private

LASTS = 14 * 24 * 3600
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Passes:
    """The passes of a home; times are in seconds since 1970."""

    home: Path

    def given(self, user: User, now: float) -> str:
        """A pass for a user that begins now."""
        said = f"{user.name}\n{int(now) + LASTS}"
        code = self._code(said, user)
        return base64.urlsafe_b64encode(f"{said}\n{code}".encode()).decode()

    def holder(self, mark: str, now: float) -> str:
        """Whose pass this is; "" where it is none, or has ended."""
        try:
            name, until, code = base64.urlsafe_b64decode(mark).decode().split("\n")
            ends = int(until)
        except (ValueError, binascii.Error):
            return ""
        user = Users(self.home).all().get(name)
        if user is None or ends < now:
            return ""
        sound = hmac.compare_digest(code, self._code(f"{name}\n{until}", user))
        return name if sound else ""

    def _code(self, said: str, user: User) -> str:
        whole = f"{said}\n{user.salt}\n{user.digest}".encode()
        return hmac.new(self._key(), whole, hashlib.sha256).hexdigest()

    def _key(self) -> bytes:
        path = self.home / "passes.key"
        if not path.exists():
            write_private(path, secrets.token_bytes(32))
        return path.read_bytes()
