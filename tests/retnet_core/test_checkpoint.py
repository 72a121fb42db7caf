"""A reader saved and loaded is the same; a folder that holds none is refused in a sentence."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.testing import assert_close

from retnet_core.checkpoint import LoadedReader, load_reader, save_reader
from retnet_core.config import ReaderConfig, RetNetConfig
from retnet_core.errors import InvalidCheckpoint
from retnet_core.reader import Reader
from tests.tiny_tokenizer import tiny_tokenizer

VOCABULARY = 360
CONFIG = ReaderConfig(
    body=RetNetConfig(
        vocabulary=VOCABULARY, width=8, layers=2, key_width=4, value_width=6, feedforward=9,
        decay_exponents=(5.0, 9.0),
    ),
    pointer_layers=1,
    pointer_key_width=4,
    pointer_value_width=4,
    pointer_decay_exponents=(3.0, 5.0),
    longest_answer=6,
)  # fmt: skip


@pytest.fixture(scope="module")
def reader() -> Reader:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return Reader(CONFIG)


@pytest.fixture
def pieces(tmp_path: Path) -> Path:
    path = tmp_path / "pieces"
    path.write_bytes(tiny_tokenizer().model)
    return path


@pytest.fixture
def folder(tmp_path: Path, reader: Reader, pieces: Path) -> Path:
    save_reader(tmp_path / "model", reader, pieces, torch.float32)
    return tmp_path / "model"


def hidden(loaded: LoadedReader) -> torch.Tensor:
    out: torch.Tensor = loaded.reader.body(torch.arange(40)[None])[0]
    return out


def test_a_reader_comes_back_exactly(folder: Path, reader: Reader) -> None:
    loaded = load_reader(folder)
    assert loaded.reader.config == CONFIG
    expected = reader.state_dict()
    assert_close(dict(loaded.reader.state_dict()), dict(expected), rtol=0, atol=0)
    assert_close(hidden(loaded), reader.body(torch.arange(40)[None])[0].detach())
    assert loaded.tokenizer.model == tiny_tokenizer().model
    assert loaded.tokenizer_fingerprint == tiny_tokenizer().fingerprint


def test_a_loaded_reader_is_for_inference(folder: Path) -> None:
    body = load_reader(folder).reader.body
    assert body.lm_head.weight is body.embeddings.weight
    assert not body.training
    assert not any(weight.requires_grad for weight in body.parameters())


def test_loading_leaves_the_random_numbers_alone(folder: Path) -> None:
    before = torch.random.get_rng_state()
    load_reader(folder)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_half_the_bytes_load_into_any_type(
    tmp_path: Path, reader: Reader, pieces: Path, dtype: torch.dtype
) -> None:
    save_reader(tmp_path / "half", reader, pieces, dtype)
    single, half = load_reader(tmp_path / "half"), load_reader(tmp_path / "half", dtype=dtype)
    assert {w.dtype for w in single.reader.parameters()} == {torch.float32}
    assert {w.dtype for w in half.reader.parameters()} == {dtype}
    assert single.weights_fingerprint == half.weights_fingerprint
    assert_close(single.reader.body.embeddings.weight, half.reader.body.embeddings.weight.float())


def test_the_fingerprint_names_weights_and_config(
    tmp_path: Path, folder: Path, reader: Reader, pieces: Path
) -> None:
    names = {load_reader(folder).weights_fingerprint}
    assert save_reader(tmp_path / "same", reader, pieces, torch.float32) in names
    names.add(save_reader(tmp_path / "half", reader, pieces))
    with torch.no_grad():
        reader.body.norm.weight[0] += 1
        names.add(save_reader(tmp_path / "other", reader, pieces, torch.float32))
        reader.body.norm.weight[0] -= 1
    assert len(names) == 3
    config = json.loads((folder / "config.json").read_text())
    config["reader"]["body"]["rotary_base"] = 9999.0
    del config["weights"]
    (folder / "config.json").write_text(json.dumps(config))
    assert load_reader(folder).weights_fingerprint not in names


def test_the_fingerprint_is_checked_only_where_it_is_written(folder: Path) -> None:
    """A folder made by hand, of the files that the format asks for, is a reader."""
    config = json.loads((folder / "config.json").read_text())
    named = load_reader(folder)
    written = {"format": 1, "reader": config["reader"]}
    (folder / "config.json").write_text(json.dumps(written))
    assert load_reader(folder).weights_fingerprint == named.weights_fingerprint


def test_saving_again_replaces_the_folder_and_keeps_its_card(
    folder: Path, reader: Reader, pieces: Path
) -> None:
    save_reader(folder, reader, pieces, card="# A card\n")
    (folder / "stray").write_text("from elsewhere")
    save_reader(folder, reader, pieces, torch.float32)
    assert (folder / "README.md").read_text() == "# A card\n"
    assert not (folder / "stray").exists()
    assert sorted(p.name for p in folder.parent.iterdir()) == ["model", "pieces"]


def test_a_save_that_fails_leaves_the_old_reader(
    folder: Path, reader: Reader, tmp_path: Path
) -> None:
    before = load_reader(folder).weights_fingerprint
    with pytest.raises(FileNotFoundError):
        save_reader(folder, reader, tmp_path / "no such file")
    with pytest.raises(UnicodeEncodeError):
        save_reader(folder, reader, folder / "tokenizer.model", card="\ud800")
    assert load_reader(folder).weights_fingerprint == before
    assert sorted(p.name for p in folder.parent.iterdir()) == ["model", "pieces"]


def _config(change: Callable[[dict[str, object]], None]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        values = json.loads((folder / "config.json").read_text())
        values.pop("weights")
        change(values)
        (folder / "config.json").write_text(json.dumps(values))

    return damage


def _body(**changes: object) -> Callable[[Path], None]:
    return _config(lambda values: values["reader"]["body"].update(changes))  # type: ignore[index]


def _tensors(change: Callable[[dict[str, torch.Tensor]], object]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        tensors = load_file(folder / "model.safetensors")
        change(tensors)
        save_file(tensors, folder / "model.safetensors")

    return damage


def _bytes(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        (folder / name).write_bytes(change((folder / name).read_bytes()))

    return damage


def _flipped(content: bytes) -> bytes:
    middle = len(content) * 3 // 4
    return content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :]


NORM = "body.norm.weight"
DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "no config": (lambda f: (f / "config.json").unlink(), "no file config.json"),
    "no weights": (lambda f: (f / "model.safetensors").unlink(), "no file model.safetensors"),
    "no tokenizer": (lambda f: (f / "tokenizer.model").unlink(), "no file tokenizer.model"),
    "config of another format": (_config(lambda v: v.update(format=2)), "format is 2"),
    "config cut off": (_bytes("config.json", lambda b: b[:40]), "cannot be understood"),
    "config not text": (_bytes("config.json", lambda b: b"\xff\xfe\x00"), "cannot be understood"),
    "config a list": (_bytes("config.json", lambda b: b"[1]"), "cannot be understood"),
    "config nested deep": (_bytes("config.json", lambda b: b"[" * 10**5), "cannot be understood"),
    "config with an unknown name": (_body(colour="red"), "cannot be understood"),
    "config with a word for a size": (_body(width="wide"), "cannot be understood"),
    "config with a fraction for a size": (_body(width=8.5), "cannot be"),
    "config with no layers": (_body(layers=0), "cannot be understood"),
    "config with a million layers": (_body(layers=10**6), "more layers"),
    "config of an absurd width": (_body(width=10**12), "cannot be|by config.json"),
    "config beyond counting": (_body(width=10**30), "cannot be"),
    "weights cut off": (_bytes("model.safetensors", lambda b: b[:-1]), "damaged or cut off"),
    "weights empty": (_bytes("model.safetensors", lambda b: b""), "damaged or cut off"),
    "weights with a huge header": (
        _bytes("model.safetensors", lambda b: b"\xff" * 8 + b[8:]), "damaged or cut off"
    ),
    "weights with a flipped bit": (_bytes("model.safetensors", _flipped), "not the file"),
    "a tensor too few": (_tensors(lambda t: t.pop(NORM)), f"{NORM} is missing in"),
    "a tensor too many": (_tensors(lambda t: t.update(x=torch.ones(2))), "x is 2 .* missing by"),
    "a tensor of another shape": (_tensors(lambda t: t.update({NORM: torch.ones(9)})), "is 9 in"),
    "a tensor of whole numbers": (
        _tensors(lambda t: t.update({NORM: torch.ones(8, dtype=torch.int32)})), "is missing in"
    ),
    "tokenizer with a flipped bit": (_bytes("tokenizer.model", _flipped), "not the file"),
    "tokenizer of another size": (_body(vocabulary=361), "360 pieces .* for 361"),
}  # fmt: skip


@pytest.mark.parametrize(("damage", "sentence"), DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_folder_is_refused(
    folder: Path, damage: Callable[[Path], None], sentence: str
) -> None:
    damage(folder)
    with pytest.raises(InvalidCheckpoint, match=sentence) as refusal:
        load_reader(folder)
    assert re.fullmatch(r"[^\n]+\.", str(refusal.value))


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidCheckpoint, match=r"no file config\.json"):
        load_reader(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.model"])
def test_random_damage_is_always_refused_or_harmless(folder: Path, name: str) -> None:
    chance = random.Random(5)
    before, sound = load_reader(folder), (folder / name).read_bytes()
    for _ in range(150):
        broken = bytearray(sound)
        for _ in range(chance.randint(1, 3)):
            broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
        (folder / name).write_bytes(broken[: chance.choice([len(broken), len(broken) // 2])])
        try:
            loaded = load_reader(folder)
        except InvalidCheckpoint:
            continue
        assert loaded.weights_fingerprint == before.weights_fingerprint
        assert loaded.reader.config == before.reader.config
