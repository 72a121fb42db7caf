"""What is kept of each passage beside the state while a document is read for the first time.

Letters: T tokens, P passages, S sentences, D width of the body, E width of an embedding.

An embedding is E numbers of int8 whose length is about LENGTH: the scalar product of two of them,
divided by LENGTH², is the cosine of their angle. A question points where its passages point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from retnet_core.checkpoint import LoadedReader
from retnet_core.reading import LONGEST_QUESTION, at_rest, device_of, inference
from retnet_core.state import RetNetState

LENGTH = 400  # of an embedding; a number beyond ±127 / LENGTH of it is cut off

Embedding = npt.NDArray[np.int8]
Places = npt.NDArray[np.int64]
Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True, eq=False)
class Impression:
    """What reading a passage left beside the state.

    tokens: how many were read. embedding [E]: None from a reader without that head, and of a
    passage without a token. saliences [S], float32: for each sentence how rather a summary would
    quote it than others; None from a reader without that head.
    """

    tokens: int
    embedding: Embedding | None
    saliences: npt.NDArray[np.float32] | None


def read_passages(
    loaded: LoadedReader,
    passages: Sequence[str],
    sentences: Sequence[Spans],
    state: RetNetState | None,
) -> tuple[RetNetState, tuple[Impression, ...]]:
    """Read passages that follow a state of one row; None is the beginning.

    sentences: for each passage the (start, end) offsets of its sentences, in order. The state
    after them is the very one that read_on gives for their tokens. The impressions depend on the
    state before the call and on the passages of the call: the same calls leave the same ones.
    """
    cut = [loaded.tokenizer.encode_with_offsets(text) for text in passages]
    counts = [len(pieces) for pieces, _ in cut]
    spoken = _spoken(passages, [starts for _, starts in cut], sentences)
    with inference(loaded):
        ids = torch.tensor([[piece for pieces, _ in cut for piece in pieces]], dtype=torch.int64)
        ids = ids.to(device_of(loaded))
        if not ids.numel():
            hidden = loaded.reader.body.embed(ids)
            after = state or RetNetState.empty(loaded.reader.config.body)
        else:
            past = None if state is None else state.to(ids.device)
            hidden, after = loaded.reader.body(ids, past)
    embeddings = _embeddings(loaded, ids[0], hidden[0], counts)
    saliences = _saliences(loaded, hidden[0], spoken)
    borders = np.cumsum([0, *map(len, sentences)])
    return at_rest(after), tuple(
        Impression(
            count,
            embeddings[number] if embeddings is not None and count else None,
            None if saliences is None else saliences[borders[number] : borders[number + 1]],
        )
        for number, count in enumerate(counts)
    )


def embed_question(loaded: LoadedReader, question: str) -> Embedding | None:
    """Where the passages that answer a question should point: [E].

    None from a reader without that head, and for a question without a token: whoever searches
    then has words only. Of a long question the end is read.
    """
    embedder = loaded.reader.embedder
    pieces = loaded.tokenizer.encode(question)[-LONGEST_QUESTION:]
    if embedder is None or not pieces:
        return None
    with inference(loaded):
        ids = torch.tensor([pieces], device=device_of(loaded))
        hidden, _ = loaded.reader.body(ids, None)
    with torch.inference_mode():
        whole = torch.ones(1, len(pieces), dtype=torch.bool, device=ids.device)
        found: Embedding = quantised(embedder.questions(ids[0], _wide(loaded, hidden[0]), whole))[0]
    return found


def quantised(vectors: Tensor) -> Embedding:
    """Unit vectors [..., E] as int8."""
    codes = (vectors * LENGTH).round().clamp(-127, 127).to(torch.int8)
    found: Embedding = codes.cpu().numpy()
    return found


def _embeddings(
    loaded: LoadedReader, tokens: Tensor, hidden: Tensor, counts: Sequence[int]
) -> Embedding | None:
    """[P, E] for the passages of a text of T tokens, each with so many of them."""
    embedder = loaded.reader.embedder
    if embedder is None:
        return None
    ends = np.cumsum(counts, dtype=np.int64)
    inside = _inside(np.append(0, ends[:-1]), ends, len(tokens)).to(tokens.device)
    with torch.inference_mode():
        return quantised(embedder.passages(tokens, _wide(loaded, hidden), inside))


def _saliences(
    loaded: LoadedReader, hidden: Tensor, spoken: tuple[Places, Places]
) -> npt.NDArray[np.float32] | None:
    """[S] for all sentences, given the tokens at which they begin and end."""
    salience = loaded.reader.salience
    if salience is None:
        return None
    inside = _inside(*spoken, len(hidden)).to(hidden.device)
    with torch.inference_mode():
        scores: Tensor = salience(_wide(loaded, hidden), inside)
    found: npt.NDArray[np.float32] = scores.float().cpu().numpy()
    return found


def _spoken(
    passages: Sequence[str], starts: Sequence[Places], sentences: Sequence[Spans]
) -> tuple[Places, Places]:
    """The tokens [S] at which the sentences of all passages begin and end, counted through."""
    before = np.cumsum([0, *map(len, passages)])
    joined = [np.asarray(s, dtype=np.int64) + before[n] for n, s in enumerate(starts)]
    begins = np.concatenate([np.zeros(0, np.int64), *joined])
    spans = [(a + before[n], b + before[n]) for n, each in enumerate(sentences) for a, b in each]
    first, last = np.asarray(spans, dtype=np.int64).reshape(-1, 2).T
    ends = np.append(begins, before[-1])[np.searchsorted(begins, begins, side="right")]
    return np.searchsorted(ends, first, side="right"), np.searchsorted(begins, last, side="left")


def _inside(first: Places, last: Places, tokens: int) -> Tensor:
    """Which of T tokens stand from first on and before last: [rows, T]."""
    places = np.arange(tokens)
    return torch.from_numpy((places >= first[:, None]) & (places < last[:, None]))


def _wide(loaded: LoadedReader, hidden: Tensor) -> Tensor:
    """Hidden vectors in the type of the heads: they never see bfloat16 products."""
    weight: Tensor = next(loaded.reader.pointer.parameters())
    return hidden.to(weight.dtype)
