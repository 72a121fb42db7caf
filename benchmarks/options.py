"""What the commands share whose results are kept."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch


def command(name: str, said: str | None) -> argparse.ArgumentParser:
    """A parser with the options that are everywhere: threads, and where the results go."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks {name}", description=said)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--out", type=Path, help="append the results to this file, as JSON lines")
    return parser


def parsed(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> argparse.Namespace:
    """The options, once torch has as many threads as they say."""
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    return options
