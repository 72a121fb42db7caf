"""What a published folder may hold that cannot be honoured: each is refused in one sentence."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from retnet_core.errors import InvalidCheckpoint
from retnet_core.layouts.published import load_published, open_published
from tests.retnet_core.published import GOLDEN, golden_folder, told
from tests.tiny_tokenizer import tiny_tokenizer

Damage = Callable[[Path], object]


def fla(folder: Path, shards: int = 1) -> Path:
    return golden_folder(folder, GOLDEN / "fla" / "published.safetensors", shards=shards)


def refused(folder: Path, sentence: str) -> None:
    with pytest.raises(InvalidCheckpoint, match=sentence) as refusal:
        open_published(folder)
    assert re.fullmatch(r"[^\n]+\.", str(refusal.value))


def options(**changes: object) -> Damage:
    def damage(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, **changes}))

    return damage


def tensors(change: Callable[[dict[str, Tensor]], object]) -> Damage:
    def damage(folder: Path) -> None:
        found = load_file(folder / "model.safetensors")
        change(found)
        save_file(found, folder / "model.safetensors")

    return damage


def content(name: str, change: Callable[[bytes], bytes]) -> Damage:
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes()))


FLA: dict[str, tuple[Damage, str]] = {
    "short convolutions": (options(use_short_conv=True), "use_short_conv is true"),
    "a feature map": (options(feature_map="relu"), 'feature_map is "relu"'),
    "hybrid attention": (options(attn={"layers": [0]}), "option attn is"),
    "attention over layers": (options(attnres_block_size=2), "attnres_block_size is 2"),
    "no output gate": (options(use_output_gate=False), "use_output_gate is false"),
    "another activation": (options(hidden_act="powlu"), 'hidden_act is "powlu", and only "swish"'),
    "an option of tomorrow": (options(clamp_min=0.1), r"clamp_min \(0.1\) is not known"),
    "another architecture": (options(model_type="llama"), "model_type 'llama'"),
    "a word for a size": (options(hidden_size="wide"), "hidden_size must be a whole number"),
    "a fraction for a size": (options(num_hidden_layers=1.5), "num_hidden_layers must be"),
    "true for a size": (options(num_heads=True), "num_heads must be"),
    "a word for a flag": (options(tie_word_embeddings="yes"), "must be true or false"),
    "a width below 0": (options(expand_v=-2), "expand_v must be a number above 0"),
    "an endless width": (options(expand_v=float("inf")), "expand_v must be a number above 0"),
    "heads that do not divide": (options(num_heads=5), "cannot be cut evenly"),
    "key heads that do not divide": (options(num_kv_heads=3), "cannot share 3"),
    "a million heads": (options(num_heads=2**20, hidden_size=2**22), "more than the 1024"),
    "a million layers": (options(num_hidden_layers=10**6), "more layers than"),
    "an absurd width": (options(hidden_size=4 * 10**12), "cannot be"),
    "a size beyond counting": (options(hidden_size=4 * 10**30), "cannot be|cut evenly"),
    "another vocabulary": (options(vocab_size=46), "lm_head.weight is 45 × 32, and 46"),
    "a tensor too few": (tensors(lambda t: t.pop("model.norm.weight")), "norm.weight is missing"),
    "a tensor too many": (tensors(lambda t: t.update(x=torch.ones(2))), "tensor x has no place"),
    "a tensor of whole numbers": (
        tensors(lambda t: t.update(x=torch.ones(2, dtype=torch.int8))), "x is of type I8"
    ),
    "no config": (lambda f: (f / "config.json").unlink(), "no file config.json"),
    "a config cut off": (content("config.json", lambda b: b[:50]), "cannot be understood"),
    "a config that is a list": (content("config.json", lambda b: b"[1]"), "cannot be understood"),
    "a config nested deep": (content("config.json", lambda b: b"[" * 10**5), "cannot be under"),
    "no weights": (lambda f: (f / "model.safetensors").unlink(), "neither model.safetensors nor"),
    "weights cut off": (content("model.safetensors", lambda b: b[:-1]), "damaged or cut off"),
    "weights with a huge header": (
        content("model.safetensors", lambda b: b"\xff" * 8 + b[8:]), "damaged or cut off"
    ),
    "a pickle": (
        lambda f: (f / "model.safetensors").rename(f / "pytorch_model.bin"),
        r"pytorch_model.bin, a pickle.*save_file",
    ),
    "a damaged tokenizer": (
        lambda f: (f / "tokenizer.model").write_bytes(b"\x0a\xff\xff"), "tokenizer.model is damaged"
    ),
    "a tokenizer too large": (
        lambda f: (f / "tokenizer.model").write_bytes(tiny_tokenizer().model), "has 360 pieces"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("damage", "sentence"), FLA.values(), ids=FLA.keys())
def test_a_folder_of_fla_that_cannot_be_honoured_is_refused(
    tmp_path: Path, damage: Damage, sentence: str
) -> None:
    damage(fla(tmp_path / "model"))
    refused(tmp_path / "model", sentence)


SHARDS: dict[str, tuple[dict[str, Any], str]] = {
    "no map": ({}, "cannot be understood"),
    "a map of numbers": ({"weight_map": {"x": 1}}, "no file beside it"),
    "a shard elsewhere": ({"weight_map": {"x": "../secret.safetensors"}}, "no file beside it"),
    "a shard at a path": ({"weight_map": {"x": "/etc/passwd"}}, "no file beside it"),
    "a shard that is missing": ({"weight_map": {"x": "y.safetensors"}}, "no file beside it"),
    "a tensor that is missing": (
        {"weight_map": {"x": "model-00001-of-00002.safetensors"}}, "promises x in"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("index", "sentence"), SHARDS.values(), ids=SHARDS.keys())
def test_an_index_that_is_wrong_is_refused(
    tmp_path: Path, index: dict[str, Any], sentence: str
) -> None:
    folder = fla(tmp_path / "model", shards=2)
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    refused(folder, sentence)


TORCHSCALE: dict[str, tuple[Damage, str]] = {
    "deepnorm": (options(deepnorm=True), "deepnorm is true"),
    "norms behind": (options(decoder_normalize_before=False), "normalize_before is false"),
    "a norm on embeddings": (options(layernorm_embedding=True), "layernorm_embedding is true"),
    "experts": (options(moe_freq=2), "moe_freq is 2"),
    "two ways": (options(multiway=True), "multiway is true"),
    "no head": (options(no_output_layer=True), "no_output_layer is true"),
    "another activation": (options(activation_fn="relu"), 'activation_fn is "relu"'),
    "an option of tomorrow": (options(use_glu=True), r"use_glu \(true\) is not known"),
    "no vocabulary": (options(vocab_size=-1), "vocab_size must be a whole number"),
    "heads that do not divide": (options(decoder_retention_heads=3), "cannot be cut evenly"),
    "a tensor of another shape": (
        tensors(lambda t: t.update({"layer_norm.weight": torch.ones(9)})), "is 9, and 32 by"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("damage", "sentence"), TORCHSCALE.values(), ids=TORCHSCALE.keys())
def test_a_folder_of_torchscale_that_cannot_be_honoured_is_refused(
    tmp_path: Path, damage: Damage, sentence: str
) -> None:
    folder = golden_folder(tmp_path / "model", GOLDEN / "torchscale" / "default.safetensors")
    damage(folder)
    refused(folder, sentence)


HARMLESS = {
    "a way to compute": {"attn_mode": "fused_recurrent", "fuse_norm": False},
    "an unknown option that is off": {"tomorrow": None, "afterwards": False},
    "the other name of swish": {"hidden_act": "silu"},
    "what describes the files": {"torch_dtype": "bfloat16", "_name_or_path": "x/y"},
}


@pytest.mark.parametrize("changes", HARMLESS.values(), ids=HARMLESS.keys())
def test_an_option_that_changes_no_result_is_passed_over(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    folder = fla(tmp_path / "model")
    before = load_published(folder).weights_fingerprint
    options(**changes)(folder)
    assert load_published(folder).weights_fingerprint == before


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_random_damage_is_refused_or_gives_other_fingerprints(tmp_path: Path, name: str) -> None:
    folder, chance = fla(tmp_path / "model"), random.Random(3)
    before, sound = load_published(folder), (folder / name).read_bytes()
    for _ in range(60):
        broken = bytearray(sound)
        broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
        (folder / name).write_bytes(broken[: chance.choice([len(broken), len(broken) // 2])])
        try:
            loaded = load_published(folder)
        except InvalidCheckpoint:
            continue
        if loaded.model.config == before.model.config and name != "config.json":
            assert loaded.weights_fingerprint != before.weights_fingerprint


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / "nowhere", r"no file config\.json")


def test_the_golden_config_is_what_fla_itself_writes() -> None:
    config, _, _ = told(GOLDEN / "fla" / "published.safetensors")
    assert {"attn_mode", "transformers_version", "fuse_swiglu"} <= config.keys()
