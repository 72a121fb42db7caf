"""Word vectors of a made BERT, against its layers written out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch.testing import assert_close

from tests.tiny_tokenizer import tiny_tokenizer
from training.teacher import (
    LONGEST,
    Teacher,
    _embed,
    _text_pieces,
    _word_pieces,
    piece_vectors,
)

HIDDEN, HEADS, LAYERS, INNER = 12, 3, 2, 20
WORDS = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "river", "##er", "##s", "mill", "m", "##i"),
    *("##ll", *"abcdefghijklnopqrstuvwxyz0123456789.,;?!"),
    *(f"##{letter}" for letter in "abcdefghjklmnopqrtuvwxyz"),
]
CONFIG = {"hidden_size": HIDDEN, "num_attention_heads": HEADS, "num_hidden_layers": LAYERS}


def made_weights() -> dict[str, torch.Tensor]:
    chance = torch.Generator().manual_seed(3)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(WORDS), HIDDEN),
        "embeddings.position_embeddings.weight": (24, HIDDEN),
        "embeddings.token_type_embeddings.weight": (2, HIDDEN),
    }
    linear: dict[str, tuple[int, int]] = {}
    norms = ["embeddings.LayerNorm"]
    for number in range(LAYERS):
        name = f"encoder.layer.{number}"
        for part in ("query", "key", "value"):
            linear[f"{name}.attention.self.{part}"] = (HIDDEN, HIDDEN)
        linear |= {
            f"{name}.attention.output.dense": (HIDDEN, HIDDEN),
            f"{name}.intermediate.dense": (INNER, HIDDEN),
            f"{name}.output.dense": (HIDDEN, INNER),
        }
        norms += [f"{name}.attention.output.LayerNorm", f"{name}.output.LayerNorm"]
    for name, shape in linear.items():
        shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    for name in norms:
        shapes |= {f"{name}.weight": (HIDDEN,), f"{name}.bias": (HIDDEN,)}
    return {name: torch.randn(shape, generator=chance) * 0.5 for name, shape in shapes.items()}


@pytest.fixture(scope="module")
def weights() -> dict[str, torch.Tensor]:
    return made_weights()


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory, weights: dict[str, torch.Tensor]) -> Path:
    folder = tmp_path_factory.mktemp("bert")
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    save_file(weights, folder / "model.safetensors")
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pieces") / "tokenizer.model"
    path.write_bytes(tiny_tokenizer().model)
    return path


@pytest.mark.parametrize("width", [HIDDEN, 8])
def test_every_piece_has_a_vector_of_norm_one(width: int, model: Path, teacher: Path) -> None:
    vectors = piece_vectors(model, teacher, width)
    assert vectors.shape == (360, width)
    assert_close(vectors.norm(dim=1), torch.ones(360))
    assert_close(piece_vectors(model, teacher, width), vectors, rtol=1e-3, atol=1e-4)


def test_vectors_of_all_components_keep_the_angles_of_the_teacher(
    model: Path, teacher: Path, weights: dict[str, torch.Tensor]
) -> None:
    """Turned, but as near to each other as the teacher's own, taken from their mean."""
    vectors = piece_vectors(model, teacher, HIDDEN)
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    pieces = ["▁the", "▁river", "s", "er", "▁mill", "."]
    processor = tiny_tokenizer()._processor
    ids = [processor.piece_to_id(piece) for piece in pieces]
    names = [processor.id_to_piece(number) for number in range(360)]
    texts = [n[1:] if n[0] == "▁" else f"##{n}" if n.isalpha() else n for n in names]
    rows = torch.stack([literal(_word_pieces(text, vocabulary), weights) for text in texts])
    centred = torch.nn.functional.normalize(rows - rows.mean(0), dim=1)[ids]
    assert_close(vectors[ids] @ vectors[ids].T, centred @ centred.T, rtol=1e-3, atol=1e-4)


def literal(ids: list[int], w: dict[str, torch.Tensor]) -> torch.Tensor:
    """BERT in loops over heads and tokens (Devlin et al. 2019), and the mean of its last layer."""

    def linear(x: np.ndarray, name: str) -> np.ndarray:
        out: np.ndarray = x @ w[f"{name}.weight"].numpy().T + w[f"{name}.bias"].numpy()
        return out

    def norm(x: np.ndarray, name: str) -> np.ndarray:
        spread = x.std(axis=1, keepdims=True)
        centred = (x - x.mean(axis=1, keepdims=True)) / np.sqrt(spread**2 + 1e-12)
        out: np.ndarray = centred * w[f"{name}.weight"].numpy() + w[f"{name}.bias"].numpy()
        return out

    kinds = ("word", "position", "token_type")
    word, place, kind = (w[f"embeddings.{each}_embeddings.weight"].numpy() for each in kinds)
    x = np.stack([word[i] + place[n] + kind[0] for n, i in enumerate(ids)])
    x = norm(x, "embeddings.LayerNorm")
    size = HIDDEN // HEADS
    for number in range(LAYERS):
        name = f"encoder.layer.{number}"
        q, k, v = (linear(x, f"{name}.attention.self.{p}") for p in ("query", "key", "value"))
        mixed = np.zeros_like(x)
        for head in range(HEADS):
            part = slice(head * size, (head + 1) * size)
            for token in range(len(ids)):
                scores = np.exp(k[:, part] @ q[token, part] / size**0.5)
                mixed[token, part] = scores / scores.sum() @ v[:, part]
        mixed = linear(mixed, f"{name}.attention.output.dense")
        x = norm(x + mixed, f"{name}.attention.output.LayerNorm")
        inner = torch.from_numpy(linear(x, f"{name}.intermediate.dense"))
        hidden = 0.5 * inner * (1 + torch.erf(inner / 2**0.5))
        x = norm(x + linear(hidden.numpy(), f"{name}.output.dense"), f"{name}.output.LayerNorm")
    return torch.from_numpy(x.mean(axis=0))


def test_padding_in_a_batch_changes_no_row(weights: dict[str, torch.Tensor]) -> None:
    rows = [[2, 5, 3], [2, 8, 9, 10, 11, 3], [2, 3]]
    together = _embed(rows, weights, CONFIG)
    for row, found in zip(rows, together, strict=True):
        assert_close(found, literal(row, weights), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("river", ["river"]),
        ("Rivers", ["river", "##s"]),
        ("mill", ["mill"]),
        ("mi", ["m", "##i"]),
        ("##er", ["##er"]),
        ("", []),
        ("\u4e2d", ["[UNK]"]),
        ("river\u4e2d", ["river", "[UNK]"]),
        ("#", ["[UNK]"]),
        ("<pad>", ["[UNK]"]),
    ],
)
def test_a_word_is_cut_into_the_longest_pieces(text: str, pieces: list[str]) -> None:
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    found = [WORDS[number] for number in _word_pieces(text, vocabulary)]
    assert found == ["[CLS]", *pieces, "[SEP]"]


def test_a_text_is_cut_as_bert_cuts_it() -> None:
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    found = [WORDS[number] for number in _text_pieces("The Rivér,mills?", vocabulary)]
    assert found == [
        "[CLS]", "the", "river", ",", "mill", "##s", "?", "[SEP]",
    ]  # fmt: skip
    assert len(_text_pieces("mill " * 1000, vocabulary)) == LONGEST


def test_the_vector_of_a_text_is_the_mean_of_its_pieces_made_one_long(
    teacher: Path, weights: dict[str, torch.Tensor]
) -> None:
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    texts = ["The river, the mill.", "mills"]
    found = Teacher.of(teacher).of_texts(texts)
    for text, row in zip(texts, found, strict=True):
        expected = literal(_text_pieces(text, vocabulary), weights)
        assert_close(row, (expected / expected.norm()).float(), rtol=1e-4, atol=1e-5)
