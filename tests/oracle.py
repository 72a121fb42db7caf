"""What the paper says, written as literally as it can be: numpy, float64, loops, complex numbers.

Shares no code with retnet_core on purpose. Letters: H heads, T time, K key width, V value width.
q, k: [H, T, K]; v: [H, T, V]. The pair (i, i + K/2) of a key is one complex number, turned by
e^(i n θ) at position n; a query turned alike reads it by the real part of q · conj(k).
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]


def angles(key_width: int, base: float = 10_000.0) -> list[float]:
    return [base ** (-2 * i / key_width) for i in range(key_width // 2)]


def turned(x: Array, position: int, base: float = 10_000.0) -> Complex:
    """One query or key [K] as K/2 complex numbers at its position."""
    half = len(x) // 2
    pairs = [complex(x[i], x[i + half]) for i in range(half)]
    return np.array(
        [
            pair * cmath.exp(1j * position * angle)
            for pair, angle in zip(pairs, angles(len(x), base), strict=True)
        ]
    )


def outputs(q: Array, k: Array, v: Array, exponents: Sequence[float]) -> Array:
    """o_n = Σ_{m ≤ n} γ^(n−m) (Rot(n) q_n · Rot(m) k_m) v_m: [H, T, V]."""
    out = np.zeros_like(v)
    for h, exponent in enumerate(exponents):
        gamma = 1.0 - 2.0**-exponent
        for n in range(q.shape[1]):
            for m in range(n + 1):
                match = np.sum(turned(q[h, n], n) * np.conj(turned(k[h, m], m))).real
                out[h, n] += gamma ** (n - m) * match * v[h, m]
    return out


def state(k: Array, v: Array, exponents: Sequence[float], base: float = 10_000.0) -> Array:
    """S = Σ_m γ^(T−1−m) (Rot(m − T) k_m)ᵀ v_m, the co-moving state after T tokens: [H, K, V]."""
    heads, length, width = k.shape
    out = np.zeros((heads, width, v.shape[2]))
    for h, exponent in enumerate(exponents):
        gamma = 1.0 - 2.0**-exponent
        for m in range(length):
            key = turned(k[h, m], m - length, base)
            out[h] += gamma ** (length - 1 - m) * np.outer([*key.real, *key.imag], v[h, m])
    return out


def output_at(n: int, q: Array, k: Array, v: Array, exponents: Sequence[float]) -> Array:
    """The same as outputs(...)[:, n], with the sum over m done at once: [H, V]."""
    half = q.shape[2] // 2
    distance = n - np.arange(n + 1)
    turns = np.exp(1j * np.outer(distance, angles(q.shape[2])))  # [M, K/2]
    rows = []
    for h, exponent in enumerate(exponents):
        past = k[h, : n + 1, :half] + 1j * k[h, : n + 1, half:]
        now = q[h, n, :half] + 1j * q[h, n, half:]
        match = (now * turns * np.conj(past)).real.sum(axis=1)
        rows.append((1.0 - 2.0**-exponent) ** distance * match @ v[h, : n + 1])
    return np.array(rows)


def aged(past: Array, tokens: int, exponents: Sequence[float], base: float = 10_000.0) -> Array:
    """A state [H, K, V] seen `tokens` later: γ^C e^(−iCθ), raised by repeated squaring."""
    half = past.shape[1] // 2
    out = np.zeros_like(past)
    for h, exponent in enumerate(exponents):
        for i, angle in enumerate(angles(past.shape[1], base)):
            factor = _power((1.0 - 2.0**-exponent) * cmath.exp(-1j * angle), tokens)
            pair = (past[h, i] + 1j * past[h, i + half]) * factor
            out[h, i], out[h, i + half] = pair.real, pair.imag
    return out


def _power(base: complex, exponent: int) -> complex:
    result = 1 + 0j
    while exponent:
        if exponent & 1:
            result *= base
        base, exponent = base * base, exponent >> 1
    return result


def hidden(
    weights: Mapping[str, Array], layers: int, exponents: Sequence[float], tokens: Sequence[int]
) -> Array:
    """What a whole RetNet makes of one text: [T, D]. Epsilon 1e-6, base 10000."""
    x = weights["embeddings.weight"][list(tokens)]
    for n in range(layers):
        name = f"layers.{n}."
        normed = _rms(x, weights[name + "attn_norm.weight"])
        x = x + _retention(weights, name + "attn.", exponents, normed)
        normed = _rms(x, weights[name + "mlp_norm.weight"])
        up = normed @ weights[name + "mlp.up_proj.weight"].T
        gate = _silu(normed @ weights[name + "mlp.gate_proj.weight"].T)
        x = x + (gate * up) @ weights[name + "mlp.down_proj.weight"].T
    return _rms(x, weights["norm.weight"])


def _retention(
    weights: Mapping[str, Array], name: str, exponents: Sequence[float], x: Array
) -> Array:
    q, k, v, g = (
        np.array(np.split(x @ weights[f"{name}{letter}_proj.weight"].T, len(exponents), axis=1))
        for letter in "qkvg"
    )  # [H, T, ·]
    read = outputs(q / math.sqrt(q.shape[2]), k, v, exponents)
    gated = _rms(read, weights[name + "g_norm.weight"]) * _silu(g)
    return np.concatenate(list(gated), axis=1) @ weights[name + "o_proj.weight"].T


def _rms(x: Array, weight: Array) -> Array:
    out: Array = x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + 1e-6) * weight
    return out


def _silu(x: Array) -> Array:
    out: Array = x / (1 + np.exp(-x))
    return out
