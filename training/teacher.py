"""A public sentence-embedding model that teaches: word vectors, and vectors of whole texts.

The teacher is a BERT encoder in its Hugging Face folder: config.json, vocab.txt,
model.safetensors. It embeds every piece of our vocabulary by itself; the principal components of
these vectors, as many as our embeddings are wide, are where training begins. What it makes of
passages and questions is what the embedding head learns from. It is not used afterwards.
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from sentencepiece import SentencePieceProcessor
from torch import Tensor
from torch.nn import functional as F

LONGEST = 256  # pieces of a text

Weights = dict[str, Tensor]

_token = re.compile(r"[^\W_]+|[^\w\s]|_")


@dataclass(frozen=True, slots=True, eq=False)
class Teacher:
    """A BERT encoder: its weights, its shape and the numbers of its word pieces."""

    weights: Weights
    config: dict[str, int]
    vocabulary: dict[str, int]

    @staticmethod
    def of(folder: Path) -> "Teacher":
        """The teacher in a folder."""
        lines = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
        return Teacher(
            load_file(folder / "model.safetensors"),
            json.loads((folder / "config.json").read_text(encoding="utf-8")),
            {word: number for number, word in enumerate(lines)},
        )

    def of_texts(self, texts: Sequence[str], batch: int = 16) -> Tensor:
        """The vectors of whole texts [n, hidden], rows of norm 1; each is cut at LONGEST pieces."""
        rows = self._rows([_text_pieces(text, self.vocabulary) for text in texts], batch)
        return F.normalize(rows, dim=-1)

    def of_words(self, words: Sequence[str], batch: int = 512) -> Tensor:
        """The vectors of single words or pieces of words, as they come: [n, hidden]."""
        return self._rows([_word_pieces(word, self.vocabulary) for word in words], batch)

    def _rows(self, cut: list[list[int]], batch: int) -> Tensor:
        rows = torch.empty(len(cut), self.config["hidden_size"])
        order = sorted(range(len(cut)), key=lambda number: len(cut[number]))
        with torch.inference_mode():
            for first in range(0, len(order), batch):
                chosen = order[first : first + batch]
                ids = [cut[number] for number in chosen]
                rows[chosen] = _embed(ids, self.weights, self.config).float()
        return rows


def piece_vectors(tokenizer: Path, teacher: Path, width: int) -> Tensor:
    """One vector for each piece of a SentencePiece model: [vocabulary, width], rows of norm 1."""
    return _principal(Teacher.of(teacher).of_words(piece_texts(tokenizer)), width)


def piece_texts(tokenizer: Path) -> list[str]:
    """What each piece says; a piece inside a word is marked as BERT marks it, with ##."""
    processor = SentencePieceProcessor(model_file=str(tokenizer))
    names = [processor.id_to_piece(number) for number in range(processor.vocab_size())]
    return [
        name[1:] if name.startswith("▁") else f"##{name}" if name.isalpha() else name
        for name in names
    ]


def _word_pieces(text: str, vocabulary: dict[str, int]) -> list[int]:
    """The longest-match pieces of one lower-cased word between [CLS] and [SEP]."""
    rest, ids = text.lower(), [vocabulary["[CLS]"]]
    while rest.removeprefix("##"):
        length = next((n for n in range(len(rest), 0, -1) if rest[:n] in vocabulary), 0)
        if not length or rest[:length] in ("#", "##"):
            ids.append(vocabulary["[UNK]"])
            break
        ids.append(vocabulary[rest[:length]])
        rest = f"##{rest[length:]}"
    return [*ids, vocabulary["[SEP]"]]


def _text_pieces(text: str, vocabulary: dict[str, int]) -> list[int]:
    """The pieces of a text as BERT cuts it: words and single marks, lower case, no accents."""
    parts = unicodedata.normalize("NFD", text.lower())
    plain = "".join(letter for letter in parts if unicodedata.category(letter) != "Mn")
    ids = [vocabulary["[CLS]"]]
    for token in _token.findall(plain):
        ids += _word_pieces(token, vocabulary)[1:-1]
        if len(ids) >= LONGEST:
            break
    return [*ids[: LONGEST - 1], vocabulary["[SEP]"]]


def _embed(cut: list[list[int]], weights: Weights, config: dict[str, int]) -> Tensor:
    """The mean of the last hidden vectors of each row of ids: [rows, hidden]."""
    longest = max(map(len, cut))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in cut])
    real = torch.tensor([[1.0] * len(row) + [0.0] * (longest - len(row)) for row in cut])
    x = (
        weights["embeddings.word_embeddings.weight"][ids]
        + weights["embeddings.position_embeddings.weight"][:longest]
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    x = _norm(x, weights, "embeddings.LayerNorm")
    for number in range(config["num_hidden_layers"]):
        x = _layer(x, real, weights, f"encoder.layer.{number}", config["num_attention_heads"])
    return (x * real[..., None]).sum(1) / real.sum(1, keepdim=True)


def _layer(x: Tensor, real: Tensor, weights: Weights, name: str, heads: int) -> Tensor:
    q, k, v = (
        _linear(x, weights, f"{name}.attention.self.{part}").unflatten(-1, (heads, -1))
        for part in ("query", "key", "value")
    )
    mask = (real == 1)[:, None, None]
    mixed = F.scaled_dot_product_attention(
        q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), attn_mask=mask
    )
    out = _linear(mixed.transpose(1, 2).flatten(2), weights, f"{name}.attention.output.dense")
    x = _norm(x + out, weights, f"{name}.attention.output.LayerNorm")
    hidden = F.gelu(_linear(x, weights, f"{name}.intermediate.dense"))
    out = _linear(hidden, weights, f"{name}.output.dense")
    return _norm(x + out, weights, f"{name}.output.LayerNorm")


def _linear(x: Tensor, weights: Weights, name: str) -> Tensor:
    return F.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])


def _norm(x: Tensor, weights: Weights, name: str) -> Tensor:
    shape = (x.shape[-1],)
    return F.layer_norm(x, shape, weights[f"{name}.weight"], weights[f"{name}.bias"], 1e-12)


def _principal(rows: Tensor, width: int) -> Tensor:
    centred = rows - rows.mean(0)
    _, _, directions = torch.linalg.svd(centred, full_matrices=False)
    return F.normalize(centred @ directions[:width].T, dim=-1)
