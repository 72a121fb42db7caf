"""A published model to import."""

from __future__ import annotations

from pathlib import Path

from typer.testing import Result

from tests.app.commanding import readonce
from tests.golden.values import weights
from tests.retnet_core.published import GOLDEN, folder_of, told
from tests.retnet_core.test_plain_tokenizer import pieces


def publish(folder: Path, shards: int = 1, tokenizer: bool = True) -> Path:
    """A tiny random RetNet in fla's layout whose vocabulary is that of a tokenizer."""
    config, shapes, _ = told(GOLDEN / "fla" / "published.safetensors")
    wide = {name: (400, 32) if 45 in shape else shape for name, shape in shapes.items()}
    folder_of(folder, {**config, "vocab_size": 400}, weights(wide), shards)
    (folder / "LICENSE").write_text("MIT")
    if tokenizer:
        (folder / "tokenizer.model").write_bytes(pieces())
    return folder


def imported(*arguments: str) -> Result:
    return readonce("model", "import", *arguments)
