"""Retention in its three equal forms: parallel, recurrent and chunkwise.

Sun et al. 2023 (arXiv 2307.08621), eq. 5-7. Per head:

    o_n = q_n S_n,   S_n = γ S_{n-1} + k_nᵀ v_n,   q and k rotated by their position.

The state is kept in the co-moving frame: a state S holds every past key rotated to its place
*relative to the next token*, so that no absolute position exists. After C tokens

    S ← γ^C Rot(−C) S + Σ_j γ^(C−1−j) Rot(j−C) k_jᵀ v_j

and a query at index n of the next chunk reads γ^(n+1) (Rot(n) q_n) S. Any chunk may have any
length, the last one included, and nothing grows with the position.

Letters: B batch, H heads, T time, C chunk length, N chunks, K key width, V value width.
q, k: [B, H, T, K]; v: [B, H, T, V]; state: [B, H, K, V] float32 or wider, whatever the type of the
other tensors. A state is turned and decayed in float64: a cosine rounded to float32 errs the same
way at every step, and after 4,096 steps that error was 5e-5 of the output.
Every function returns new tensors and changes none in place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Pace:
    """How fast heads forget and keys turn: log_decay [H], log γ; frequencies [K/2], angle a token.

    Both float64 and made when used, so that no cast of a module can round them: in bfloat16 the γ
    of most heads is exactly 1. What follows from them for a length of chunk is made once.
    """

    log_decay: Tensor
    frequencies: Tensor
    _tables: dict[tuple[int, torch.dtype], Tables] = field(default_factory=dict)

    @staticmethod
    def of(
        exponents: tuple[float, ...],
        key_width: int,
        base: float = 10_000.0,
        device: torch.device | None = None,
    ) -> Pace:
        """γ = 1 − 2^(−exponent) of each head (eq. 8), and base^(−2i/K) for each pair i."""
        powers = torch.tensor(exponents, dtype=torch.float64, device=device)
        pairs = torch.arange(0, key_width, 2, dtype=torch.float64, device=device)
        return Pace(torch.log1p(-torch.exp2(-powers)), base ** (-pairs / key_width))

    def decay(self, tokens: Tensor | int) -> Tensor:
        """γ^tokens: [H] for a number, [H, C] for tokens [C]."""
        powers = torch.as_tensor(tokens, device=self.log_decay.device)
        return torch.exp(self.log_decay.view(-1, *[1] * powers.dim()) * powers)

    def tables(self, chunk: int, dtype: torch.dtype) -> Tables:
        """The tables of a chunk for q, k and v of this type."""
        key = (chunk, dtype)
        if key not in self._tables:
            self._tables[key] = Tables.of(self, chunk, dtype)
        return self._tables[key]


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """A rotation of the pairs (i, i + K/2) by angles whose cosines and sines broadcast."""

    cos: Tensor
    sin: Tensor

    @staticmethod
    def by(angles: Tensor, dtype: torch.dtype) -> Turn:
        return Turn(angles.cos().to(dtype), angles.sin().to(dtype))

    def __call__(self, x: Tensor, dim: int) -> Tensor:
        """x turned along its dimension dim, which is K wide."""
        out: Tensor = _Turned.apply(x, self.cos, self.sin, dim)  # type: ignore[no-untyped-call]
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """All that a chunk of C tokens needs besides the tokens, seen from the end of the chunk.

    place: Rot(j − C) for a query or key at index j; mask [H, C, C]: eq. 5; from_start [H, C, 1]:
    γ^(j+1); to_end [H, C, 1]: γ^(C−1−j); pass_by: Rot(−C) and decay [H, 1, 1]: γ^C for a state,
    both float64.
    """

    place: Turn
    mask: Tensor
    from_start: Tensor
    to_end: Tensor
    pass_by: Turn
    decay: Tensor

    @staticmethod
    def of(pace: Pace, chunk: int, dtype: torch.dtype) -> Tables:
        index = torch.arange(chunk, device=pace.log_decay.device)
        return Tables(
            place=Turn.by((index - chunk)[:, None] * pace.frequencies, dtype),
            mask=decay_mask(chunk, pace, dtype),
            from_start=pace.decay(index + 1).to(dtype)[..., None],
            to_end=pace.decay(chunk - 1 - index).to(dtype)[..., None],
            pass_by=Turn.by(-chunk * pace.frequencies[:, None], torch.float64),
            decay=pace.decay(chunk)[:, None, None],
        )


def decay_mask(length: int, pace: Pace, dtype: torch.dtype) -> Tensor:
    """D of eq. 5: γ^(n−m) for m ≤ n, else 0: [H, T, T]."""
    falling = pace.decay(torch.arange(length - 1, -1, -1, device=pace.log_decay.device))
    line = torch.cat((falling, torch.zeros_like(falling)), dim=-1).to(
        dtype
    )  # γ^(T−1), ..., γ, 1, 0
    rows = line[:, : max(2 * length - 1, 0)].unfold(-1, length, 1)  # row i: line[i : i + T]
    return rows.flip(1)


def parallel(q: Tensor, k: Tensor, v: Tensor, pace: Pace) -> Tensor:
    """All tokens at once from an empty past (eq. 5): [B, H, T, V]."""
    positions = torch.arange(q.shape[2], device=q.device)
    place = Turn.by(positions[:, None] * pace.frequencies, q.dtype)
    scores = place(q, -1) @ place(k, -1).mT
    return (scores * decay_mask(q.shape[2], pace, q.dtype)) @ v


def recurrent(q: Tensor, k: Tensor, v: Tensor, state: Tensor, pace: Pace) -> tuple[Tensor, Tensor]:
    """One token (eq. 6): q, k [B, H, K], v [B, H, V] give the output [B, H, V] and the state."""
    tables = pace.tables(1, torch.float64)
    written = k.double()[..., :, None] * v.double()[..., None, :]
    now = torch.addcmul(written, state.double(), tables.decay)
    out = (q.double()[..., None, :] @ now).squeeze(-2)
    return out.to(v.dtype), tables.pass_by(now, -2).to(state.dtype)


def chunkwise(
    q: Tensor, k: Tensor, v: Tensor, state: Tensor, pace: Pace, chunk: int = 128
) -> tuple[Tensor, Tensor]:
    """Any number of tokens after any state (eq. 7): the output [B, H, T, V] and the new state."""
    if chunk < 1:
        raise ValueError(f"a chunk has at least one token, not {chunk}")
    length = q.shape[2]
    whole = length - length % chunk
    outputs = []
    for size, start, end in ((chunk, 0, whole), (length - whole, whole, length)):
        if start < end:
            some = slice(start, end)
            parts = (q[:, :, some], k[:, :, some], v[:, :, some])
            out, state = _chunks(parts, size, state, pace)
            outputs.append(out)
    if len(outputs) == 1:
        return outputs[0], state
    return torch.cat(outputs, dim=2) if outputs else v, state


def _chunks(
    parts: tuple[Tensor, Tensor, Tensor], size: int, state: Tensor, pace: Pace
) -> tuple[Tensor, Tensor]:
    """Eq. 7 where the size divides the length: inside all chunks at once, then a scan over them."""
    q, k, v = (x.unflatten(2, (-1, size)) for x in parts)  # [B, H, N, C, ·]
    tables = pace.tables(size, q.dtype)
    v = v.contiguous()  # once: each product would copy it again
    q, k = tables.place(q, -1), tables.place(k, -1)
    written = (k * tables.to_end[:, None]).mT @ v  # [B, H, N, K, V]
    turned, state = _scan(written, state, tables)
    cross = (q * tables.from_start[:, None]) @ turned
    scores = q @ k.mT * tables.mask[:, None]
    out = torch.baddbmm(cross.flatten(0, 2), scores.flatten(0, 2), v.flatten(0, 2))
    return out.view(v.shape).flatten(2, 3), state


def _scan(written: Tensor, state: Tensor, tables: Tables) -> tuple[Tensor, Tensor]:
    """Rot(−C) of the state before each chunk [B, H, N, K, V], and the state after the last."""
    now, before = state.double(), []
    for chunk in written.unbind(2):
        turned = tables.pass_by(now, -2)
        before.append(turned.to(written.dtype))
        now = torch.addcmul(chunk.double(), turned, tables.decay)
    return torch.stack(before, dim=2), now.to(state.dtype)


class _Turned(torch.autograd.Function):
    """A rotation in two passes over memory; its gradient is the rotation back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, cos: Tensor, sin: Tensor, dim: int) -> Tensor:  # noqa: ANN401
        ctx.save_for_backward(cos, sin)
        ctx.dim = dim
        return _turn(x, cos, sin, dim)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:  # noqa: ANN401
        cos, sin = ctx.saved_tensors
        return _turn(grad, cos, -sin, ctx.dim), None, None, None


def _turn(x: Tensor, cos: Tensor, sin: Tensor, dim: int) -> Tensor:
    a, b = x.chunk(2, dim)
    out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    real, imaginary = out.chunk(2, dim)
    torch.mul(a, cos, out=real)
    real.addcmul_(b, sin, value=-1)
    torch.mul(a, sin, out=imaginary)
    imaginary.addcmul_(b, cos)
    return out
