"""Named shapes of RetNets, and what each of them takes: parameters and bytes, by formula.

Letters: B batch, T tokens, D width, L layers, H heads, K key width, V value width, C chunk.
Bytes count tensors only; a process also holds the libraries that it runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import get_args

from retnet_core.config import RetNetConfig
from retnet_core.held import Kind

_WIDE = {"float32": 4, "bfloat16": 2, "int8": 1}


def _paper(width: int, layers: int, feedforward: int) -> RetNetConfig:
    """Heads of 256 key and 512 value numbers, decay exponents 5, 6, 7, ... (sections 2.2, 3.1)."""
    heads = width // 256
    return RetNetConfig(
        vocabulary=32_000,
        width=width,
        layers=layers,
        key_width=256,
        value_width=512,
        feedforward=feedforward,
        decay_exponents=tuple(5.0 + head for head in range(heads)),
        tied_head=False,
    )


PRESETS: Mapping[str, RetNetConfig] = MappingProxyType(
    {
        "shipped": RetNetConfig(
            vocabulary=16_384,
            width=256,
            layers=6,
            key_width=64,
            value_width=128,
            feedforward=512,
            decay_exponents=(3.5, 6.0, 9.0, 13.0),
        ),
        "55M": RetNetConfig(
            vocabulary=16_384,
            width=640,
            layers=9,
            key_width=64,
            value_width=128,
            feedforward=896,
            decay_exponents=tuple(5.0 + head for head in range(10)),
        ),
        "1.3B": _paper(2048, 24, 2816),
        "2.7B": _paper(2560, 32, 3584),
        "6.7B": _paper(4096, 32, 5632),
        "13B": _paper(5120, 40, 6912),
    }
)
"""shipped is the body of the shipped reader, 55M the shape that speeds are compared at.

The others are the paper's (Sun et al. 2023, table 2; 13B, which it names among its training costs
only, has the shape of the authors' code). Their feed-forward has the three matrices of the
published weights, 1.3B and 2.7B being those very shapes, in the place of the paper's two of width
2D: 4D² numbers either way, rounded up to a multiple of 256. The vocabulary is that of the published
weights; the paper gives none.
"""


def layer_parameters(config: RetNetConfig) -> int:
    """Of one layer: q, k, v, g and o of eq. 8, three matrices of feed-forward, three norms."""
    width, keys, values = config.width, config.key_width, config.value_width
    retained = config.heads * (keys + 2 * values) + config.heads_written * (keys + values)
    return width * (retained + 3 * config.feedforward) + 2 * width + values


def parameters(config: RetNetConfig) -> int:
    """Every number that is learnt, a tied head counted once."""
    tables = config.vocabulary * config.width * (1 if config.tied_head else 2)
    return tables + config.layers * layer_parameters(config) + config.width


def weight_bytes(config: RetNetConfig, weights: Kind) -> int:
    """The weights at rest.

    int8: one byte a number and one float32 scale a row in every matrix that multiplies; norms are
    float32, embeddings bfloat16 (their rows are looked up), a tied head a matrix of its own. Once
    single tokens are written, the matrices are there a second time, in plain order (held.py).
    Raises ValueError for an unknown kind.
    """
    if weights not in get_args(Kind):
        raise ValueError(f"weights are one of {', '.join(get_args(Kind))}, not {weights!r}")
    norms = config.layers * (2 * config.width + config.value_width) + config.width
    matrices = parameters(config) - norms
    if weights == "int8":
        table = config.vocabulary * config.width
        multiply = matrices if config.tied_head else matrices - table
        return multiply + 4 * (_matrix_rows(config) + norms) + 2 * table
    return _WIDE[weights] * (matrices + norms)


def state_bytes(config: RetNetConfig) -> int:
    """The live state of one document, float32: the same after any number of tokens."""
    return 4 * config.state_elements


def step_bytes(config: RetNetConfig, weights: Kind) -> int:
    """What one more token of one row fetches: every weight, the head included, and the state.

    Not the table of embeddings, of which it takes a row. Scales of int8 are left out.
    """
    table = 0 if config.tied_head else config.vocabulary * config.width
    return _WIDE[weights] * (parameters(config) - table) + state_bytes(config)


def cache_bytes(config: RetNetConfig, tokens: int) -> int:
    """Keys and values that a Transformer of this width and depth keeps instead, bfloat16.

    With as many key heads as query heads; sharing them would divide this.
    """
    return 2 * 2 * config.layers * config.width * tokens


@dataclass(frozen=True, slots=True)
class TrainingBytes:
    """What a step of training holds at its peak, in bytes."""

    weights: int
    gradients: int
    optimizer: int
    activations: int

    @property
    def total(self) -> int:
        return self.weights + self.gradients + self.optimizer + self.activations


def training_bytes(
    config: RetNetConfig, tokens: int, *, chunk: int = 128, sparing: bool = False
) -> TrainingBytes:
    """Float32 weights, gradients and both moments of AdamW; activations of bfloat16 autocast.

    tokens: of a step, rows times length. sparing: each layer keeps only its input and is read a
    second time during the backward pass (training/sparing.py). The logits are not in it: they can
    be made a slice at a time. An estimate: what a version of torch keeps besides is not known here.
    """
    weights = 4 * parameters(config)
    layer = _layer_activations(config, chunk)
    kept = config.layers * 4 * config.width + layer if sparing else config.layers * layer
    return TrainingBytes(weights, weights, 2 * weights, tokens * kept)


def serving_bytes(config: RetNetConfig, weights: Kind, documents: int) -> int:
    """The weights once and the live state of every document that is open."""
    return weight_bytes(config, weights) + documents * state_bytes(config)


def _matrix_rows(config: RetNetConfig) -> int:
    """Rows, or outputs, of all matrices that multiply."""
    keys, values = config.key_width, config.value_width
    retained = config.heads * (keys + values) + config.heads_written * (keys + values)
    layer = retained + config.width + 2 * config.feedforward + config.width
    return config.layers * layer + config.vocabulary


def _layer_activations(config: RetNetConfig, chunk: int) -> int:
    """Bytes that one layer keeps of each token for the backward pass.

    Two norms over the float32 residual and their casts; q and k before and after their turn,
    v, the gate, its two factors and their product; the scores of a chunk; the feed-forward's three.
    """
    width, keys = config.width, config.heads * config.key_width
    values = config.heads * config.value_width
    normed = 2 * (4 + 2) * width
    retained = 2 * (4 * keys + 7 * values) + 2 * config.heads * chunk
    state = 2 * config.heads * config.key_width * config.value_width // chunk
    return normed + retained + state + 2 * 4 * config.feedforward
