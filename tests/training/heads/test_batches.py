"""Batches of questions and passages: what is drawn, what is left out, what is compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F
from torch.testing import assert_close

from retnet_core.heads import Embedder
from tests.tiny_reader import WITH_HEADS
from tests.tiny_tokenizer import tiny_tokenizer
from tests.training.heads.making_heads import make_raw
from training.heads.batches import Matches, Source, draw
from training.heads.embedding import TEMPERATURE, begin, embed, match_loss, piece_counts
from training.heads.pairs import prepare_pairs

WEIGHTS = {"qa_tales": 2.0, "text_tales": 1.0}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Source]:
    """Hidden vectors and the teacher's are random."""
    raw, out = make_raw(tmp_path_factory.mktemp("raw")), tmp_path_factory.mktemp("pairs")
    chance, made = torch.Generator().manual_seed(1), {}
    for name in WEIGHTS:
        path = raw / "train" / f"{name}.jsonl.xz"
        prepare_pairs(path, tiny_tokenizer(), out / name, most=40, seed=3)
        sizes = [len(np.load(out / name / f"{n}.npy")) for n in ("tokens", "question_tokens")]
        width = WITH_HEADS.body.width
        heard = [
            torch.randn(n, width, generator=chance).bfloat16().view(torch.int16).numpy()
            for n in sizes
        ]
        taught = [
            F.normalize(torch.randn(len(np.load(out / name / f)), 24, generator=chance), dim=-1)
            for f in ("passages.npy", "holes.npy")
        ]
        made[name] = Source(
            out / name,
            (heard[0].view(np.uint16), heard[1].view(np.uint16)),
            (taught[0], taught[1]),
        )
    return made


@pytest.fixture
def embedder(sources: dict[str, Source]) -> Embedder:
    torch.manual_seed(2)
    made = Embedder(WITH_HEADS)
    begin(made, None, piece_counts([s.tokens for s in sources.values()], 360))
    return made


def drawn(sources: dict[str, Source], step: int = 4) -> Matches:
    return draw(sources, WEIGHTS, step, 6, seed=1)


def test_the_draw_depends_on_seed_and_step_alone(sources: dict[str, Source]) -> None:
    one, same, other = drawn(sources), drawn(sources), drawn(sources, 5)
    assert torch.equal(one.questions.tokens, same.questions.tokens)
    assert torch.equal(one.passages.inside, same.passages.inside)
    assert one.questions.tokens.tolist() != other.questions.tokens.tolist()


def test_no_passage_is_offered_twice_and_no_gold_counts_as_wrong(
    sources: dict[str, Source],
) -> None:
    for step in range(12):
        batch = drawn(sources, step)
        rows = [tuple(row) for row in batch.passages.tokens.tolist()]
        assert len(set(rows)) == len(rows)
        assert len(batch.answers) == 6
        assert not batch.forbidden.gather(1, batch.answers[:, None]).any()


def test_a_passage_is_offered_without_the_sentence_that_asks_for_it(
    sources: dict[str, Source],
) -> None:
    batch, found = draw(sources, {"text_tales": 1.0}, 0, 4, seed=1), 0
    for row, answer in enumerate(batch.answers.tolist()):
        asked = batch.questions.tokens[row][batch.questions.inside[row, 0]].tolist()
        left = batch.passages.tokens[answer][batch.passages.inside[answer, 0]].tolist()
        inside = [left[n : n + len(asked)] == asked for n in range(len(left))]
        found += any(inside)
    assert found == 0


def test_the_loss_is_the_one_of_its_equation(
    sources: dict[str, Source], embedder: Embedder
) -> None:
    batch = drawn(sources)
    asked = embed(embedder, batch.questions, question=True).tolist()
    offered = embed(embedder, batch.passages, question=False).tolist()
    cosine = np.array(asked) @ np.array(offered).T / TEMPERATURE
    losses = []
    for row, answer in enumerate(batch.answers.tolist()):
        allowed = [n for n in range(len(offered)) if not batch.forbidden[row, n]]
        losses.append(np.log(np.exp(cosine[row, allowed]).sum()) - cosine[row, answer])
    apart = [
        np.mean([1 - np.dot(a, b) for a, b in zip(ours, taught.tolist(), strict=True)])
        for ours, taught in (
            (asked, batch.questions.taught),
            (offered, batch.passages.taught),
        )
    ]
    found = match_loss(embedder, batch, 0.5)
    expected = torch.tensor(np.mean(losses) + 0.5 * sum(apart), dtype=torch.float32)
    assert_close(found.detach(), expected, rtol=1e-4, atol=1e-4)


def test_what_was_not_taught_pulls_nowhere(sources: dict[str, Source], embedder: Embedder) -> None:
    batch = drawn(sources)
    batch.questions.taught.zero_()
    batch.passages.taught.zero_()
    assert_close(match_loss(embedder, batch, 1.0), match_loss(embedder, batch, 0.0))


def test_rarer_pieces_weigh_more_at_first(embedder: Embedder) -> None:
    begin(embedder, None, torch.arange(360.0))
    weights = embedder.weight.weight.squeeze(1)
    assert (weights.diff() < 0).all()
    assert weights[0] == 0


def test_the_same_seed_gives_the_same_pairs(tmp_path: Path) -> None:
    raw = make_raw(tmp_path / "raw") / "train" / "qa_tales.jsonl.xz"
    prepare_pairs(raw, tiny_tokenizer(), tmp_path / "one", most=40, seed=3)
    prepare_pairs(raw, tiny_tokenizer(), tmp_path / "two", most=40, seed=3)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
