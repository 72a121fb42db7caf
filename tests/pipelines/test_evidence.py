"""Every sentence of the candidates is weighed by three figures that can be recounted."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pipelines import lexical
from pipelines.document import Document
from pipelines.evidence import READ_AT_ONCE, Evidence, gathering
from pipelines.sentences import sentences
from pipelines.sources import Sources
from retnet_core.checkpoint import LoadedReader
from retnet_core.reading import PassageScores, read_again
from storage.library import Library
from storage.records import DocumentRecord
from tests.pipelines.stored import (
    FACTS,
    gathered,
    kept,
    read_to_its_end,
    recalled,
    scope_of,
    stored,
)

QUESTION = "When did the bridge of the village fall?"


@pytest.fixture
def village(library: Library, reader: LoadedReader) -> DocumentRecord:
    text = "\n\n".join(f"Chapter {n} tells this. " + " ".join(FACTS) for n in range(9))
    document = stored(library, reader, Document("Annals", text, (0,), (), ()))
    read_to_its_end(library, reader, document)
    assert document.passages > 5
    return document


def test_each_sentence_of_each_candidate_is_there_once_in_order(
    library: Library, village: DocumentRecord, reader: LoadedReader
) -> None:
    found = [(e.passage.index, e.sentence) for e in gathered(library, village, QUESTION, reader)]
    expected = [
        (candidate.passage.index, span)
        for candidate in recalled(library, village, QUESTION, reader)
        for span in sentences(candidate.passage.text)
    ]
    assert found == expected


def test_the_passages_are_read_a_few_at_a_time_the_likeliest_first(
    library: Library, village: DocumentRecord, reader: LoadedReader
) -> None:
    candidates = recalled(library, village, QUESTION, reader)
    scope = scope_of(library, village)
    steps = list(gathering(Sources(library, scope, reader), QUESTION))
    read = [step.read for step in steps]
    assert read == sorted({*range(0, len(candidates), READ_AT_ONCE), len(candidates)})
    assert len(candidates) > READ_AT_ONCE
    for step in steps:
        looked_at = dict.fromkeys(each.passage.id for each in step.evidence)
        assert list(looked_at) == [each.passage.id for each in candidates[: step.read]]
        assert (step.passages, step.documents) == (len(candidates), 1)
    assert steps[-1].evidence == gathered(library, village, QUESTION, reader)


def test_odds_are_those_of_all_spans_within_the_sentence(
    library: Library, village: DocumentRecord, reader: LoadedReader
) -> None:
    candidates = recalled(library, village, QUESTION, reader)
    scores: list[PassageScores] = []
    for first in range(0, len(candidates), READ_AT_ONCE):
        some = candidates[first : first + READ_AT_ONCE]
        scores += read_again(
            reader,
            QUESTION,
            [c.passage.text for c in some],
            [c.past for c in some],
            [c.gap for c in some],
        )
    by_passage = dict(zip([c.passage.index for c in candidates], scores, strict=True))
    for evidence in gathered(library, village, QUESTION, reader):
        first, last = evidence.sentence
        start, end = evidence.span
        assert first <= start < end <= last
        literal = literal_odds(evidence, by_passage[evidence.passage.index])
        assert evidence.odds == pytest.approx(literal, abs=1e-3)


def literal_odds(evidence: Evidence, scores: PassageScores) -> float:
    """Of all spans whose tokens all touch the sentence."""
    first, last = evidence.sentence
    touching = [
        token
        for token in range(len(scores.starts))
        if scores.ends[token] > first and scores.starts[token] < last
    ]
    reach = scores.log_odds.shape[1]
    spans = [(a, b - a) for a in touching for b in touching if 0 <= b - a < reach]
    return float(np.logaddexp.reduce([scores.log_odds[span] for span in spans]))


def test_a_passage_is_weighed_among_passages_and_a_sentence_among_sentences(
    library: Library, village: DocumentRecord, reader: LoadedReader
) -> None:
    passages = library.passages(village.id)
    asked = {"bridge": "bridge", "village": "village", "fall": "fall"}
    weights = {}
    for term, word in asked.items():
        holding = sum(word in passage.text.lower() for passage in passages)
        holding = 0 if term == "fall" else holding  # only "fell" stands there
        # the village is short: its words are weighed as those of a document of 32 passages
        odds = (max(len(passages), 32) - holding + 0.5) / (holding + 0.5)
        weights[lexical.term(term)] = math.log(1 + odds)
    around = lexical.bm25(
        lexical.terms(QUESTION), [lexical.terms(passage.text) for passage in passages], weights
    )
    found = gathered(library, village, QUESTION, reader)
    terms = [lexical.terms(each.passage.text[slice(*each.sentence)]) for each in found]
    rarity = {}
    for word in weights:
        holding = sum(word in sentence for sentence in terms)
        rarity[word] = math.log(1 + (len(found) - holding + 0.5) / (holding + 0.5))
    shared = lexical.bm25(lexical.terms(QUESTION), terms, rarity)
    places = [(each.passage.index, each.sentence) for each in found]
    by_place = dict(zip(places, shared, strict=True))
    for evidence, words in zip(found, shared, strict=True):
        assert evidence.shared == pytest.approx(words)
        earlier = [p for p in places if p[0] == evidence.passage.index and p[1] < evidence.sentence]
        assert evidence.before == pytest.approx(by_place[max(earlier)] if earlier else 0.0)
        assert evidence.around == pytest.approx(around[evidence.passage.index])
    assert any(words > 0 for words in shared)
    assert any(each.before > 0 for each in found)


def test_words_of_the_documents_own_title_are_not_looked_for(
    library: Library, reader: LoadedReader
) -> None:
    texts = [f"The mill of the valley stands at mile {n}.\n" for n in range(40)]
    texts[31] = "A flood came.\n"
    document = kept(library, reader, texts)  # its title is "Chronicle"
    plain = [each.around for each in gathered(library, document, "the flood", reader)]
    named = [each.around for each in gathered(library, document, "chronicle flood", reader)]
    assert named == plain
    only = gathered(library, document, "Chronicle?", reader)
    assert len(only) > 1


def test_without_passages_there_is_no_evidence(library: Library, reader: LoadedReader) -> None:
    assert gathered(library, kept(library, reader, []), QUESTION, reader) == ()
    blank = kept(library, reader, [" \n ", "\n\n"], owner="bob")
    assert gathered(library, blank, QUESTION, reader) == ()
