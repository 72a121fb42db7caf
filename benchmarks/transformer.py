"""A Transformer to compare with: as good as it is plain, and of the size of a given RetNet.

Pre-norm with root-mean-square norms, rotary positions, causal attention by torch's fused kernel,
SwiGLU; norm and feed-forward are the RetNet's own, so what differs is attention in
the place of retention. While it writes, keys and values of all that was read are kept (KV cache).

Letters: B batch, T new tokens, N tokens in all, D width, L layers, H heads, K width of a head.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from retnet_core.config import RetNetConfig
from retnet_core.held import Held
from retnet_core.model import FeedForward
from retnet_core.norm import RMSNorm
from retnet_core.sizes import layer_parameters


@dataclass(frozen=True, slots=True)
class TransformerConfig:
    """Sizes of one Transformer; heads are width / heads wide."""

    vocabulary: int
    width: int
    layers: int
    heads: int
    feedforward: int
    tied_head: bool = True
    rotary_base: float = 10_000.0
    norm_epsilon: float = 1e-6

    @property
    def head_width(self) -> int:
        return self.width // self.heads


def peer(config: RetNetConfig) -> TransformerConfig:
    """The Transformer of equal vocabulary, width and layers, and as many parameters.

    What retention spends on a gate and on wide values goes into the feed-forward, as in the paper
    (section 3.1), in steps of 16: odd widths are slow to multiply. Heads are 64 wide where that
    divides the width, else the RetNet's number of heads shares it.
    """
    width = config.width
    heads = width // 64 if width % 64 == 0 else config.heads
    if width % (2 * heads):
        raise ValueError(f"{heads} attention heads cannot share a width of {width} in even parts")
    left = layer_parameters(config) - 4 * width**2 - 2 * width
    if left < 24 * width:
        raise ValueError("this RetNet has too few parameters for a Transformer of its width")
    return TransformerConfig(
        vocabulary=config.vocabulary,
        width=width,
        layers=config.layers,
        heads=heads,
        feedforward=16 * round(left / (48 * width)),
        tied_head=config.tied_head,
        rotary_base=config.rotary_base,
    )


@dataclass(slots=True, eq=False)
class Cache:
    """Keys and values [L, B, H, N, K], of which the first `length` tokens are filled.

    Room for N tokens is taken at once and written in place, as code that serves such models does.
    """

    keys: Tensor
    values: Tensor
    length: int = 0

    @staticmethod
    def room(config: TransformerConfig, batch: int, tokens: int, dtype: torch.dtype) -> Cache:
        """An empty cache for so many tokens."""
        shape = (config.layers, batch, config.heads, tokens, config.head_width)
        return Cache(torch.empty(shape, dtype=dtype), torch.empty(shape, dtype=dtype))

    def append(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Write new keys and values [B, H, T, K] of a layer; all of them [B, H, N, K]."""
        end = self.length + keys.shape[2]
        self.keys[layer, :, :, self.length : end] = keys
        self.values[layer, :, :, self.length : end] = values
        return self.keys[layer, :, :, :end], self.values[layer, :, :, :end]


class Attention(nn.Module):
    """Causal attention with rotary positions."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.qkv_proj = nn.Linear(config.width, 3 * config.width, bias=False)
        self.o_proj = nn.Linear(config.width, config.width, bias=False)

    def forward(
        self, x: Tensor, turn: tuple[Tensor, Tensor], cache: Cache | None, layer: int
    ) -> Tensor:
        """x [B, T, D] after what the cache holds: [B, T, D]."""
        q, k, v = self.qkv_proj(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        q, k = _turned(q, turn), _turned(k, turn)
        if cache is not None:
            k, v = cache.append(layer, k, v)
        out = _attended(q, k, v)
        mixed: Tensor = self.o_proj(out.transpose(1, 2).flatten(2))
        return mixed


class Layer(nn.Module):
    """x + attention(norm(x)), then x + feed-forward(norm(x))."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.attn_norm = RMSNorm(config.width, config.norm_epsilon)
        self.attn = Attention(config)
        self.mlp_norm = RMSNorm(config.width, config.norm_epsilon)
        self.mlp = FeedForward(config.width, config.feedforward, "silu")

    def forward(
        self, x: Tensor, turn: tuple[Tensor, Tensor], cache: Cache | None, layer: int
    ) -> Tensor:
        x = x + self.attn(self.attn_norm(x), turn, cache, layer)
        out: Tensor = x + self.mlp(self.mlp_norm(x))
        return out


class Transformer(nn.Module):
    """A decoder that looks back at every token before."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        drawn = torch.randn(config.vocabulary, config.width)
        self.embeddings = nn.Embedding(config.vocabulary, config.width, _weight=drawn)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.norm = RMSNorm(config.width, config.norm_epsilon)
        self.lm_head = nn.Linear(config.width, config.vocabulary, bias=False)
        if config.tied_head:
            self.lm_head.weight = self.embeddings.weight

    def forward(self, tokens: Tensor, cache: Cache | None = None) -> Tensor:
        """tokens [B, T] after those of the cache: hidden [B, T, D], normed; the cache grows by T.

        Raises ValueError where the cache has no room for them.
        """
        start = 0 if cache is None else cache.length
        if cache is not None and start + tokens.shape[1] > cache.keys.shape[3]:
            raise ValueError(f"the cache has room for {cache.keys.shape[3]} tokens, not for more")
        x = self.embeddings(tokens)
        turn = _turn(self.config, start, tokens.shape[1], x.device)
        for number, layer in enumerate(self.layers):
            x = layer(x, turn, cache, number)
        if cache is not None:
            cache.length += tokens.shape[1]
        out: Tensor = self.norm(x)
        return out

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores of the next token [..., vocabulary]."""
        out: Tensor = self.lm_head(hidden)
        return out


def served(model: Transformer) -> Transformer:
    """The same model for inference, its products held in bfloat16 as a RetNet's are."""
    for layer in model.layers:
        assert isinstance(layer, Layer)
        _hold(layer.attn, "qkv_proj", "o_proj")
        layer.mlp.held = _held(layer.mlp.gate_proj, layer.mlp.up_proj)
        _hold(layer.mlp, "down_proj")
    _hold(model, "lm_head")
    return model.requires_grad_(False).eval()


def _hold(module: nn.Module, *names: str) -> None:
    for name in names:
        module.add_module(name, _held(module.get_submodule(name)))


def _held(*products: nn.Module) -> Held:
    weights = [product.get_parameter("weight").detach() for product in products]
    return Held(weights, "bfloat16")


def _turn(
    config: TransformerConfig, start: int, tokens: int, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Cosine and sine [T, K/2] of the angles at these positions, float32."""
    pairs = torch.arange(0, config.head_width, 2, dtype=torch.float64, device=device)
    place = torch.arange(start, start + tokens, dtype=torch.float64, device=device)
    angles = place[:, None] * config.rotary_base ** (-pairs / config.head_width)
    return angles.cos().float(), angles.sin().float()


def _turned(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """x [B, H, T, K] with its pairs (i, i + K/2) turned, in its own type."""
    cos, sin = (each.to(x.dtype) for each in turn)
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)


def _attended(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """q [B, H, T, K] are the last T of the N tokens of k and v."""
    new, every = q.shape[2], k.shape[2]
    if new in (1, every):
        return F.scaled_dot_product_attention(q, k, v, is_causal=new > 1)
    seen = torch.ones(new, every, dtype=torch.bool, device=q.device).tril(every - new)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
