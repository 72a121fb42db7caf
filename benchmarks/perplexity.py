"""The perplexity of a RetNet and of a Transformer of its size, trained on the same tokens.

For each of the two the learning rate is chosen alike, from one grid in short runs; then each is
trained from several seeds, on the same batches in the same order. What is stated is the ratio of
the two perplexities for each seed, and how far the seeds lie apart.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.settings import SHIPPED_MODEL
from benchmarks.claims.language import Recipe, Texts, perplexity, train
from benchmarks.claims.models import KINDS
from benchmarks.claims.records import Record, keep
from benchmarks.options import command, parsed
from benchmarks.timing import machine, print_table
from pipelines.document import Upload
from pipelines.extract import extract
from retnet_core.config import RetNetConfig
from retnet_core.sizes import parameters
from retnet_core.tokenizer import Tokenizer

SAMPLE = Path(__file__).parent.parent / "app" / "sample" / "report.pdf"
LONGER = 8  # times the length of a row in training


def main(arguments: list[str]) -> None:
    parser = command("perplexity", __doc__)
    parser.add_argument("--tokens", type=Path, help=".npy of token numbers; else the sample")
    parser.add_argument("--vocabulary", type=int, default=4096, help="most frequent tokens kept")
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--length", type=int, default=512, help="of a row, in tokens")
    parser.add_argument("--rows", type=int, default=8, help="of a step")
    parser.add_argument("--train", type=int, default=1_200_000, help="tokens of a run")
    parser.add_argument("--search", type=int, default=350_000, help="tokens of a run of the grid")
    parser.add_argument("--grid", type=float, nargs="+", default=[1e-3, 2e-3, 4e-3, 8e-3])
    parser.add_argument("--seeds", type=int, default=3)
    options = parsed(parser, arguments)
    tokens = np.load(options.tokens, mmap_mode="r") if options.tokens else sample_tokens()
    source = options.tokens.parent.name if options.tokens else "the sample document"
    texts = Texts.of(tokens, options.vocabulary, min(100_000, len(tokens) // 5))
    config = shape(options.vocabulary, options.width, options.layers)
    print(f"{machine()}; {parameters(config):,} parameters; {len(texts.train):,} tokens: {source}")
    runs = _runs(options, config, texts)
    table(keep(({**run, "text": source} for run in runs), "perplexity", options.out))


def shape(vocabulary: int, width: int, layers: int) -> RetNetConfig:
    """Four heads with the paper's decays, and its proportions: V = 2 K, feed-forward 4 D²."""
    return RetNetConfig(
        vocabulary=vocabulary,
        width=width,
        layers=layers,
        key_width=width // 4,
        value_width=width // 2,
        feedforward=16 * round(4 * width / 48),
        decay_exponents=(5.0, 6.0, 7.0, 8.0),
    )


def sample_tokens() -> npt.NDArray[np.uint16]:
    """The document that ships with the program: enough to try this out, not to conclude from."""
    text = extract(Upload(SAMPLE.name, SAMPLE.read_bytes())).text
    tokenizer = Tokenizer.from_file(SHIPPED_MODEL / "tokenizer.model")
    return np.asarray(tokenizer.encode(text), dtype=np.uint16)


def _runs(options: argparse.Namespace, config: RetNetConfig, texts: Texts) -> Iterator[Record]:
    """The grid of each kind with a seed that is not used again; then its seeds at the best rate."""
    rows, length = options.rows, options.length
    for kind in KINDS:
        found: dict[float, float] = {}
        for rate in options.grid:
            recipe = Recipe(rows, length, options.search, rate, seed=1000)
            found[rate] = perplexity(train(kind, config, texts, recipe), texts.test, length)
            yield {"kind": kind, "part": "grid", "rate": rate, "perplexity": found[rate]}
        best = min(found, key=lambda rate: found[rate])
        for seed in range(options.seeds):
            recipe = Recipe(rows, length, options.train, best, seed)
            model = train(kind, config, texts, recipe)
            yield {
                "kind": kind,
                "part": "run",
                "rate": best,
                "seed": seed,
                "parameters": sum(weight.numel() for weight in model.parameters()),
                "tokens": recipe.steps * rows * length,
                "vocabulary": config.vocabulary,
                "length": length,
                "perplexity": perplexity(model, texts.test, length),
                "perplexity_longer": perplexity(model, texts.test, LONGER * length),
            }


def table(records: list[Record]) -> None:
    """Print the runs, and the ratio of each pair of equal seeds."""
    runs = [record for record in records if record["part"] == "run"]
    rows = [
        [
            f"{run['kind']}, seed {run['seed']}",
            f"{run['parameters']:,}",
            f"{run['rate']:g}",
            f"{run['perplexity']:.2f}",
            f"{run['perplexity_longer']:.2f}",
        ]
        for run in runs
    ]
    head = ["model", "parameters", "rate", "perplexity", f"{LONGER} times as far"]
    print_table("On text that was held out", head, rows)
    for name in ("perplexity", "perplexity_longer"):
        ratios = pair_ratios(runs, name)
        middle = statistics.fmean(ratios)
        apart = f"{min(ratios):.3f} to {max(ratios):.3f}"
        print(f"\n{name}, RetNet / Transformer: {middle:.3f} ({apart}, {len(ratios)} seeds)")


def pair_ratios(runs: list[Record], name: str) -> list[float]:
    """RetNet's figure over the Transformer's, seed by seed: below 1 the RetNet is better."""
    found = {(run["kind"], run["seed"]): float(run[name]) for run in runs}
    seeds = sorted({seed for _, seed in found})
    return [found["retnet", seed] / found["transformer", seed] for seed in seeds]
