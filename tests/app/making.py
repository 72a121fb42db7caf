"""Real small parts for the tests of the app: readers, documents, and the command line run apart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.settings import Settings
from app.supervisor import child_environment
from tests.tiny_reader import make_reader as make_reader

ROOT = Path(__file__).parents[2]

SENTENCES = (
    "The river Marden rises in the hills above the village and reaches the sea after 84 miles.",
    "Anna Velling opened the first school of the valley in 1873.",
    "Her brother built the mill, and the mill ground corn until the flood.",
    "When the bridge fell in 1921, the villagers crossed by boat.",
    "The council of the valley meets on the first Monday of every month.",
)


def long_text(paragraphs: int) -> str:
    """A text whose paragraphs are all different."""
    lines = []
    for number in range(paragraphs):
        chosen = [SENTENCES[(number + step) % len(SENTENCES)] for step in range(3)]
        lines.append(f"Entry {number} of the chronicle. " + " ".join(chosen))
    return "\n\n".join(lines)


def start(settings: Settings, *arguments: str) -> subprocess.Popen[str]:
    """`readonce arguments` as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", "from app.cli import main; main()", *arguments],
        env={**os.environ, **child_environment(settings)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`readonce arguments` to its end."""
    process = start(settings, *arguments)
    out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def lines_of(out: str) -> list[Any]:
    """What a command printed with --json."""
    return [json.loads(line) for line in out.splitlines()]


def outcomes_of(module: str, *arguments: str, before: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The JSON lines that `python -m module arguments` prints in a process of its own.

    before: the command that this one is handed to.
    """
    child = subprocess.run(
        [*before, sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert child.returncode == 0, child.stderr
    return lines_of(child.stdout)
