"""A Llama in llama.cpp, by the ready made server of xllamacpp, called without any network."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import torch

from benchmarks.rivals.contender import text
from benchmarks.transformer import TransformerConfig, peer
from retnet_core.config import RetNetConfig

KINDS = ("BF16", "Q8_0")
SPARE = 128  # tokens of room behind a context
BLOCK = 32  # numbers that have one scale
LEAST = 512  # tokens of room
SPREAD = 0.02


class Ggml:
    """Reads and writes by completions of token ids, the likeliest token each time.

    Its cache is float16 and has its whole room from the start, so the room is made anew for each
    context.
    """

    def __init__(self, config: RetNetConfig, kind: str) -> None:
        self._library: Any = import_module("xllamacpp")
        self._shape = in_blocks(peer(config))
        self._folder = tempfile.TemporaryDirectory()
        self._file = Path(self._folder.name) / "model.gguf"
        self._parameters = write_model(self._file, self._shape, kind)
        self._server: Any = None
        self._room = self._context = 0

    def parameters(self) -> int:
        return self._parameters

    def room(self, tokens: int) -> None:
        if tokens + SPARE > self._room or self._room > LEAST + SPARE + 2 * tokens:
            self._room = max(tokens, LEAST) + SPARE
            self._server = None
            self._server = self._library.Server(self._options())

    def read(self, tokens: int) -> None:
        self.room(tokens)  # a process that took the place of a slow one has none yet
        self._complete(tokens, 1, again=True)

    def stand(self, context: int) -> int:
        self.room(context)
        self._context = context
        self._complete(context, 1, again=False)
        return 2 * 2 * self._shape.layers * self._shape.width * self._room

    def write(self, tokens: int) -> None:
        self._complete(self._context, tokens, again=False)

    def _complete(self, context: int, tokens: int, again: bool) -> None:
        """Tokens after a context, which is read again from its start or stands in the cache."""
        request = {
            "prompt": text(context, self._shape.vocabulary)[0].tolist(),
            "n_predict": tokens,
            "temperature": 0,
            "ignore_eos": True,
            "cache_prompt": not again,
        }
        said = self._server.handle_completions(request)
        if "timings" not in said or said["timings"]["predicted_n"] != tokens:
            raise ValueError(f"llama.cpp did not write {tokens} tokens: {str(said)[:200]}")

    def _options(self) -> Any:  # noqa: ANN401
        options = self._library.CommonParams()
        options.model.path = str(self._file)
        options.n_ctx, options.n_parallel = self._room, 1
        options.cpuparams.n_threads = options.cpuparams_batch.n_threads = torch.get_num_threads()
        options.warmup, options.fit_params, options.cache_ram_mib = False, False, 0
        options.verbosity = 0
        return options


def in_blocks(shape: TransformerConfig) -> TransformerConfig:
    """The shape with a feed-forward of whole blocks, as Q8_0 wants it: up to 31 numbers wider."""
    return replace(shape, feedforward=-(-shape.feedforward // BLOCK) * BLOCK)


def write_model(path: Path, shape: TransformerConfig, kind: str) -> int:
    """A Llama of this shape with random weights as a GGUF file; how many numbers it has."""
    gguf = import_module("gguf")
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(1 << 20)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feedforward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_layer_norm_rms_eps(shape.norm_epsilon)
    writer.add_rope_dimension_count(shape.head_width)
    _add_vocabulary(writer, shape.vocabulary)
    chance, kept = torch.Generator().manual_seed(0), gguf.GGMLQuantizationType[kind]
    count = 0
    for name, sides in tensors(shape).items():
        count += torch.Size(sides).numel()
        if len(sides) == 1:
            writer.add_tensor(name, torch.ones(sides).numpy())
        else:
            drawn = (SPREAD * torch.randn(sides, generator=chance)).numpy()
            writer.add_tensor(name, gguf.quants.quantize(drawn, kept), raw_dtype=kept)
    for step in (writer.write_header_to_file, writer.write_kv_data_to_file):
        step()
    writer.write_tensors_to_file()
    writer.close()
    return count


def tensors(shape: TransformerConfig) -> dict[str, tuple[int, ...]]:
    """Names and sizes of a Llama's tensors in GGUF; a tied head has none of its own."""
    width, hidden = shape.width, shape.feedforward
    layer = {
        "attn_norm": (width,), "attn_q": (width, width), "attn_k": (width, width),
        "attn_v": (width, width), "attn_output": (width, width), "ffn_norm": (width,),
        "ffn_gate": (hidden, width), "ffn_up": (hidden, width), "ffn_down": (width, hidden),
    }  # fmt: skip
    found: dict[str, tuple[int, ...]] = {"token_embd.weight": (shape.vocabulary, width)}
    for number in range(shape.layers):
        found |= {f"blk.{number}.{name}.weight": sides for name, sides in layer.items()}
    found["output_norm.weight"] = (width,)
    return found if shape.tied_head else found | {"output.weight": (shape.vocabulary, width)}


def _add_vocabulary(writer: Any, size: int) -> None:  # noqa: ANN401
    """Words that mean nothing; the first ones are what every such vocabulary has."""
    first = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    kinds = [2, 3, 3, *[6] * 256]
    words = [*first, *(f"word{number}" for number in range(len(first), size))]
    writer.add_tokenizer_model("llama")
    writer.add_token_list(words)
    writer.add_token_scores([0.0] * size)
    writer.add_token_types([*kinds, *[1] * (size - len(kinds))])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)


def build(config: RetNetConfig, kind: str) -> Ggml:
    return Ggml(config, kind)
