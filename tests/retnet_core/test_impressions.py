"""What is kept of passages while they are read: by hand, in sittings, and without the heads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from retnet_core.checkpoint import LoadedReader, load_reader
from retnet_core.codec import decode_state, encode_state
from retnet_core.held import Kind
from retnet_core.impressions import LENGTH, Impression, embed_question, read_passages
from retnet_core.reading import LONGEST_QUESTION, read_on
from retnet_core.state import RetNetState
from tests.tiny_reader import WITH_HEADS, folder_of, make_reader, tiny_reader

PASSAGES = (
    "The mill ground corn. It stood by the river.\n",
    "",
    "When the bridge fell in 1921, the villagers crossed by boat.",
    "日本 🏞️ and more.",
)
SENTENCES = (((0, 21), (22, 44)), (), ((0, 60),), ((0, 2), (3, 15)))
QUESTION = "When did the bridge fall?"
WORDS = st.lists(
    st.sampled_from(["mill", "river", "boat", "1921", "é", "日", ".", "\n"]), max_size=12
)
TEXTS = st.lists(WORDS.map(" ".join), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedReader:
    folder = tmp_path_factory.mktemp("reader") / "model"
    return load_reader(folder_of(folder, tiny_reader(config=WITH_HEADS)))


def read(
    loaded: LoadedReader, passages: tuple[str, ...] = PASSAGES, state: RetNetState | None = None
) -> tuple[RetNetState, tuple[Impression, ...]]:
    spans = [[(0, len(text))] if text else [] for text in passages]
    return read_passages(loaded, passages, spans, state)


def same(found: Impression, expected: Impression) -> None:
    assert found.tokens == expected.tokens
    for one, other in (
        (found.embedding, expected.embedding),
        (found.saliences, expected.saliences),
    ):
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            np.testing.assert_array_equal(one, other)


def test_the_state_is_the_one_of_reading_on(loaded: LoadedReader) -> None:
    past = read_on(loaded, [1, 2, 3], None)
    state, _ = read(loaded, PASSAGES, past)
    tokens = [token for text in PASSAGES for token in loaded.tokenizer.encode(text)]
    assert torch.equal(state.tensor, read_on(loaded, tokens, past).tensor)


@given(TEXTS, TEXTS)
@settings(max_examples=30, deadline=None)
def test_a_reading_that_was_stored_in_between_leaves_the_same_impressions(
    loaded: LoadedReader, before: list[str], after: list[str]
) -> None:
    body, marks = loaded.reader.config.body, ("weights", "tokenizer")
    middle, _ = read(loaded, tuple(before))
    stored, _ = decode_state(encode_state(middle, "float32", *marks, 9), body, *marks)
    state, kept = read(loaded, tuple(after), middle)
    state_again, kept_again = read(loaded, tuple(after), stored)
    assert torch.equal(state.tensor, state_again.tensor)
    for found, expected in zip(kept_again, kept, strict=True):
        same(found, expected)


def test_an_impression_knows_what_was_read_before(loaded: LoadedReader) -> None:
    past = read_on(loaded, loaded.tokenizer.encode("Boats were built here. " * 5), None)
    (_, alone), (_, within) = read(loaded, PASSAGES[:1]), read(loaded, PASSAGES[:1], past)
    one, other = alone[0].embedding, within[0].embedding
    assert one is not None
    assert other is not None
    assert one.tolist() != other.tolist()


def test_passages_are_told_apart_token_by_token(loaded: LoadedReader) -> None:
    """Against the equations of heads.py, one token after another in float64."""
    _, kept = read_passages(loaded, PASSAGES, SENTENCES, None)
    reader = loaded.reader.double()
    embedder, salience = reader.embedder, reader.salience
    assert embedder is not None
    assert salience is not None
    cut = [loaded.tokenizer.encode_with_offsets(text) for text in PASSAGES]
    ids = torch.tensor([piece for pieces, _ in cut for piece in pieces])
    hidden = reader.body(ids[None], None)[0][0]
    at = 0
    for (pieces, starts), text, spans, found in zip(cut, PASSAGES, SENTENCES, kept, strict=True):
        mine = range(at, at + len(pieces))
        told = {t: float(embedder.weight.weight[ids[t], 0].exp()) for t in mine}
        heard = {t: told[t] * float(torch.sigmoid(embedder.gate(hidden[t]))) for t in mine}
        if pieces:
            words = sum(told[t] * embedder.table.weight[ids[t]] for t in mine)
            sense = sum(heard[t] * embedder.passage_proj(hidden[t]) for t in mine)
            vector = words / sum(told.values()) + sense / sum(heard.values()) / hidden.shape[1]
            expected = (vector / vector.norm() * LENGTH).clamp(-127, 127)
            assert found.embedding is not None
            np.testing.assert_allclose(found.embedding, expected.detach().numpy(), atol=1.6)
        ends = [min((s for s in [*starts, len(text)] if s > a), default=a) for a in starts]
        assert found.saliences is not None
        for (first, last), score in zip(spans, found.saliences, strict=True):
            touching = [at + n for n, a in enumerate(starts) if a < last and ends[n] > first]
            counted = torch.tensor([np.log(1 + len(touching))])
            pooled = torch.cat((torch.stack([hidden[t] for t in touching]).mean(0), counted))
            one = salience.out(torch.nn.functional.silu(salience.hidden(pooled)))
            np.testing.assert_allclose(score, one.item(), atol=2e-2)
        at += len(pieces)
    reader.float()


def test_without_a_token_there_is_no_embedding(loaded: LoadedReader) -> None:
    past = read_on(loaded, [1, 2, 3], None)
    state, (nothing,) = read(loaded, ("",), past)
    assert torch.equal(state.tensor, past.tensor)
    assert nothing.tokens == 0
    assert nothing.embedding is None
    assert read(loaded, ("", ""))[0].tensor.abs().max() == 0
    assert embed_question(loaded, "") is None


def test_a_reader_without_the_heads_reads_as_before(tmp_path: Path) -> None:
    plain = load_reader(make_reader(tmp_path / "model"))
    state, kept = read(plain)
    tokens = [token for text in PASSAGES for token in plain.tokenizer.encode(text)]
    assert torch.equal(state.tensor, read_on(plain, tokens, None).tensor)
    assert all(each.embedding is None and each.saliences is None for each in kept)
    assert embed_question(plain, QUESTION) is None


def test_an_embedding_is_of_one_length_in_int8(loaded: LoadedReader) -> None:
    _, kept = read(loaded, PASSAGES[:1])
    asked = embed_question(loaded, QUESTION)
    for found in (kept[0].embedding, asked):
        assert found is not None
        assert found.dtype == np.int8
        assert found.shape == (WITH_HEADS.embedding_width,)


def test_of_a_long_question_the_end_is_embedded(loaded: LoadedReader) -> None:
    end = " and the river" * LONGEST_QUESTION
    one, other = (embed_question(loaded, start + end) for start in ("boat boat", "wheel"))
    assert one is not None
    assert one.tolist() == (other if other is None else other.tolist())


@pytest.mark.parametrize("held", ["float32", "bfloat16", "int8"])
def test_held_weights_leave_nearly_the_same_impressions(
    tmp_path: Path, loaded: LoadedReader, held: Kind
) -> None:
    quick = load_reader(folder_of(tmp_path / "model", tiny_reader(config=WITH_HEADS)), held=held)
    for found, expected in zip(read(quick)[1], read(loaded)[1], strict=True):
        if expected.embedding is not None and found.embedding is not None:
            one, other = found.embedding.astype(float), expected.embedding.astype(float)
            assert one @ other / np.linalg.norm(one) / np.linalg.norm(other) > 0.999
