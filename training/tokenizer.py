"""Training the SentencePiece model on a weighted sample of the training text."""

import io
import random
from collections.abc import Iterator
from pathlib import Path

import sentencepiece

from retnet_core.tokenizer import BOS, CONTROL_SYMBOLS, EOS, PAD, UNKNOWN, with_line_spaces
from training.sources import questions_of, records, source_files, texts_of

# Characters taken from each kind of source, by the beginning of the file name. Expository prose
# and questions weigh most: they are what the reader is asked about.
SHARES = {
    "text_openstax": 16_000_000,
    "text_techdocs": 12_000_000,
    "text_simple": 2_000_000,
    "text_medquad": 2_000_000,
    "text_books": 4_000_000,
    "text_classic": 3_000_000,
    "qa_": 1_500_000,
    "sum_qmsum": 500_000,
    "sum_squality": 1_000_000,
    "retrieval_": 2_000_000,
}


def lines_of(path: Path, share: int, seed: int) -> Iterator[str]:
    """Give lines of one file, from records drawn at random, until the share is used up."""
    chosen = [line for record in records(path) for line in record_lines(record)]
    random.Random(seed).shuffle(chosen)
    for line in chosen:
        if share <= 0:
            return
        share -= len(line)
        yield with_line_spaces(line[:4000])


def record_lines(record: dict[str, object]) -> Iterator[str]:
    """Give the lines of a record that hold something, questions among them."""
    for text in (*texts_of(record), *questions_of(record)):
        yield from (line for line in text.split("\n") if line.strip())


def sample(folder: Path, shares: dict[str, int], seed: int) -> Iterator[str]:
    """Give the weighted sample of all training files, line by line."""
    for prefix, share in shares.items():
        for path in source_files(folder, prefix):
            yield from lines_of(path, share, seed)


def train_tokenizer(lines: Iterator[str], size: int, threads: int) -> bytes:
    """Train a model on lines and give its bytes."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=lines,
        model_writer=model,
        model_type="unigram",
        vocab_size=size,
        normalization_rule_name="identity",
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
        byte_fallback=True,
        split_digits=True,
        allow_whitespace_only_pieces=True,
        character_coverage=0.9995,
        max_sentence_length=20_000,
        num_threads=threads,
        user_defined_symbols=["\n"],
        control_symbols=list(CONTROL_SYMBOLS),
        pad_id=PAD,
        bos_id=BOS,
        eos_id=EOS,
        unk_id=UNKNOWN,
        pad_piece="<pad>",
        unk_piece="<unk>",
        bos_piece="<bos>",
        eos_piece="<eos>",
        minloglevel=1,
    )
    return model.getvalue()


def build_tokenizer(raw: Path, out: Path, *, size: int, threads: int, seed: int) -> Path:
    """Train the tokenizer on the files of a folder and write it to a folder."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / "tokenizer.model"
    path.write_bytes(train_tokenizer(sample(raw / "train", SHARES, seed), size, threads))
    return path
