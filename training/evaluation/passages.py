"""How well answers match: exact match and F1 as SQuAD counts them, on prepared examples."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from pipelines.metrics import exact_match, f1
from retnet_core.reader import Reader, SpanScores
from retnet_core.tokenizer import Tokenizer
from training.batches import Batch, Example, collate
from training.losses import answer, span_loss


@dataclass(frozen=True, slots=True)
class Score:
    """Means over examples, 0 to 100 (loss in nats)."""

    loss: float
    exact: float
    f1: float


def best_spans(scores: SpanScores) -> list[tuple[int, int]]:
    """The best span of each row, whether or not absence is likelier."""
    reach = scores.spans.shape[2]
    best = scores.spans.flatten(1).argmax(1).tolist()
    return [(place // reach, place // reach + place % reach) for place in best]


def score_examples(
    reader: Reader, tokenizer: Tokenizer, examples: Sequence[Example], batch_size: int = 16
) -> Score:
    """Answer prepared examples that have an answer, resumed from the context before them."""
    ordered = sorted(examples, key=lambda example: example.length)
    device = next(reader.parameters()).device.type
    totals = torch.zeros(3, dtype=torch.float64)
    reader.eval()
    for first in range(0, len(ordered), batch_size):
        chosen = ordered[first : first + batch_size]
        batch = collate(chosen, device)
        with torch.inference_mode(), torch.autocast(device, torch.bfloat16):
            scores = answer(reader, batch)
        loss = float(span_loss(scores, batch.golds)) * len(chosen)
        totals += torch.tensor([loss, *_matches(tokenizer, batch, best_spans(scores))])
    reader.train()
    means = (totals / max(1, len(ordered))).tolist()
    return Score(means[0], 100 * means[1], 100 * means[2])


def _matches(
    tokenizer: Tokenizer, batch: Batch, spans: Sequence[tuple[int, int]]
) -> tuple[float, float]:
    exact = overlap = 0.0
    for tokens, golds, (first, last) in zip(
        batch.passage.tokens.tolist(), batch.golds.tolist(), spans, strict=True
    ):
        ours = tokenizer.decode(tokens[first : last + 1])
        texts = [tokenizer.decode(tokens[a : b + 1]) for a, b in golds if a >= 0]
        exact += exact_match(ours, texts)
        overlap += f1(ours, texts)
    return exact, overlap
