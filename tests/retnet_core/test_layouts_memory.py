"""Loading never holds two copies of the weights: measured in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from retnet_core.config import RetNetConfig
from retnet_core.model import RetNet
from tests.retnet_core.published import folder_of

MEGABYTE = 1024 * 1024
CONFIG = RetNetConfig(
    vocabulary=8_192, width=1024, layers=6, key_width=256, value_width=512, feedforward=2816,
    decay_exponents=(5.0, 6.0, 7.0, 8.0), tied_head=False,
)  # fmt: skip
OPTIONS = {
    "model_type": "retnet", "vocab_size": 8_192, "hidden_size": 1024, "num_hidden_layers": 6,
    "num_heads": 4, "intermediate_size": 2816,
}  # fmt: skip
# What the process holds of its own (RssAnon; mapped files are not in it) before, at most, after.
MEASURED = """
import sys, threading, torch
from pathlib import Path
from retnet_core.layouts.published import load_published

def held():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) // 1024

def watch():
    while not done.wait(0.002):
        most.append(held())

done, before = threading.Event(), held()
most = [before]
watcher = threading.Thread(target=watch)
watcher.start()
loaded = load_published(Path(sys.argv[1]), dtype=getattr(torch, sys.argv[2]))
done.set(), watcher.join()
print(max(*most, held()) - before)
print(Path("/proc/self/maps").read_text().count(".safetensors"))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """240 MB of random bfloat16 weights in two shards."""
    with torch.device("meta"):
        shapes = RetNet(CONFIG).named_parameters()
    tensors = {}
    for name, weight in shapes:
        stored = name.replace("g_norm", "g_norm_swish_gate")
        stored = stored if name.startswith("lm_head") else f"model.{stored}"
        tensors[stored] = nn.init.normal_(torch.empty(weight.shape, dtype=torch.bfloat16))
    return folder_of(tmp_path_factory.mktemp("large") / "model", OPTIONS, tensors, shards=2)


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="this system has no /proc")
@pytest.mark.parametrize(
    ("dtype", "copies", "maps"),
    [
        ("bfloat16", 0.3, 2),  # as stored: both files, mapped once; and what an import or two takes
        ("float32", 2.3, 0),  # twice the bytes, and one tensor on its way
    ],
)
def test_weights_are_in_memory_once_at_most(
    folder: Path, dtype: str, copies: float, maps: int
) -> None:
    stored = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    ended = subprocess.run(
        [sys.executable, "-c", MEASURED, str(folder), dtype],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    most, mappings = map(int, ended.stdout.split())
    assert most * MEGABYTE < copies * stored
    assert mappings == maps
