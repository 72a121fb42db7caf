"""Small facts about jobs that outlive a process: empty files in the home."""

from __future__ import annotations

from pathlib import Path

from app.settings import private_folder


class Marks:
    """Which failures the user has seen and put away."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "uploads"

    def dismiss(self, job_id: str) -> None:
        """The user has seen what became of this job."""
        (private_folder(self._folder) / f"{job_id}.dismissed").touch()

    def dismissed(self) -> frozenset[str]:
        """The jobs that the user has put away."""
        return frozenset(path.stem for path in self._folder.glob("*.dismissed"))
