import json
import lzma
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tiny_tokenizer import tiny_tokenizer
from training.cloze import Shard, make_shard
from training.packing import cut, token_span
from training.prepare import COLUMNS, GOLDS, prepare_source
from training.windows import LONGEST, window_around, windows_of

PLACES = ("Marden", "Oakholt", "Senby", "Thornwick", "Velling", "Harrow", "Luneford", "Quill")
STORY = " ".join(
    f"In {1800 + 7 * n} the town of {PLACES[n % 8]} built a bridge of grey stone over the river. "
    f"The people of {PLACES[(3 * n + 1) % 8]} paid {12 + n} pounds for the work on the bridge. "
    f"Traders of {PLACES[n % 8]} say that the market of {PLACES[n % 8]} is cheap."
    for n in range(24)
)
texts = st.text(
    st.sampled_from(" \n\u2581the river.") | st.characters(codec="utf-8"), min_size=1, max_size=60
)


@given(texts, st.data())
@settings(max_examples=300, deadline=None)
def test_the_span_of_an_answer_covers_it_and_no_further_token(
    text: str, data: st.DataObject
) -> None:
    begin = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(begin + 1, len(text)))
    document = cut(tiny_tokenizer(), text)
    first, last = token_span(document.starts, begin, end)
    assert text[begin:end] in document.text_of(first, last + 1)
    assert document.offset(first) <= begin
    assert document.offset(last) < end


@given(st.integers(0, 2**32), st.integers(0, 1500), st.integers(0, 25))
@settings(max_examples=300, deadline=None)
def test_a_window_never_loses_the_answer(seed: int, first: int, length: int) -> None:
    bounds = cut(tiny_tokenizer(), STORY).bounds
    first = min(first, int(bounds[-1]) - 1)
    last = min(first + length, int(bounds[-1]) - 1)
    start, end = window_around(bounds, first, last, random.Random(seed))
    assert start <= first <= last < end
    assert end - start <= LONGEST
    assert start in bounds
    assert end in bounds


def test_windows_cover_a_document_in_order() -> None:
    bounds = cut(tiny_tokenizer(), STORY + "\n" + "long " * 400).bounds
    windows = windows_of(bounds)
    assert [start for start, _ in windows[1:]] == [end for _, end in windows[:-1]]
    assert (windows[0][0], windows[-1][1]) == (0, bounds[-1])
    assert all(0 < end - start <= LONGEST for start, end in windows)


def write(path: Path, records: list[dict[str, object]]) -> Path:
    with lzma.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(record) + "\n" for record in records)
    return path


def load(folder: Path, name: str) -> np.ndarray:
    array: np.ndarray = np.load(folder / f"{name}.npy")
    return array


@pytest.fixture
def questions_file(tmp_path: Path) -> Path:
    start = STORY.index("Thornwick built")
    other = "The mill was sold. " * 60
    asked = [
        {"id": "1", "question": "Who built it?", "answers": ["Thornwick", "Thornwick built"],
         "starts": [start, start], "unanswerable": False},
        {"id": "2", "question": "Who sank it?", "answers": [], "starts": [], "unanswerable": True},
        {"id": "3", "question": "Was it?", "answers": ["yes"], "starts": [-1],
         "unanswerable": False},
    ]  # fmt: skip
    records: list[dict[str, object]] = [
        {"id": "a", "title": "", "document": STORY, "questions": asked},
        {"id": "b", "title": "", "document": other, "questions": []},
    ]
    return write(tmp_path / "qa_story.jsonl.xz", records)


def test_examples_point_at_the_gold_answers(questions_file: Path, tmp_path: Path) -> None:
    tokenizer, out = tiny_tokenizer(), tmp_path / "out"
    counts = prepare_source(questions_file, tokenizer, out, copies=3, seed=5)
    assert counts == {"documents": 2, "questions": 2, "answerable": 1, "unanswerable": 1}
    tokens, rows, golds = load(out, "tokens"), load(out, "examples"), load(out, "golds")
    assert rows.shape == (6, len(COLUMNS))
    assert golds.shape == (6, GOLDS, 2)
    for row, gold in zip(rows[:3], golds[:3], strict=True):
        _, start, end, context, question, first, last, kind = row.tolist()
        assert (question, kind) == (0, 0)
        assert max(0, start - 256) == context <= start <= first <= last < end
        assert tokenizer.decode(tokens[first : last + 1].tolist()).strip() == "Thornwick"
        a, b = gold[1]
        assert tokenizer.decode(tokens[a : b + 1].tolist()).strip() == "Thornwick built"
    assert (rows[3:, 5:] == (-1, -1, 1)).all()
    assert (golds[3:] == -1).all()


def test_negatives_hold_no_gold_answer(questions_file: Path, tmp_path: Path) -> None:
    tokenizer, out = tiny_tokenizer(), tmp_path / "out"
    prepare_source(questions_file, tokenizer, out, copies=1, seed=5)
    tokens, firsts = load(out, "tokens"), load(out, "doc_starts")
    answerable, unanswerable = load(out, "negatives")
    found = answerable[answerable[:, 0] >= 0]
    assert len(found) > 1
    for start, end in found:
        assert "Thornwick" not in tokenizer.decode(tokens[start:end].tolist())
    of_others = unanswerable[unanswerable[:, 0] >= 0]
    assert len(of_others) > 0
    assert (of_others[:, 0] >= firsts[1]).all()


def test_cloze_answers_stand_at_the_claimed_place(tmp_path: Path) -> None:
    tokenizer = tiny_tokenizer()
    path = write(tmp_path / "text_story.jsonl.xz", [{"text": "x " * 200}, {"text": STORY}])
    (tmp_path / "tokenizer.model").write_bytes(tokenizer.model)
    name, documents, asked = make_shard(
        Shard(path, 0, 1), tmp_path / "tokenizer.model", tmp_path, seed=3
    )
    out = tmp_path / name
    tokens, rows, golds = load(out, "tokens"), load(out, "examples"), load(out, "golds")
    words, starts = load(out, "question_tokens"), load(out, "question_starts")
    assert documents == 2
    assert asked == len(rows) == len(starts) - 1 > 10
    outside = 0
    for row, gold in zip(rows.tolist(), golds, strict=True):
        document, start, end, context, number, first, last, kind = row
        assert (document, kind) == (1, 0)
        assert context <= start <= first <= last < end
        answer = tokenizer.decode(tokens[first : last + 1].tolist()).strip(" .")
        assert answer in STORY
        question = tokenizer.decode(words[starts[number] : starts[number + 1]].tolist())
        assert answer.casefold() not in question.casefold()
        window = tokenizer.decode(tokens[start:end].tolist())
        outside += any(year in question and year not in window for year in YEARS)
        for a, b in gold[gold[:, 0] >= 0]:
            assert start <= a <= b < end
            same = tokenizer.decode(tokens[a : b + 1].tolist())
            assert answer.casefold() in same.casefold()
    assert outside > 0


YEARS = tuple(str(1800 + 7 * n) for n in range(24))
