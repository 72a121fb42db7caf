"""The layout of flash-linear-attention: what most RetNet weights on the hub are published in.

Its mathematics are those of model.py, so weights are used as they lie. Its options and names are
those of fla-core 0.6.0; also read: the files of versions before February 2025, whose gate_proj
holds the gate and the up projection one below the other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from torch import Tensor

from retnet_core.config import RetNetConfig
from retnet_core.layouts.layout import Layout, Options, Place, exponents, share
from retnet_core.tensors import Shape

_ALLOWED: dict[str, tuple[object, ...]] = {
    "model_type": ("retnet",),
    "hidden_act": ("swish", "silu"),
    "use_output_gate": (True,),
    "use_short_conv": (False,),
    "feature_map": (None,),
    "attn": (None,),
    "attnres_block_size": (None,),
}
# Options that change no result: sizes read below, training, speed, and what describes the files.
_KNOWN = frozenset(
    {"hidden_size", "num_hidden_layers", "num_heads", "num_kv_heads", "vocab_size", "norm_eps"}
    | {"expand_k", "expand_v", "hidden_ratio", "intermediate_size", "elementwise_affine"}
    | {"tie_word_embeddings", "attn_mode", "conv_size", "share_conv_kernel", "initializer_range"}
    | {"max_position_embeddings", "fuse_norm", "fuse_swiglu", "fuse_cross_entropy", "use_l2warp"}
    | {"fuse_linear_cross_entropy", "use_cache", "pad_token_id", "bos_token_id", "eos_token_id"}
    | {"architectures", "auto_map", "torch_dtype", "dtype", "transformers_version", "return_dict"}
    | {"_name_or_path", "tokenizer_class", "id2label", "label2id", "_attn_implementation_autoset"}
)
_FUSED = "attn.g_norm_swish_gate.weight"
_HEAD = "lm_head.weight"


def layout(values: Mapping[str, Any]) -> Layout:
    """What a config.json of fla says; raises InvalidCheckpoint naming what is not supported."""
    options = Options(values)
    options.require(_ALLOWED, _KNOWN)
    affine = options.flag("elementwise_affine", True)

    def places(shapes: Mapping[str, Shape], names: Collection[str]) -> dict[str, Place]:
        return {name: _place(name, shape, names, affine) for name, shape in shapes.items()}

    config = _config(options)
    return Layout("fla", config, places, frozenset({_HEAD} if config.tied_head else ()))


def _config(options: Options) -> RetNetConfig:
    width, heads = options.count("hidden_size"), options.count("num_heads")
    return RetNetConfig(
        vocabulary=options.count("vocab_size"),
        width=width,
        layers=options.count("num_hidden_layers"),
        key_width=share(width * options.number("expand_k", 1.0), heads, "a key width"),
        value_width=share(width * options.number("expand_v", 2.0), heads, "a value width"),
        feedforward=options.count("intermediate_size", _feedforward(options, width)),
        decay_exponents=exponents(heads),
        norm_epsilon=options.number("norm_eps", 1e-6),
        tied_head=options.flag("tie_word_embeddings", False),
        key_value_heads=_shared(options, heads),
    )


def _feedforward(options: Options, width: int) -> int:
    """Two thirds of hidden_ratio · width, rounded up to a multiple of 256."""
    hidden = int(width * options.count("hidden_ratio", 4) * 2 / 3)
    return (hidden + 255) // 256 * 256


def _shared(options: Options, heads: int) -> int | None:
    written = options.count("num_kv_heads", heads)
    return None if written == heads else written


def _place(name: str, shape: Shape, names: Collection[str], affine: bool) -> Place:
    stored = name if name == _HEAD else f"model.{name}"
    if name.endswith("attn.g_norm.weight"):
        fused = stored.removesuffix("attn.g_norm.weight") + _FUSED
        return Place((fused if fused in names else stored) if affine else None, shape)
    for part in ("gate_proj", "up_proj"):
        both = stored.replace(f"mlp.{part}", "mlp.gate_proj")
        if f".mlp.{part}." in stored and both.replace("gate_proj", "up_proj") not in names:
            return Place(both, (2 * shape[0], shape[1]), _upper if part == "gate_proj" else _lower)
    return Place(stored, shape)


def _upper(both: Tensor) -> Tensor:
    return both[: len(both) // 2]


def _lower(both: Tensor) -> Tensor:
    return both[len(both) // 2 :]
