"""Make the golden files of torchscale's layout: what the authors' own code gives, on a CPU.

Run from the root of the project by the Python of an environment of its own:

    git clone https://github.com/microsoft/torchscale
    git -C torchscale checkout 4d1e0e82e5adf86dd424f1463192635b73fc8efc
    python -m venv ts && ts/bin/pip install torch==2.13.0 numpy safetensors
    ts/bin/pip install --no-deps fairscale==0.4.0
    PYTHONPATH=torchscale ts/bin/python -m tests.golden.make_torchscale

(The commit is of April 2024, the last one of its RetNet. Of timm it imports one function, dropout
of whole paths, which does nothing when weights are not trained; it is stood in for below.)

Its forms divide each row of the retention by another number before the norm of the head, so an
epsilon shows: they differ from one another by it. Where outputs are to be compared, epsilon is so
small that it does not; one case has the usual 1e-6.

A file holds, for each length T: logits [T, vocabulary] of the parallel form. States are those of
the recurrent form, the only one that has any: state [L, H, V, K] and scale [L, H] after T tokens,
as torchscale keeps them (K interleaved, keys scaled and at absolute positions, divided by the root
of the scale), and recurrent [T, vocabulary], the logits on the way. Its metadata hold the options
of its RetNetConfig and the names and shapes of its tensors.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from tests.golden.values import shapes_of, tokens, weights

HERE = Path(__file__).parent / "torchscale"
COMMIT = "4d1e0e82e5adf86dd424f1463192635b73fc8efc"
LENGTHS = (1, 7, 65, 130)
SMALL: dict[str, Any] = {
    "vocab_size": 45, "decoder_embed_dim": 32, "decoder_value_embed_dim": 64,
    "decoder_retention_heads": 4, "decoder_ffn_embed_dim": 40, "decoder_layers": 2,
    "layernorm_eps": 1e-12,
}  # fmt: skip
CASES: dict[str, dict[str, Any]] = {
    "default": {},
    "epsilon": {"layernorm_eps": 1e-6},
    "tied": {"share_decoder_input_output_embed": True, "activation_fn": "swish"},
    "scaled": {
        "share_decoder_input_output_embed": True, "no_scale_embedding": False,
        "decoder_value_embed_dim": 32, "decoder_retention_heads": 2, "layernorm_eps": 1e-11,
    },
}  # fmt: skip


def without_timm() -> None:
    """Stand in for timm.models.layers.drop_path, which only training calls."""
    layers = ModuleType("timm.models.layers")
    layers.drop_path = None  # type: ignore[attr-defined]
    sys.modules["timm"], sys.modules["timm.models"] = ModuleType("timm"), ModuleType("timm.models")
    sys.modules["timm.models.layers"] = layers


def model_of(options: dict[str, Any]) -> Any:  # noqa: ANN401
    """torchscale's decoder with weights from sines."""
    config = import_module("torchscale.architecture.config").RetNetConfig(**{**SMALL, **options})
    decoder = import_module("torchscale.architecture.retnet").RetNetDecoder
    embedding = nn.Embedding(config.vocab_size, config.decoder_embed_dim)
    model = decoder(config, embed_tokens=embedding).eval()
    model.load_state_dict(weights(shapes_of(model.named_parameters())), strict=False)
    return model


@torch.no_grad()
def outputs(model: Any) -> dict[str, Tensor]:  # noqa: ANN401
    found = {}
    for length in LENGTHS:
        ids = tokens(length, SMALL["vocab_size"])[None]
        found[f"{length}.logits"] = model(ids)[0][0]
        past: dict[int, dict[str, Tensor]] = {}
        rows = [model(ids[:, : n + 1], incremental_state=past)[0][0] for n in range(length)]
        found[f"{length}.recurrent"] = torch.cat(rows)
        layers = [past[n] for n in sorted(past)]
        found[f"{length}.state"] = torch.stack([each["prev_key_value"][0] for each in layers])
        found[f"{length}.scale"] = torch.stack([each["scale"] for each in layers])
    return {name: tensor.contiguous().clone() for name, tensor in found.items()}


def main() -> None:
    without_timm()
    HERE.mkdir(exist_ok=True)
    for name, options in CASES.items():
        model = model_of(options)
        about = {
            "config": json.dumps(vars(model.args)),
            "shapes": json.dumps(shapes_of(model.named_parameters())),
            "made_by": json.dumps({"torchscale": COMMIT, "torch": metadata.version("torch")}),
        }
        save_file(outputs(model), HERE / f"{name}.safetensors", about)


if __name__ == "__main__":
    main()
