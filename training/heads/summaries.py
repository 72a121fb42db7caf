"""Which sentences of a document a good summary would quote: one folder of arrays for each source.

Beside tokens, doc_starts and passages (pairs.py) a folder holds sentences [S, 2] int64, where each
begins and ends in tokens, and quoted [S] uint8: 1 where the greedy choice took it. That choice
adds the sentence that raises ROUGE-1 + ROUGE-2 most (F1 of stems, mean over the references), as
long as one does (Nallapati et al. 2017, SummaRuNNer, section 3.3).
"""

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from retnet_core.tokenizer import Tokenizer
from retnet_core.words import plain, stem
from training.packing import Cut, cut, save_texts
from training.sources import Record, records
from training.windows import windows_of

FEWEST_SENTENCES = 4
SHORTEST_SUMMARY = 40  # characters

Counts = npt.NDArray[np.float64]

_word = re.compile(r"[^\W_]+")
_whole = re.compile(r"summari[sz]e|plot of the story", re.IGNORECASE)


def summarised(record: Record) -> tuple[str, tuple[str, ...]] | None:
    """A document and its summaries; None where there is none of the whole document."""
    text = record.get("text") or record.get("document") or ""
    found = [record.get("summary") or "", *record.get("refs", ())]
    summaries = tuple(dict.fromkeys(each for each in found if len(each) >= SHORTEST_SUMMARY))
    if not summaries or (record.get("query") and not _whole.search(record["query"])):
        return None
    return text, summaries


def prepare_summaries(
    path: Path, tokenizer: Tokenizer, folder: Path, *, most: int, seed: int
) -> dict[str, int]:
    """Write the arrays of one source, of documents drawn until they have `most` sentences."""
    documents = [each for record in records(path) if (each := summarised(record)) is not None]
    random.Random(seed).shuffle(documents)
    cuts: list[Cut] = []
    quoted: list[npt.NDArray[np.uint8]] = []
    for text, summaries in documents:
        if sum(map(len, quoted)) >= most:
            break
        done = cut(tokenizer, text)
        if len(done.bounds) > FEWEST_SENTENCES:
            cuts.append(done)
            quoted.append(oracle(list(_sentences(done)), summaries))
    firsts = save_texts(folder, "doc", cuts)
    spans = [
        [(first + a, first + b) for a, b in borders]
        for done, first in zip(cuts, firsts[:-1], strict=True)
        for borders in (windows_of(done.bounds),)
    ]
    np.save(folder / "passages.npy", np.asarray([s for each in spans for s in each]))
    ends = [
        np.stack([done.bounds[:-1], done.bounds[1:]], axis=1) + first
        for done, first in zip(cuts, firsts[:-1], strict=True)
    ]
    np.save(folder / "sentences.npy", np.concatenate(ends))
    np.save(folder / "quoted.npy", np.concatenate(quoted))
    return {"documents": len(cuts), "sentences": sum(map(len, quoted))}


def _sentences(done: Cut) -> Iterator[str]:
    for a, b in zip(done.bounds[:-1].tolist(), done.bounds[1:].tolist(), strict=True):
        yield done.text_of(a, b)


def oracle(sentences: Sequence[str], summaries: Sequence[str]) -> npt.NDArray[np.uint8]:
    """1 for the sentences that the greedy choice takes: [S]."""
    terms = [stems(sentence) for sentence in sentences]
    tables = [_table(terms, stems(summary), length) for summary in summaries for length in (1, 2)]
    chosen = np.zeros(len(sentences), dtype=np.uint8)
    best = 0.0
    while not chosen.all():
        worth = sum(_f1(*table, chosen) for table in tables) / len(summaries)
        worth = np.where(chosen == 1, -1.0, worth)
        if worth.max() <= best + 1e-9:
            break
        best = float(worth.max())
        chosen[int(worth.argmax())] = 1
    return chosen


def _table(
    terms: Sequence[Sequence[str]], summary: Sequence[str], length: int
) -> tuple[Counts, Counts, Counts]:
    """Of each sentence the n-grams that the summary has [S, G], the summary's [G], and all [S]."""
    wanted = Counter(_grams(summary, length))
    places = {gram: number for number, gram in enumerate(wanted)}
    held = np.zeros((len(terms), len(places)))
    totals = np.zeros(len(terms))
    for row, sentence in enumerate(terms):
        for gram in _grams(sentence, length):
            totals[row] += 1
            if gram in places:
                held[row, places[gram]] += 1
    return held, np.asarray(list(wanted.values()), dtype=np.float64), totals


def _f1(held: Counts, wanted: Counts, totals: Counts, chosen: npt.NDArray[np.uint8]) -> Counts:
    """F1 of what is chosen with each sentence added to it: [S]."""
    shared = np.minimum(held + chosen @ held, wanted).sum(1)
    found: Counts = 2 * shared / np.maximum(1.0, totals + chosen @ totals + wanted.sum())
    return found


def _grams(terms: Sequence[str], length: int) -> Iterator[tuple[str, ...]]:
    return zip(*(terms[n:] for n in range(length)), strict=False)


def stems(text: str) -> list[str]:
    """The stems of all words of a text, function words too."""
    return [stem(plain(word)) for word in _word.findall(text)]
