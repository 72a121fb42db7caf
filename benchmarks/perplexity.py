"""The perplexity of a RetNet and of a Transformer of its size, trained on the same tokens.

For each of the two the learning rate, and how it tells near from far, are chosen alike in short
runs: the decays of the RetNet's heads, the base of the Transformer's rotary angles, as many of one
as of the other. Then each is trained from several seeds, on the same batches in the same order.
What is stated is the ratio of the two perplexities for each seed, and how far the seeds lie apart.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.settings import SHIPPED_MODEL
from benchmarks.claims.language import Recipe, Texts, perplexity, train
from benchmarks.claims.models import KINDS, Kind
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
DECAYS = [(5.0, 6.0, 7.0, 8.0), (2.0, 4.0, 6.0, 8.0), (1.0, 3.0, 5.0, 7.0)]  # γ = 1 − 2^−e


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
    parser.add_argument("--decays", type=_numbers, nargs="+", default=DECAYS, metavar="5,6,7,8")
    parser.add_argument("--bases", type=float, nargs="+", default=[1e4, 1e3, 1e2])
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


def _shape(kind: Kind, config: RetNetConfig) -> str:
    """What was chosen beside the rate."""
    if kind == "transformer":
        return f"base {config.rotary_base:g}"
    return "decays " + ", ".join(f"{exponent:g}" for exponent in config.decay_exponents)


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(number) for number in text.split(","))


def sample_tokens() -> npt.NDArray[np.uint16]:
    """The document that ships with the program: enough to try this out, not to conclude from."""
    text = extract(Upload(SAMPLE.name, SAMPLE.read_bytes())).text
    tokenizer = Tokenizer.from_file(SHIPPED_MODEL / "tokenizer.model")
    return np.asarray(tokenizer.encode(text), dtype=np.uint16)


def _runs(options: argparse.Namespace, config: RetNetConfig, texts: Texts) -> Iterator[Record]:
    """The grid of each kind with a seed that is not used again; then its seeds at the best rate."""
    rows, length = options.rows, options.length
    shapes: dict[Kind, list[RetNetConfig]] = {
        "retnet": [replace(config, decay_exponents=decays) for decays in options.decays],
        "transformer": [replace(config, rotary_base=base) for base in options.bases],
    }
    for kind in KINDS:
        found: dict[tuple[RetNetConfig, float], float] = {}
        for tried, rate in product(shapes[kind], options.grid):
            recipe = Recipe(rows, length, options.search, rate, seed=1000)
            found[tried, rate] = perplexity(train(kind, tried, texts, recipe), texts.test, length)
            facts = {"kind": kind, "part": "grid", "rate": rate, "shape": _shape(kind, tried)}
            yield {**facts, "perplexity": found[tried, rate]}
        chosen, best = min(found, key=lambda each: found[each])
        for seed in range(options.seeds):
            recipe = Recipe(rows, length, options.train, best, seed)
            model = train(kind, chosen, texts, recipe)
            yield {
                "kind": kind,
                "part": "run",
                "rate": best,
                "shape": _shape(kind, chosen),
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
            run.get("shape", ""),
            f"{run['perplexity']:.2f}",
            f"{run['perplexity_longer']:.2f}",
        ]
        for run in runs
    ]
    head = ["model", "parameters", "rate", "chosen", "perplexity", f"{LONGER} times as far"]
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
