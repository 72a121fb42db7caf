"""Run a function of the tests in other processes, which share nothing with this one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def start(module: str, *arguments: str) -> subprocess.Popen[str]:
    """Start `python -m module arguments` with the project's folder as its own."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def outcome(child: subprocess.Popen[str]) -> str:
    """What the child printed; a child that failed fails the test with it."""
    printed, _ = child.communicate(timeout=280)
    assert child.returncode == 0, printed
    return printed
