"""The layout of torchscale, the authors' own code: the state dict of its RetNetDecoder.

Differences from ours, and why the outputs are the same all the same:

- Pairs of a key lie side by side (2i, 2i + 1), ours at (i, i + K/2): the rows of the query and key
  projections are put in our order.
- The angle of pair i is 10000^(−i/(K/2 − 1)), ours base^(−2i/K): another base.
- Keys are scaled by K^−0.5, ours are queries: the products are the same, its states K^−0.5 of ours.
- Rows of the retention are divided by a number each (the root of the sum of their decays, then
  the sum of their scores, at least 1): the norm of each head takes that out again, up to epsilon.
- The norm of each head has no weights: ones.
- Embeddings may be scaled by D^0.5 (no_scale_embedding false): the stored embedding is, and a
  tied head becomes one of its own, for only the embedding is scaled.

What it calls chunkwise differs from its own parallel form; ours equals the parallel one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from torch import Tensor

from retnet_core.config import RetNetConfig
from retnet_core.errors import InvalidCheckpoint
from retnet_core.layouts.layout import Layout, Options, Place, exponents, share
from retnet_core.tensors import Shape

_ALLOWED: dict[str, tuple[object, ...]] = {
    "model_type": ("retnet",),
    "activation_fn": ("gelu", "swish"),
    "decoder_normalize_before": (True,),
    "deepnorm": (False,),
    "layernorm_embedding": (False,),
    "moe_freq": (0,),
    "use_xmoe": (False,),
    "multiway": (False,),
    "no_output_layer": (False,),
}
# Sizes read below, options of training, and options that torchscale's RetNet never looks at
# (subln, rel_pos_buckets, max_rel_pos and the xpos ones belong to its Transformers).
_KNOWN = frozenset(
    {"decoder_embed_dim", "decoder_value_embed_dim", "decoder_retention_heads", "vocab_size"}
    | {"decoder_ffn_embed_dim", "decoder_layers", "layernorm_eps", "no_scale_embedding"}
    | {"share_decoder_input_output_embed", "dropout", "drop_path_rate", "activation_dropout"}
    | {"moe_top1_expert", "moe_expert_count", "moe_gating_use_fp32", "checkpoint_activations"}
    | {"moe_eval_capacity_token_fraction", "moe_second_expert_policy", "fsdp", "ddp_rank"}
    | {"moe_normalize_gate_prob_before_dropping", "rel_pos_buckets", "max_rel_pos", "subln"}
    | {"max_target_positions", "chunkwise_recurrent", "recurrent_chunk_size", "xpos_rel_pos"}
    | {"xpos_scale_base", "bert_init", "encoder_normalize_before"}
)
_BASE = 10_000.0
_HEAD = "output_projection.weight"
_OUTSIDE = {
    "embeddings.weight": "embed_tokens.weight",
    "norm.weight": "layer_norm.weight",
    "lm_head.weight": _HEAD,
}
_INSIDE = {
    "attn_norm": "retention_layer_norm",
    "attn.q_proj": "retention.q_proj",
    "attn.k_proj": "retention.k_proj",
    "attn.v_proj": "retention.v_proj",
    "attn.g_proj": "retention.g_proj",
    "attn.o_proj": "retention.out_proj",
    "mlp_norm": "final_layer_norm",
    "mlp.gate_proj": "ffn.fc1",
    "mlp.up_proj": "ffn.gate",
    "mlp.down_proj": "ffn.fc2",
}
_LAYER = re.compile(r"(layers\.\d+)\.(.+)\.weight")


def layout(values: Mapping[str, Any]) -> Layout:
    """What torchscale's RetNetConfig says, written as JSON; raises InvalidCheckpoint."""
    options = Options(values)
    options.require(_ALLOWED, _KNOWN)
    scaled = not options.flag("no_scale_embedding", True)
    tied = options.flag("share_decoder_input_output_embed", False)
    config = _config(options, tied=tied and not scaled)

    def places(shapes: Mapping[str, Shape], names: Collection[str]) -> dict[str, Place]:
        prefix = "decoder." if any(name.startswith("decoder.") for name in names) else ""
        found = {name: _place(name, shape, prefix, config) for name, shape in shapes.items()}
        embedding = found["embeddings.weight"]
        if scaled:
            factor = config.width**0.5
            found["embeddings.weight"] = Place(
                embedding.stored, embedding.shape, partial(_times, factor)
            )
        if scaled and tied:
            found["lm_head.weight"] = embedding
        return found

    spare = {"retnet_rel_pos.angle", "retnet_rel_pos.decay"} | ({_HEAD} if tied else set())
    spare |= {f"decoder.{name}" for name in spare}
    return Layout("torchscale", config, places, frozenset(spare))


def _config(options: Options, *, tied: bool) -> RetNetConfig:
    width, heads = options.count("decoder_embed_dim"), options.count("decoder_retention_heads")
    values = options.count("decoder_value_embed_dim")
    key_width = share(width, heads, "a key width")
    return RetNetConfig(
        vocabulary=options.count("vocab_size"),
        width=width,
        layers=options.count("decoder_layers"),
        key_width=key_width,
        value_width=share(values, heads, "a value width"),
        feedforward=options.count("decoder_ffn_embed_dim"),
        decay_exponents=exponents(heads),
        rotary_base=_base(key_width),
        norm_epsilon=options.number("layernorm_eps", 1e-6),
        tied_head=tied,
        activation="gelu" if options.values.get("activation_fn", "gelu") == "gelu" else "silu",
    )


def _base(key_width: int) -> float:
    """b with b^(−2i/K) = 10000^(−i/(K/2 − 1)); of a single pair (angle 1) any is right."""
    pairs = key_width // 2
    return float(_BASE ** (pairs / (pairs - 1))) if pairs > 1 else _BASE


def _place(name: str, shape: Shape, prefix: str, config: RetNetConfig) -> Place:
    if name in _OUTSIDE:
        return Place(prefix + _OUTSIDE[name], shape)
    found = _LAYER.fullmatch(name)
    if found is None:
        raise InvalidCheckpoint(f"nothing in this layout is called {name}")
    layer, part = found.groups()
    if part == "attn.g_norm":
        return Place(None, shape)
    turned = part in ("attn.q_proj", "attn.k_proj")
    change = partial(_halves, config.heads) if turned else None
    return Place(f"{prefix}{layer}.{_INSIDE[part]}.weight", shape, change)


def _halves(heads: int, weight: Tensor) -> Tensor:
    """Rows (h, i, 0 or 1) of a projection put in the order (h, 0 or 1, i)."""
    pairs = weight.unflatten(0, (heads, -1, 2))  # [H, K/2, 2, D]
    ordered: Tensor = pairs.transpose(1, 2).flatten(0, 2)
    return ordered


def _times(factor: float, weight: Tensor) -> Tensor:
    return weight * factor
