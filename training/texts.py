"""From plain text to one stream of tokens for each source, documents ended by <eos>.

A source becomes a folder: tokens [N] uint16, doc_starts [D + 1] int64 (each document ends with
its <eos>), and, where cloze questions are made from it, exact and stem [N] int32.
"""

from collections.abc import Iterator
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from retnet_core.tokenizer import EOS, Tokenizer
from training.packing import flat_starts
from training.sources import Record, records, source_files, source_name, texts_of

SHORTEST_TEXT = 200
ROLE_PLAY = "sum_crd3"


def documents(path: Path) -> Iterator[str]:
    """Give the texts of a file that are long enough to learn from."""
    seen: set[str] = set()
    for record in records(path):
        for text in _texts(record):
            key = text[:1000]
            if len(text.strip()) >= SHORTEST_TEXT and key not in seen:
                seen.add(key)
                yield text.replace("\r\n", "\n")


def _texts(record: Record) -> Iterator[str]:
    """Give the texts of a record once: a meeting is not repeated for each of its summaries."""
    texts = texts_of(record)
    return islice(texts, 1) if "summary" in record and "document" in record else texts


def pack_text(path: Path, model: Path, folder: Path) -> tuple[str, int, int]:
    """Write the token stream of one file and give its name and counts."""
    tokenizer = Tokenizer.from_file(model)
    streams = []
    for text in documents(path):
        streams.append(np.asarray([*tokenizer.encode(text), EOS], dtype=np.uint16))
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "tokens.npy", np.concatenate(streams))
    np.save(folder / "doc_starts.npy", flat_starts(len(stream) for stream in streams))
    return source_name(path), len(streams), sum(len(stream) for stream in streams)


def prepare_texts(raw: Path, model: Path, out: Path, processes: int) -> None:
    """Write the token streams of all running text, to train on and held out."""
    jobs = [
        (path, model, out / target / source_name(path))
        for part, target in (("train", "lm"), ("dev", "lm_dev"))
        for prefix in ("text_", "sum_")
        for path in source_files(raw / part, prefix)
        if not path.name.startswith(ROLE_PLAY)
    ]
    jobs.sort(key=lambda job: -job[0].stat().st_size)
    with get_context("spawn").Pool(processes) as pool:
        for counts in pool.starmap(pack_text, jobs, chunksize=1):
            print("lm", *counts, flush=True)
