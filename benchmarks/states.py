"""What a state loses when it is stored in fewer bits: in the next tokens, and in the answers.

The shipped sample is read by the shipped reader. Losses are read in float32. Answers are those of
a user (pipelines.ask.ask), with a snapshot every 2,048 tokens in each encoding; the questions
were read 256 tokens or more after it.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import cast

import torch
from torch.nn import functional as F

from app.service import Service, open_service
from app.settings import SHIPPED_MODEL, Settings
from benchmarks.timing import machine, print_table
from pipelines.answer import Answer
from pipelines.ask import ask
from pipelines.bootstrap import interval
from pipelines.document import Upload
from pipelines.metrics import f1
from pipelines.sources import Sources
from retnet_core.checkpoint import LoadedReader, load_reader
from retnet_core.codec import decode_state, encode_state
from retnet_core.encodings import Encoding
from retnet_core.model import RetNet
from retnet_core.reading import read_on
from retnet_core.state import RetNetState
from storage.checksums import checksum
from storage.library import Library
from storage.records import SnapshotRecord

SAMPLE = Path(__file__).parent.parent / "app" / "sample"
ENCODINGS: tuple[Encoding, ...] = ("float32", "bfloat16", "int8")
EVERY, FOLLOWING = 512, 256  # tokens between two cuts, and tokens whose loss is taken after each
SNAPSHOTS = 2_048


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks states", description=__doc__)
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL)
    parser.add_argument("--questions", type=int, default=1000, help="how many to ask at most")
    options = parser.parse_args(arguments)
    loaded = load_reader(options.model)
    print(machine())
    _losses(loaded)
    if options.questions:
        _answers(options.model, options.questions)


def sample_tokens(loaded: LoadedReader) -> list[int]:
    """The sample as one text."""
    return loaded.tokenizer.encode((SAMPLE / "report.md").read_text(encoding="utf-8"))


def after(model: RetNet, tokens: Sequence[int], state: RetNetState | None = None) -> RetNetState:
    """The state after tokens."""
    now: RetNetState = model(torch.tensor([list(tokens)]), state)[1]
    return now


def next_loss(model: RetNet, tokens: Sequence[int], state: RetNetState) -> float:
    """Mean loss, in nats, of every token but the first, after a state."""
    ids = torch.tensor(list(tokens))
    hidden, _ = model(ids[None, :-1], state)
    return float(F.cross_entropy(model.logits(hidden[0]), ids[1:]))


def mean_with_interval(values: Sequence[float]) -> str:
    """The mean with its 95 % bootstrap interval."""
    low, high = interval(values)
    return f"{fmean(values):+.5f} [{low:+.5f}, {high:+.5f}]"


@torch.inference_mode()
def _losses(loaded: LoadedReader) -> None:
    model, tokens = loaded.reader.body, sample_tokens(loaded)
    state = RetNetState.empty(model.config)
    losses: dict[str, list[float]] = {name: [] for name in ("exact", *ENCODINGS, "forgotten")}
    errors: dict[str, list[float]] = {name: [] for name in losses}
    for cut in range(EVERY, len(tokens) - FOLLOWING, EVERY):
        state = after(model, tokens[cut - EVERY : cut], state)
        stored: dict[str, RetNetState] = {
            "exact": state,
            **{kind: _stored(loaded, state, kind) for kind in ENCODINGS},
            "forgotten": RetNetState.empty(model.config),
        }
        for name, each in stored.items():
            losses[name].append(next_loss(model, tokens[cut : cut + FOLLOWING], each))
            errors[name].append(float((each.tensor - state.tensor).norm() / state.tensor.norm()))
    cuts = len(losses["exact"])
    print(f"{len(tokens):,} tokens, {cuts} cuts, the {FOLLOWING} tokens after each")
    rows = []
    for name in losses:
        differences = [a - b for a, b in zip(losses[name], losses["exact"], strict=True)]
        rows.append(
            [
                name,
                f"{fmean(errors[name]):.1e}",
                f"{fmean(losses[name]):.4f}",
                mean_with_interval(differences),
                f"{100 * math.expm1(fmean(differences)):+.3f} %",
            ]
        )
    head = ["state", "relative error", "loss", "difference [95 %]", "perplexity"]
    print_table("Reading on from a stored state", head, rows)


def _stored(loaded: LoadedReader, state: RetNetState, encoding: Encoding) -> RetNetState:
    marks = (loaded.weights_fingerprint, loaded.tokenizer_fingerprint)
    payload = encode_state(state, encoding, *marks, 0)
    return decode_state(payload, loaded.reader.config.body, *marks)[0]


@dataclass(frozen=True, slots=True)
class Snapshots:
    """A library whose snapshots are these states, (tokens read, state), in an encoding.

    None as encoding: without any snapshot. Everything but its readings is the library's own.
    """

    library: Library
    loaded: LoadedReader
    states: tuple[tuple[int, RetNetState], ...]
    encoding: Encoding | None

    def __getattr__(self, name: str) -> object:
        return getattr(self.library, name)

    @property
    def readings(self) -> Snapshots:
        return self

    def snapshot_before(
        self, document_id: str, token: int, weights: str, tokenizer: str
    ) -> SnapshotRecord | None:
        before = [(read, state) for read, state in self.states if read <= token]
        if not before or self.encoding is None:
            return None
        read, state = before[-1]
        payload = encode_state(state, self.encoding, weights, tokenizer, read)
        return SnapshotRecord(0, read, payload, checksum(payload), weights, tokenizer)


def _answers(model: Path, limit: int) -> None:
    questions = json.loads((SAMPLE / "questions.json").read_text(encoding="utf-8"))[:limit]
    with TemporaryDirectory() as home:
        settings = Settings(home=Path(home), model=model, database_url="")
        with open_service(settings) as service:
            answers = _asked(service, [question["question"] for question in questions])
    rows = []
    for encoding, given in answers.items():
        pairs = list(zip(given, answers["float32"], strict=True))
        same = sum(found.text == exact.text for found, exact in pairs)
        moved = [abs(_odds(found) - _odds(exact)) for found, exact in pairs]
        scores = [
            100 * (f1(answer.text, [gold]) if gold else not answer.found)
            for answer, gold in zip(
                given, (question["answer"] for question in questions), strict=True
            )
        ]
        rows.append(
            [
                str(encoding),
                f"{same} of {len(pairs)}",
                f"{fmean(moved):.4f}",
                f"{fmean(scores):.1f}",
            ]
        )
    head = ["snapshots", "same answer as float32", "mean move of log-odds", "F1"]
    print_table(f"{len(questions)} questions on the sample", head, rows)


def _asked(service: Service, questions: Sequence[str]) -> dict[str, list[Answer]]:
    """The answers with snapshots in each encoding, and with none."""
    for _ in service.add(Upload("report.pdf", (SAMPLE / "report.pdf").read_bytes())):
        pass
    document = service.list()[0]
    texts = [passage.text for passage in service.library.passages(document.id, 0, 10**6)]
    states = tuple(_snapshots(service.reader, texts))
    scope = service.library.scope(document.owner, [document.id])
    answers: dict[str, list[Answer]] = {}
    for encoding in (*ENCODINGS, None):
        snapshots = Snapshots(service.library, service.reader, states, encoding)
        library = cast(Library, snapshots)
        answers[str(encoding or "none")] = [
            ask(Sources(library, scope, service.reader), question) for question in questions
        ]
    return answers


def _snapshots(loaded: LoadedReader, texts: Sequence[str]) -> list[tuple[int, RetNetState]]:
    tokens = [token for text in texts for token in loaded.tokenizer.encode(text)]
    state, found = None, []
    for end in range(SNAPSHOTS, len(tokens), SNAPSHOTS):
        state = read_on(loaded, tokens[end - SNAPSHOTS : end], state)
        found.append((end, state))
    return found


def _odds(answer: Answer) -> float:
    return math.log(answer.confidence / (1 - answer.confidence))
