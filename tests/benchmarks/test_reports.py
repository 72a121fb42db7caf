"""The questions about annual reports are sound, and their baseline finds pages."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.reports import QUESTIONS, Reply, bm25_pages, main, read_questions


def test_there_are_forty_questions_and_half_of_them_use_other_words() -> None:
    questions = read_questions(QUESTIONS)
    assert len({question.id for question in questions}) == len(questions) == 40
    assert Counter(question.wording for question in questions)["other"] >= 20
    assert sum(question.kind == "table" for question in questions) >= 15
    for question in questions:
        assert len(question.sha256) == 64
        assert question.pages
        assert all(0 < len(answer) < 60 for answer in question.answers)


def test_bm25_ranks_pages_counted_from_one() -> None:
    rank = bm25_pages(["The mill.", "The river and the mill of the valley.", "Nothing."])
    assert rank("Where is the river of the valley?")[0] == 2


def test_hits_count_the_page_the_sentence_and_the_answer() -> None:
    question = read_questions(QUESTIONS)[0]
    right, answer = question.pages[0], question.answers[0]
    reply = Reply(question, (right + 1, right), f"So {answer} of them.", "others", 0.5, 0.1, ())
    assert reply.hits == (0.0, 1.0, 1.0, 0.0)


def test_another_file_of_the_same_name_is_refused(tmp_path: Path) -> None:
    name = read_questions(QUESTIONS)[0].file
    (tmp_path / name).write_bytes(b"%PDF-1.4 something else")
    with pytest.raises(SystemExit, match="not the file"):
        main([str(tmp_path)])
