"""The steps of one head: deterministic, resumable, one line of log at a time."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.optim import AdamW

from training.checkpoints import Standing, resume, save
from training.heads.stage import Rates

LOG_EVERY = 50

Losses = Callable[[int], Tensor]  # the loss of a step


def train(head: nn.Module, losses: Losses, rates: Rates, folder: Path, save_seconds: float) -> None:
    """Train one head until its last step, saving now and then; a stopped run goes on."""
    folder.mkdir(parents=True, exist_ok=True)
    adam = AdamW(head.parameters(), lr=rates.rate, betas=(0.9, 0.98), weight_decay=0.0)
    at = resume(folder, head, (adam,)) or Standing(0, 0, None)
    sums, saved = 0.0, time.monotonic()
    for step in range(at.step, rates.steps):
        for group in adam.param_groups:
            group["lr"] = rates.rate * share_of_rate(rates, step)
        loss = losses(step)
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        sums += float(loss.detach())
        if (step + 1) % LOG_EVERY == 0:
            _log(folder, {"step": step + 1, "loss": round(sums / LOG_EVERY, 4)})
            sums = 0.0
        if time.monotonic() - saved > save_seconds or step + 1 == rates.steps:
            save(folder, head, (adam,), Standing(step + 1, 0, None))
            saved = time.monotonic()


def share_of_rate(rates: Rates, step: int) -> float:
    """Rise over the warm-up, stay, and fall to a twentieth over the second half."""
    left = (rates.steps - step) / max(1.0, rates.steps / 2)
    return min(1.0, (step + 1) / max(1, rates.warmup)) * min(1.0, 0.05 + 0.95 * left)


def _log(folder: Path, facts: dict[str, Any]) -> None:
    line = json.dumps(facts)
    print(line, flush=True)
    with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(line + "\n")
