"""The shape of a RetNet: the few numbers that travel inside its checkpoint."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

Activation = Literal["silu", "gelu"]

# Fields younger than the first checkpoints, left out at these values: the fingerprints of older
# weights, and with them every stored state, stay what they were.
_YOUNGER = {
    "key_value_heads": None,
    "activation": "silu",
    "embedding_width": None,
    "salience_width": None,
}


@dataclass(frozen=True, slots=True)
class RetNetConfig:
    """Sizes and constants of one model.

    Head h of every layer forgets by γ = 1 − 2^(−decay_exponents[h]) at each token (paper, eq. 8
    with exponents 5, 6, 7, ...); its half-life is about 0.69 · 2^exponent tokens.
    key_value_heads: heads that have keys and values of their own, each shared by as many query
    heads that follow one another; None for all. activation: of the gated feed-forward.
    """

    vocabulary: int
    width: int
    layers: int
    key_width: int
    value_width: int
    feedforward: int
    decay_exponents: tuple[float, ...]
    rotary_base: float = 10_000.0
    norm_epsilon: float = 1e-6
    tied_head: bool = True
    key_value_heads: int | None = None
    activation: Activation = "silu"

    def __post_init__(self) -> None:
        sizes = (self.vocabulary, self.width, self.layers, self.value_width, self.feedforward)
        if min(sizes) < 1 or not self.decay_exponents:
            raise ValueError("every size of a RetNetConfig must be at least 1")
        if self.key_width < 2 or self.key_width % 2:
            raise ValueError(f"key_width must be even (pairs are rotated), not {self.key_width}")
        if min(self.decay_exponents) <= 0:
            raise ValueError("decay exponents must be above 0, or the state never forms")
        if self.heads_written < 1 or self.heads % self.heads_written:
            raise ValueError(
                f"{self.heads} heads cannot share {self.heads_written} key and value heads evenly"
            )
        if self.activation not in get_args(Activation):
            raise ValueError(f"activation must be silu or gelu, not {self.activation!r}")

    @property
    def heads(self) -> int:
        return len(self.decay_exponents)

    @property
    def heads_written(self) -> int:
        """Heads with keys and values of their own."""
        return self.heads if self.key_value_heads is None else self.key_value_heads

    @property
    def state_elements(self) -> int:
        """Numbers in the state of one sequence: layers · heads · dk · dv."""
        return self.layers * self.heads * self.key_width * self.value_width

    def to_dict(self) -> dict[str, Any]:
        return _without_defaults(asdict(self))

    @staticmethod
    def from_dict(values: dict[str, Any]) -> RetNetConfig:
        """The config whose to_dict gave these values; raises TypeError for unknown names."""
        exponents = tuple(float(e) for e in values["decay_exponents"])
        return RetNetConfig(**{**values, "decay_exponents": exponents})


@dataclass(frozen=True, slots=True)
class ReaderConfig:
    """The shape of a Reader: its body, and the pointer that works on the second reading.

    embedding_width: numbers in the embedding of a passage or question; salience_width: hidden
    units of the head that scores sentences. None for a reader without that head.
    """

    body: RetNetConfig
    pointer_layers: int
    pointer_key_width: int
    pointer_value_width: int
    pointer_decay_exponents: tuple[float, ...]
    longest_answer: int
    embedding_width: int | None = None
    salience_width: int | None = None

    def __post_init__(self) -> None:
        if self.pointer_layers < 1 or self.longest_answer < 1:
            raise ValueError("pointer_layers and longest_answer must be at least 1")
        for width in (self.embedding_width, self.salience_width):
            if width is not None and width < 1:
                raise ValueError("embedding_width and salience_width must be at least 1, or None")

    @property
    def pointer(self) -> RetNetConfig:
        """The pointer's layers seen as a RetNet over the hidden vectors of the body."""
        return RetNetConfig(
            vocabulary=self.body.vocabulary,
            width=self.body.width,
            layers=self.pointer_layers,
            key_width=self.pointer_key_width,
            value_width=self.pointer_value_width,
            feedforward=self.body.feedforward,
            decay_exponents=self.pointer_decay_exponents,
            rotary_base=self.body.rotary_base,
            norm_epsilon=self.body.norm_epsilon,
            activation=self.body.activation,
        )

    def to_dict(self) -> dict[str, Any]:
        return {**_without_defaults(asdict(self)), "body": self.body.to_dict()}

    @staticmethod
    def from_dict(values: dict[str, Any]) -> ReaderConfig:
        """The config whose to_dict gave these values; raises TypeError for unknown names."""
        exponents = tuple(float(e) for e in values["pointer_decay_exponents"])
        body = RetNetConfig.from_dict(values["body"])
        return ReaderConfig(**{**values, "body": body, "pointer_decay_exponents": exponents})


def _without_defaults(values: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in values.items() if k not in _YOUNGER or v != _YOUNGER[k]}
