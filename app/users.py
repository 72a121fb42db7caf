"""Who may sign in with a password: a file of the home, with a slow hash of each password in it."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.errors import BadName, NoSuchUser, UserExists
from app.settings import private_folder

SHORTEST_PASSWORD = 8
_NAME = re.compile(r"[\w.@+-]{1,64}")
# RFC 7914: about 50 ms and 16 MB for each guess.
_COST, _BLOCK, _LANES = 2**14, 8, 1


@dataclass(frozen=True, slots=True)
class User:
    """A name and what its password is known by, both in hexadecimal."""

    name: str
    salt: str
    digest: str


@dataclass(frozen=True, slots=True)
class Users:
    """The users of a home, read anew each time: a name that is removed counts no more at once."""

    home: Path

    @property
    def path(self) -> Path:
        return self.home / "users.json"

    def all(self) -> dict[str, User]:
        """The users by name, in order."""
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return {name: User(name, *kept[name]) for name in sorted(kept)}

    def add(self, name: str, password: str) -> User:
        """Let somebody sign in; raises BadName or UserExists."""
        name, known = known_as(name), self.all()
        if name in known:
            raise UserExists(
                f"{name} may sign in already. Remove that user first, or give another."
            )
        if len(password) < SHORTEST_PASSWORD:
            raise BadName(f"The password is too short: {SHORTEST_PASSWORD} characters or more.")
        salt = secrets.token_bytes(16)
        user = User(name, salt.hex(), _digest(password, salt).hex())
        self._write({**known, name: user})
        return user

    def remove(self, name: str) -> None:
        """Let somebody sign in no more; what they have stays. Raises NoSuchUser."""
        name, known = known_as(name), self.all()
        if name not in known:
            raise NoSuchUser(f"Nobody called {name} may sign in: `readonce users list` shows who.")
        self._write({each: user for each, user in known.items() if each != name})

    def signed_in(self, name: str, password: str) -> User | None:
        """The user of this name and password; a name that nobody has takes as long as one."""
        user = self.all().get(name.casefold().strip())
        salt = bytes.fromhex(user.salt) if user else bytes(16)
        given = _digest(password, salt).hex()
        return user if user and hmac.compare_digest(given, user.digest) else None

    def _write(self, users: dict[str, User]) -> None:
        kept = {user.name: (user.salt, user.digest) for user in users.values()}
        write_private(self.path, json.dumps(kept, indent=1).encode())


def known_as(name: str) -> str:
    """A name as it is kept, in small letters; raises BadName."""
    name = name.strip().casefold()
    if not _NAME.fullmatch(name):
        raise BadName(
            f"{name[:80]!r} cannot be a name: use at most 64 letters, digits and . _ @ + -."
        )
    return name


def write_private(path: Path, content: bytes) -> None:
    """Write a whole file, or leave what was there, that only its owner may read."""
    private_folder(path.parent)
    handle, draft = tempfile.mkstemp(dir=path.parent)  # made with mode 0600
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(draft).replace(path)


def _digest(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_COST, r=_BLOCK, p=_LANES)
