"""The facts that are hidden: what their questions share with them, and what tells them apart."""

from __future__ import annotations

import pytest

from pipelines import lexical
from pipelines.evaluation.facts import EACH, Fact, facts, most_facts

ALL = facts(most_facts(), seed=1)


def asked(fact: Fact) -> set[str]:
    return set(lexical.terms(fact.question))


def said(fact: Fact) -> set[str]:
    return set(lexical.terms(fact.sentence))


def of_kind(kind: str) -> list[Fact]:
    return [fact for fact in ALL if fact.kind == kind]


def test_there_are_at_least_two_hundred_facts_half_of_them_of_each_kind() -> None:
    assert len(ALL) >= 200
    assert len(of_kind("literal")) >= 100 <= len(of_kind("paraphrased"))


@pytest.mark.parametrize("fact", of_kind("paraphrased"), ids=lambda fact: fact.question)
def test_a_paraphrased_question_shares_no_content_word_with_its_fact(fact: Fact) -> None:
    assert not asked(fact) & said(fact)


def test_all_content_words_of_a_literal_question_stand_in_its_fact_but_for_forms_of_verbs() -> None:
    for fact in of_kind("literal"):
        assert len(asked(fact) - said(fact)) <= 1, fact.question


def test_ten_facts_share_a_template_and_their_questions_differ() -> None:
    for first in range(0, len(ALL), EACH):
        ten = ALL[first : first + EACH]
        assert len({fact.template for fact in ten}) == 1
        assert len({fact.question for fact in ten}) == EACH
        assert len({fact.answer for fact in ten}) == EACH
        shared = set.intersection(*(said(fact) for fact in ten))
        assert all(said(fact) - shared - {lexical.term(fact.answer)} for fact in ten)


def test_an_answer_stands_in_its_fact_once_and_in_no_other_and_not_in_the_filler() -> None:
    filler = " ".join(fact.answer for fact in ALL)
    for fact in facts(most_facts(), seed=1, filler=filler):
        assert fact.answer not in filler
        assert fact.answer not in fact.question
    for fact in ALL:
        assert sum(fact.answer in other.sentence for other in ALL) == 1


def test_the_same_seed_invents_the_same_and_kinds_come_in_turn() -> None:
    assert facts(30, seed=5) == facts(30, seed=5) != facts(30, seed=6)
    assert [fact.kind for fact in facts(30, seed=5)[::EACH]] == [
        "literal", "paraphrased", "literal"
    ]  # fmt: skip


@pytest.mark.parametrize("count", [0, most_facts() + 1])
def test_no_more_facts_are_given_than_there_are(count: int) -> None:
    with pytest.raises(ValueError, match="facts"):
        facts(count, seed=1)
