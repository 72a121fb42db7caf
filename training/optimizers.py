"""Muon for the matrices, AdamW for everything else."""

import torch
from torch import nn
from torch.optim import AdamW, Muon, Optimizer

from training.stage import Stage


def optimizers(model: nn.Module, stage: Stage) -> tuple[Optimizer, Optimizer]:
    """The two optimizers of a stage; their rates are set by set_rates before each step."""
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        matrix = parameter.ndim == 2 and min(parameter.shape) > 1 and "embeddings" not in name
        (matrices if matrix else others).append(parameter)
    muon = Muon(
        matrices,
        lr=stage.matrix_rate,
        weight_decay=stage.weight_decay,
        adjust_lr_fn="match_rms_adamw",
    )
    adam = AdamW(others, lr=stage.other_rate, betas=(0.9, 0.98), weight_decay=0.0)
    return muon, adam


def set_rates(pair: tuple[Optimizer, Optimizer], stage: Stage, step: int) -> None:
    """Warm up, stay, and decay to a twentieth over the last steps."""
    scale = min(1.0, (step + 1) / max(1, stage.warmup))
    left = stage.steps - step
    if stage.decay and left < stage.decay:
        scale *= 0.05 + 0.95 * left / stage.decay
    for optimizer, rate in zip(pair, (stage.matrix_rate, stage.other_rate), strict=True):
        for group in optimizer.param_groups:
            group["lr"] = rate * scale


def clip(model: nn.Module, longest: float = 1.0) -> float:
    """Shorten the gradient to a longest norm and give the norm that it had."""
    return float(torch.nn.utils.clip_grad_norm_(model.parameters(), longest))
