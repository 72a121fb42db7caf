"""Small facts about uploads that outlive a process: empty or tiny files in the home."""

from __future__ import annotations

from pathlib import Path

from app.settings import private_folder


class Marks:
    """How often an upload was begun, and which failures the user has seen and put away."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "uploads"

    def count_attempt(self, upload_id: str) -> int:
        """Note that an upload is begun once more; gives how often that makes."""
        path = private_folder(self._folder) / f"{upload_id}.attempts"
        count = path.stat().st_size + 1 if path.exists() else 1
        path.write_bytes(b"." * count)
        return count

    def forget_attempts(self, upload_id: str) -> None:
        """The upload came to an end, or was let go on purpose."""
        (self._folder / f"{upload_id}.attempts").unlink(missing_ok=True)

    def dismiss(self, upload_id: str) -> None:
        """The user has seen what became of this upload."""
        (private_folder(self._folder) / f"{upload_id}.dismissed").touch()

    def dismissed(self) -> frozenset[str]:
        """The uploads that the user has put away."""
        return frozenset(path.stem for path in self._folder.glob("*.dismissed"))
