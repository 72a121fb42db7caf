"""Passages and what is asked of them: where golds, holes and negatives stand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.tiny_tokenizer import tiny_tokenizer
from tests.training.heads.making_heads import make_raw
from training.heads.pairs import prepare_pairs, texts_in

Arrays = dict[str, npt.NDArray[np.int64]]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    raw = make_raw(tmp_path_factory.mktemp("raw"))
    out = tmp_path_factory.mktemp("pairs")
    names = ("qa_tales", "text_tales", "retrieval_tales")
    for name in names:
        path = raw / "train" / f"{name}.jsonl.xz"
        prepare_pairs(path, tiny_tokenizer(), out / name, most=40, seed=3)
    return {name: out / name for name in names}


def arrays(folder: Path) -> Arrays:
    return {path.stem: np.load(path) for path in folder.glob("*.npy")}


@pytest.mark.parametrize("name", ["qa_tales", "text_tales", "retrieval_tales"])
def test_passages_tile_the_documents(folders: dict[str, Path], name: str) -> None:
    found = arrays(folders[name])
    borders = found["passages"].tolist()
    assert [a for a, _ in borders] == [0, *(b for _, b in borders[:-1])]
    assert borders[-1][1] == len(found["tokens"])
    assert set(found["doc_starts"].tolist()) <= {0, *(b for _, b in borders)}


def test_a_gold_passage_holds_the_answer(folders: dict[str, Path]) -> None:
    folder = folders["qa_tales"]
    passages, questions = (
        texts_in(folder, tiny_tokenizer(), kind) for kind in ("passages", "questions")
    )
    found = arrays(folder)
    assert len(questions) == 8  # two of each tale; what has no answer asks for no passage
    answered = set()
    for question, passage in found["golds"].tolist():
        town = "town of" in questions[question]
        assert ("In 18" if town else "the town of") in passages[passage]
        year = questions[question].split()[-1].rstrip("?")
        assert town or year in passages[passage]
        answered.add(question)
    assert answered == set(range(len(questions)))


def test_a_negative_is_no_gold(folders: dict[str, Path]) -> None:
    for name, folder in folders.items():
        found = arrays(folder)
        golds = set(map(tuple, found["golds"].tolist()))
        pairs = [(q, p) for q, row in enumerate(found["negatives"].tolist()) for p in row if p >= 0]
        assert pairs, name
        assert not golds & set(pairs)


def test_a_sentence_asks_for_the_passage_it_was_taken_from(folders: dict[str, Path]) -> None:
    folder, tokenizer = folders["text_tales"], tiny_tokenizer()
    found = arrays(folder)
    questions = texts_in(folder, tokenizer, "questions")
    assert len(questions) == len(found["holes"]) > 0
    for (number, gold), text in zip(found["golds"].tolist(), questions, strict=True):
        first, last = found["holes"][number].tolist()
        start, end = found["passages"][gold].tolist()
        assert start <= first < last <= end
        assert tokenizer.decode(found["tokens"][first:last].tolist()).strip() == text


def test_no_more_passages_are_taken_than_wanted(tmp_path: Path) -> None:
    raw = make_raw(tmp_path / "raw") / "train" / "qa_tales.jsonl.xz"
    counts = prepare_pairs(raw, tiny_tokenizer(), tmp_path / "out", most=1, seed=3)
    assert counts["documents"] == 1
