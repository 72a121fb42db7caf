"""RetNet: pre-norm retention and gated feed-forward, over a carried state.

Letters: B batch, T time, D width, L layers, H heads, K key width, V value width.
The variant is the one of the published weights: rotate-half angles, q scaled by K^−0.5, a per-head
RMSNorm times a swish gate before the output projection (paper, eq. 8), SwiGLU feed-forward.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from retnet_core import retention
from retnet_core.config import Activation, RetNetConfig
from retnet_core.held import Held
from retnet_core.norm import RMSNorm
from retnet_core.past import padding, resumed
from retnet_core.retention import Pace
from retnet_core.state import RetNetState

CHUNK = 128  # tokens read at once; the fastest length measured (python -m benchmarks forms)
# Tokens that go through a layer together where no gradient is wanted: they stay in the caches.
SITTING = 1024


class Retention(nn.Module):
    """Multi-scale retention with its norm, gate and output projection (eq. 8)."""

    def __init__(self, config: RetNetConfig) -> None:
        super().__init__()
        self.config = config
        keys = config.heads * config.key_width
        values = config.heads * config.value_width
        self.shared_by = config.heads // config.heads_written  # query heads of one key head
        self.q_proj = nn.Linear(config.width, keys, bias=False)
        self.k_proj = nn.Linear(config.width, keys // self.shared_by, bias=False)
        self.v_proj = nn.Linear(config.width, values // self.shared_by, bias=False)
        self.g_proj = nn.Linear(config.width, values, bias=False)
        self.o_proj: nn.Module = nn.Linear(values, config.width, bias=False)
        self.g_norm = RMSNorm(config.value_width, config.norm_epsilon)
        self.held: Held | None = None  # the first four in one product, for inference

    def forward(
        self,
        x: Tensor,
        state: Tensor,
        written: Tensor | None = None,
        pace: Pace | None = None,
        skipped: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """x [B, T, D] after state [B, H, K, V]: the output [B, T, D] and the state after x.

        Tokens where written [B, T] is False pass time but leave nothing in the state; the state
        does not age by the first skipped [B] of them. Layers of one shape share a pace, and with
        it the tables made from it.
        """
        q, k, v, gate = self.project(x)
        if written is not None:
            k = k * written[:, None, :, None].to(k.dtype)
        out, state = _retained(q, k, v, state, pace or pace_of(self.config, x.device), skipped)
        return self.finish(out, gate), state

    def project(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """q and k [B, H, T, K], v [B, H, T, V], and the gate before its swish [B, T, H · V]."""
        keys, values = self.config.key_width, self.config.value_width
        if self.held is not None:
            q, k, v, gate = self.held.split(x)
            if x.shape[1] > 1:  # a single token's products with the state are float32 anyway
                q, k, v = (each.to(self.held.dtype) for each in (q, k, v))
        else:
            x = cast_once(x, self.q_proj.weight)
            q, k, v, gate = self.q_proj(x), self.k_proj(x), self.v_proj(x), self.g_proj(x)
            q = q * keys**-0.5
        q, k, v = _heads(q, keys), _heads(k, keys), _heads(v, values)
        if self.shared_by > 1:
            k, v = (each.repeat_interleave(self.shared_by, dim=1) for each in (k, v))
        return q, k, v, gate

    def project_one(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """One token x [B, 1, D]: q and k as [B, 2, H, K], v [B, H, 1, V], the gate [B, 1, H · V].

        The same numbers as project gives, in as few operations as there can be.
        """
        if self.held is None or self.shared_by > 1:
            q, k, v, gate = self.project(x)
            return torch.cat((q, k), 2).transpose(1, 2), v, gate
        heads, values = self.config.heads, self.config.heads * self.config.value_width
        both, v, gate = self.held(x).split((2 * heads * self.config.key_width, values, values), -1)
        return both.unflatten(-1, (2, heads, -1))[:, 0], v.view(len(x), heads, 1, -1), gate

    def finish(self, out: Tensor, gate: Tensor) -> Tensor:
        """What was retained [B, H, T, V], normed, gated [B, T, H · V] and projected [B, T, D]."""
        normed = self.g_norm(out.to(gate.dtype)).transpose(1, 2)
        gated = F.silu(gate).unflatten(-1, normed.shape[2:]) * normed
        projected: Tensor = self.o_proj(gated.flatten(2))
        return projected


class FeedForward(nn.Module):
    """SwiGLU: down(silu(gate(x)) · up(x)); with gelu in the place of silu, GEGLU."""

    def __init__(self, width: int, hidden: int, activation: Activation) -> None:
        super().__init__()
        self.activation = F.silu if activation == "silu" else F.gelu
        self.gate_proj = nn.Linear(width, hidden, bias=False)
        self.up_proj = nn.Linear(width, hidden, bias=False)
        self.down_proj: nn.Module = nn.Linear(hidden, width, bias=False)
        self.held: Held | None = None  # the first two in one product, for inference

    def forward(self, x: Tensor) -> Tensor:
        if self.held is not None:
            gate, up = self.held.split(x)
        else:
            x = cast_once(x, self.gate_proj.weight)
            gate, up = self.gate_proj(x), self.up_proj(x)
        out: Tensor = self.down_proj(self.activation(gate) * up)
        return out


class Block(nn.Module):
    """One decoder layer: x + retention(norm(x)), then x + feed-forward(norm(x))."""

    def __init__(self, config: RetNetConfig) -> None:
        super().__init__()
        self.attn_norm = RMSNorm(config.width, config.norm_epsilon)
        self.attn = Retention(config)
        self.mlp_norm = RMSNorm(config.width, config.norm_epsilon)
        self.mlp = FeedForward(config.width, config.feedforward, config.activation)

    def forward(
        self,
        x: Tensor,
        state: Tensor,
        written: Tensor | None = None,
        pace: Pace | None = None,
        skipped: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        retained, state = self.attn(self.attn_norm(x), state, written, pace, skipped)
        x = x + retained
        return x + self.mlp(self.mlp_norm(x)), state


class RetNet(nn.Module):
    """A decoder that reads tokens into a state and predicts the next one."""

    def __init__(self, config: RetNetConfig) -> None:
        super().__init__()
        self.config = config
        # Drawn here: nn.Embedding's own drawing imports a compiler where shapes alone are made.
        drawn = torch.randn(config.vocabulary, config.width)
        self.embeddings = nn.Embedding(config.vocabulary, config.width, _weight=drawn)
        self.layers = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = RMSNorm(config.width, config.norm_epsilon)
        self.lm_head: nn.Module = nn.Linear(config.width, config.vocabulary, bias=False)
        self.tie_head()

    def forward(
        self, tokens: Tensor, state: RetNetState | None = None
    ) -> tuple[Tensor, RetNetState]:
        """tokens [B, T] after a state: hidden [B, T, D], normed, and the state after them."""
        return self.read(self.embed(tokens), state)

    def embed(self, tokens: Tensor) -> Tensor:
        """The vectors of tokens [..., D], float32 or wider: what is added up stays wide."""
        x: Tensor = self.embeddings(tokens)
        return x.to(torch.promote_types(x.dtype, torch.float32))

    def read(
        self, x: Tensor, state: RetNetState | None = None, written: Tensor | None = None
    ) -> tuple[Tensor, RetNetState]:
        """The same for embedded tokens x [B, T, D], of which only those written [B, T] are real.

        Padding in front of a row changes neither what it reads nor its state. Behind its first
        real token time passes where nothing is written: padding there fades the state.
        """
        pace = pace_of(self.config, x.device)
        if torch.is_grad_enabled() or x.shape[1] <= SITTING:
            return self._sitting(x, state, written, pace)
        texts = x.split(SITTING, dim=1)
        masks = [None] * len(texts) if written is None else written.split(SITTING, dim=1)
        out, state = self._sitting(texts[0], state, masks[0], pace)
        outputs = [out]
        for text, mask in zip(texts[1:], masks[1:], strict=True):
            out, state = self._sitting(text, state, mask, pace)
            outputs.append(out)
        return torch.cat(outputs, dim=1), state

    def _sitting(
        self, x: Tensor, state: RetNetState | None, written: Tensor | None, pace: Pace
    ) -> tuple[Tensor, RetNetState]:
        skipped = None
        if state is None:
            state = RetNetState.empty(self.config, x.shape[0], x.device, x.dtype)
        elif written is not None and not written[:, :1].all():
            skipped = padding(written)
        after = []
        for layer, past in zip(self.layers, state.tensor, strict=True):
            x, now = layer(x, past, written, pace, skipped)
            after.append(now)
        return self.norm(x), RetNetState(torch.stack(after))

    def tie_head(self) -> None:
        """Let the head be the embedding, where the config says so."""
        if self.config.tied_head:
            self.lm_head.weight = self.embeddings.weight

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores of the next token [..., vocabulary]; left out while a document is only read."""
        if isinstance(self.lm_head, nn.Linear):
            hidden = cast_once(hidden, self.lm_head.weight)
        out: Tensor = self.lm_head(hidden)
        return out


def _retained(
    q: Tensor, k: Tensor, v: Tensor, state: Tensor, pace: Pace, skipped: Tensor | None
) -> tuple[Tensor, Tensor]:
    if skipped is not None:
        out, since = _retained(q, k, v, torch.zeros_like(state), pace, None)
        return resumed(out, since, q, state, skipped, pace)
    if q.shape[2] != 1:
        return retention.chunkwise(q, k, v, state, pace, CHUNK)
    row, state = retention.recurrent(q[:, :, 0], k[:, :, 0], v[:, :, 0], state, pace)
    return row[:, :, None], state


def pace_of(config: RetNetConfig, device: torch.device) -> Pace:
    """How fast the heads of every layer forget and turn."""
    return Pace.of(config.decay_exponents, config.key_width, config.rotary_base, device)


def _heads(x: Tensor, width: int) -> Tensor:
    """[B, T, H · width] as [B, H, T, width]."""
    heads: Tensor = x.unflatten(-1, (-1, width)).transpose(1, 2)
    return heads


def cast_once(x: Tensor, weight: Tensor) -> Tensor:
    """x in the type of the products: of autocast where it is on, else of the weight."""
    kind = x.device.type
    if x.dtype == torch.float64 or not torch.is_autocast_enabled(kind):
        return x.to(weight.dtype)  # autocast leaves float64 alone
    return x.to(torch.get_autocast_dtype(kind))
