"""A Llama of transformers: causal attention by torch's fused kernel, keys and values kept."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import torch

from benchmarks.rivals.contender import text
from benchmarks.transformer import peer
from retnet_core.config import RetNetConfig

KINDS = ("float32", "bfloat16")


class Llama:
    """LlamaForCausalLM with random weights; to write, its cache is filled with random numbers."""

    def __init__(self, config: RetNetConfig, kind: str) -> None:
        transformers = import_module("transformers")
        shape = peer(config)
        self._shape, self._dtype = shape, getattr(torch, kind)
        options = transformers.LlamaConfig(
            vocab_size=shape.vocabulary,
            hidden_size=shape.width,
            intermediate_size=shape.feedforward,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            num_key_value_heads=shape.heads,
            max_position_embeddings=1 << 20,
            tie_word_embeddings=shape.tied_head,
            attn_implementation="sdpa",
        )
        self._new_cache = transformers.DynamicCache
        self._model = transformers.LlamaForCausalLM(options).to(self._dtype).eval()
        self._cache: Any = None
        self._context = 0

    def parameters(self) -> int:
        return sum(weight.numel() for weight in self._model.parameters())

    def room(self, tokens: int) -> None:
        """It grows as it is filled."""

    @torch.inference_mode()
    def read(self, tokens: int) -> None:
        ids = text(tokens, self._shape.vocabulary)
        self._model(ids, use_cache=True, logits_to_keep=1)

    @torch.inference_mode()
    def stand(self, context: int) -> int:
        self._cache, self._context = self._new_cache(), context
        shape = (1, self._shape.heads, context, self._shape.head_width)
        for layer in range(self._shape.layers):
            keys, values = (torch.randn(shape, dtype=self._dtype) for _ in range(2))
            self._cache.update(keys, values, layer)
        wide = torch.finfo(self._dtype).bits // 8
        return 2 * wide * self._shape.layers * self._shape.width * context

    @torch.inference_mode()
    def write(self, tokens: int) -> None:
        token = torch.zeros(1, 1, dtype=torch.int64)
        for _ in range(tokens):
            out = self._model(token, past_key_values=self._cache, use_cache=True)
            token = out.logits.argmax(-1)
        self._cache.crop(-tokens)


def build(config: RetNetConfig, kind: str) -> Llama:
    return Llama(config, kind)
