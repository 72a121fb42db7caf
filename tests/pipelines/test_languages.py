"""English is told from other languages, by the words of a question and by a passage."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.languages import ENGLISH, language_of, language_of_question, name_of, others

FOREIGN = {
    "de": "Wann wurde der Leuchtturm an der Küste gebaut?",
    "fr": "Qui a construit le phare de la vallée ?",
    "es": "¿Quién construyó el faro de la costa?",
    "tr": "Deniz fenerini kim inşa etti?",
    "uk": "Хто збудував маяк на березі моря?",
    "ar": "من بنى المنارة على الساحل؟",
    "zh": "谁在一九二三年修建了灯塔？",
    "ja": "灯台は誰が建てたのですか",
    "ko": "등대는 누가 지었습니까?",
    "th": "ใครสร้างประภาคาร",
}


@pytest.mark.parametrize(("code", "question"), FOREIGN.items(), ids=list(FOREIGN))
def test_a_question_in_another_language_is_known_as_such(code: str, question: str) -> None:
    assert language_of_question(question) == code


@pytest.mark.parametrize(
    "question",
    [
        "When was the lighthouse built?",
        "Who was Søren Kierkegaard?",
        "What does 'Leuchtturm' mean?",
        "Total net sales 2021",
        "Diablo Canyon capacity MW",
        "EBITDA 2019",
        "Anna Velling",
        "?",
        "",
    ],
)
def test_questions_in_english_names_and_figures_are_taken_for_english(question: str) -> None:
    assert language_of_question(question) == ENGLISH


def test_running_text_is_told_and_figures_alone_are_not() -> None:
    assert language_of("Der Müller schlief, während das Wasser über die Brücke stieg.") == "de"
    assert language_of("The miller slept while the water rose over the bridge.") == ENGLISH
    assert language_of("1,204 1,310 12 %") == ""


@settings(max_examples=30)
@given(st.text())
def test_any_text_has_a_language_or_none(text: str) -> None:
    assert isinstance(language_of(text), str)
    assert language_of_question(text) != ""


def test_only_languages_that_the_reader_does_not_know_are_spoken_of() -> None:
    assert others([ENGLISH, "de", "", "de", "th"]) == ("de", "th")
    assert [name_of(code) for code in ("de", "xx")] == ["German", "xx"]
