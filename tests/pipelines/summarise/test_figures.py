"""Key figures are told once each, with the sentence that they stand in."""

from __future__ import annotations

from pipelines.summarise.figures import key_figures
from storage.library import Library
from tests.pipelines.summarise.conftest import Put, chronicle, document

TEXT = (
    "Sales of the mill rose by 7% to $12.5 million in 2021.\n\n"
    "Anna Velling led the mill from 1873 and employed 140 people there.\n\n"
    "The mill that Anna Velling led paid $12.5 million to the bank of the valley.\n\n"
    "Everybody said that the mill ground corn for the whole of the valley.\n\n"
)


def test_figures_are_told_once_each_where_they_stand(library: Library, put: Put) -> None:
    record = put(document(TEXT + chronicle(8)))
    found = key_figures(library, "ann", [record], 30).figures
    told = [(figure.kind, figure.text) for figure in found]
    assert len(set(told)) == len(told)
    assert {
        ("percentage", "7%"),
        ("money", "$12.5 million"),
        ("date", "2021"),
        ("date", "1873"),
        ("quantity", "140 people"),
        ("name", "Anna Velling"),
    } <= set(told)
    whole = library.text(record.id)
    for figure in found:
        assert whole[figure.start : figure.end] == figure.text
        assert figure.sentence.start <= figure.start < figure.end <= figure.sentence.end


def test_no_more_are_told_than_asked_and_of_many_kinds(library: Library, put: Put) -> None:
    found = key_figures(library, "ann", [put(document(TEXT + chronicle(8)))], 4).figures
    assert len(found) == 4
    assert len({figure.kind for figure in found}) >= 3


def test_a_document_without_figures_has_none(library: Library, put: Put) -> None:
    text = "The mill ground corn until the flood came down the valley."
    assert key_figures(library, "ann", [put(document(text))], 9).figures == ()
    assert key_figures(library, "ann", [], 9).figures == ()
