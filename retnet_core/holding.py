"""A whole model made ready for inference: fewer and quicker products, in less memory.

The matrices that share an input become one; the gains of the norms and the scale of the queries
are multiplied into the matrices that follow them. The function computed is the same up to the
rounding of the weights.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from retnet_core.held import Held, Kind
from retnet_core.model import Block, FeedForward, Retention, RetNet
from retnet_core.norm import RMSNorm


@torch.no_grad()
def hold(model: RetNet, kind: Kind) -> RetNet:
    """The same model, changed for good: it reads and writes quicker and can no longer be trained.

    Layer by layer, so that no more than one layer is there twice. Raises ValueError for a model
    that is held already.
    """
    if not isinstance(model.lm_head, nn.Linear):
        raise ValueError("this model is held already; load it again to hold it otherwise")
    table = model.embeddings.weight
    model.lm_head = Held([model.lm_head.weight], kind)
    if kind != "float32":
        model.embeddings.weight = nn.Parameter(table.bfloat16(), requires_grad=False)
    for layer in model.layers:
        assert isinstance(layer, Block)
        _hold_retention(layer.attn, layer.attn_norm, kind)
        _hold_feedforward(layer.mlp, layer.mlp_norm, kind)
    return model.requires_grad_(False).eval()


def _hold_retention(attn: Retention, norm: RMSNorm, kind: Kind) -> None:
    gain, gain_of_values = norm.fold(), attn.g_norm.fold()
    names = ("q_proj", "k_proj", "v_proj", "g_proj")
    q, *others = (getattr(attn, name).weight * gain for name in names)
    attn.held = Held([q * attn.config.key_width**-0.5, *others], kind)
    attn.o_proj = Held([_matrix(attn.o_proj) * gain_of_values.repeat(attn.config.heads)], kind)
    for name in names:
        delattr(attn, name)


def _hold_feedforward(mlp: FeedForward, norm: RMSNorm, kind: Kind) -> None:
    gain = norm.fold()
    mlp.held = Held([mlp.gate_proj.weight * gain, mlp.up_proj.weight * gain], kind)
    mlp.down_proj = Held([_matrix(mlp.down_proj)], kind)
    del mlp.gate_proj, mlp.up_proj


def _matrix(product: nn.Module) -> Tensor:
    weight = product.weight
    assert isinstance(weight, Tensor)
    return weight
