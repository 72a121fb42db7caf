"""Make the golden files of fla's layout: what its own kernels give on small models, on a CPU.

Run from the root of the project by the Python of an environment of its own:

    python -m venv fla && fla/bin/pip install torch==2.13.0 transformers==5.24.0 einops
    fla/bin/pip install --no-deps flash-linear-attention==0.6.0 fla-core==0.6.0 triton==3.9.0
    sed -i 's/\\.to(tl\\.int64)//' fla/lib/python3.*/site-packages/fla/ops/common/chunk_h.py
    TRITON_INTERPRET=1 fla/bin/python -m tests.golden.make_fla

(Triton's interpreter hands the kernels plain numbers, which have no method `to`.) Up to 64 tokens
fla runs its recurrent kernel, beyond them its chunked one; both are in the files.

A file holds, for each length T: logits [T, vocabulary] and state [L, H, K, V] after one reading;
rest [T − cut, vocabulary] and resumed [L, H, K, V] of the tokens after a cut, from the state before
it. Its metadata hold fla's own config.json and the names and shapes of its tensors.
"""

from __future__ import annotations

import json
import os
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from tests.golden.values import shapes_of, tokens, weights

HERE = Path(__file__).parent / "fla"
PACKAGES = ("flash-linear-attention", "fla-core", "triton", "transformers", "torch")
LENGTHS = {1: 0, 7: 3, 65: 64, 130: 41}  # and where the reading is cut
SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_heads": 4, "vocab_size": 45}
CASES: dict[str, dict[str, Any]] = {
    "published": {"expand_v": 2, "intermediate_size": 40},
    "tied": {
        "expand_v": 1, "intermediate_size": None, "hidden_ratio": 1,
        "tie_word_embeddings": True, "fuse_norm": False,
    },
    "shared": {"expand_v": 2, "intermediate_size": 24, "num_kv_heads": 2, "fuse_norm": False},
    "bare": {
        "expand_k": 0.5, "expand_v": 1, "intermediate_size": 56, "num_heads": 2, "num_kv_heads": 1,
        "elementwise_affine": False, "norm_eps": 1e-5,
    },
}  # fmt: skip


def one_configuration_each() -> None:
    """Let the autotuner take the first configuration: trying them all is for a GPU."""
    tuner = import_module("triton.runtime.autotuner").Autotuner
    made = tuner.__init__

    def first(self: Any, fn: Any, names: Any, configs: Any, *rest: Any, **named: Any) -> None:  # noqa: ANN401
        made(self, fn, names, configs[:1], *rest, **named)

    tuner.__init__ = first


def model_of(options: dict[str, Any]) -> Any:  # noqa: ANN401
    """fla's model with weights from sines."""
    retnet = import_module("fla.models.retnet")
    model = retnet.RetNetForCausalLM(retnet.RetNetConfig(**{**SMALL, **options})).eval()
    model.load_state_dict(weights(shapes_of(model.named_parameters())), strict=False)
    tied = model.lm_head.weight is model.model.embeddings.weight
    if tied != bool(options.get("tie_word_embeddings")):
        raise SystemExit("fla ties its head otherwise than the option says")
    return model


@torch.no_grad()
def read(model: Any, ids: Tensor, past: Any = None) -> tuple[Tensor, Tensor, Any]:  # noqa: ANN401
    """Logits [T, vocabulary], the state [L, H, K, V] and the cache after the tokens [T]."""
    out = model(ids[None], past_key_values=past, use_cache=True)
    layers = range(model.config.num_hidden_layers)
    states = [out.past_key_values[n]["recurrent_state"][0].float() for n in layers]
    return out.logits[0].float(), torch.stack(states), out.past_key_values


def outputs(model: Any) -> dict[str, Tensor]:  # noqa: ANN401
    found = {}
    for length, cut in LENGTHS.items():
        ids = tokens(length, SMALL["vocab_size"])
        found[f"{length}.logits"], found[f"{length}.state"], _ = read(model, ids)
        if cut:
            _, _, past = read(model, ids[:cut])
            found[f"{length}.rest"], found[f"{length}.resumed"], _ = read(model, ids[cut:], past)
    return {name: tensor.contiguous().clone() for name, tensor in found.items()}


def main() -> None:
    if os.environ.get("TRITON_INTERPRET") != "1":
        raise SystemExit("Set TRITON_INTERPRET=1: the kernels are to run on the CPU.")
    one_configuration_each()
    HERE.mkdir(exist_ok=True)
    for name, options in CASES.items():
        model = model_of(options)
        about = {
            "config": model.config.to_json_string(),
            "shapes": json.dumps(shapes_of(model.named_parameters())),
            "made_by": json.dumps({package: metadata.version(package) for package in PACKAGES}),
        }
        save_file(outputs(model), HERE / f"{name}.safetensors", about)


if __name__ == "__main__":
    main()
