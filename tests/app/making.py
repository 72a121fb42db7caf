"""Real small parts for the tests of the app: readers, documents, and the command line run apart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch

from app.settings import Settings
from app.supervisor import child_environment
from retnet_core.checkpoint import save_reader
from retnet_core.config import ReaderConfig, RetNetConfig
from retnet_core.reader import Reader
from tests.tiny_tokenizer import tiny_tokenizer

ROOT = Path(__file__).parents[2]

SENTENCES = (
    "The river Marden rises in the hills above the village and reaches the sea after 84 miles.",
    "Anna Velling opened the first school of the valley in 1873.",
    "Her brother built the mill, and the mill ground corn until the flood.",
    "When the bridge fell in 1921, the villagers crossed by boat.",
    "The council of the valley meets on the first Monday of every month.",
)


def make_reader(folder: Path, seed: int = 0) -> Path:
    """A checkpoint folder with a reader of random weights that reads a page in milliseconds."""
    torch.manual_seed(seed)
    body = RetNetConfig(
        vocabulary=360,
        width=16,
        layers=2,
        key_width=4,
        value_width=8,
        feedforward=32,
        decay_exponents=(3.0, 6.0),
    )
    config = ReaderConfig(
        body=body,
        pointer_layers=1,
        pointer_key_width=4,
        pointer_value_width=8,
        pointer_decay_exponents=(2.0, 4.0),
        longest_answer=12,
    )
    pieces = folder.parent / f"{folder.name}.pieces"
    pieces.write_bytes(tiny_tokenizer().model)
    save_reader(folder, Reader(config), pieces)
    return folder


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


def lines_of(out: str) -> list[dict[str, Any]]:
    """What a command printed with --json."""
    return [json.loads(line) for line in out.splitlines()]
