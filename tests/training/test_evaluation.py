"""Scores of prepared examples, and the mixture that is fitted on whole documents."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pytest
import torch

from pipelines import metrics
from pipelines.evidence import Evidence
from pipelines.mixture import SHIPPED, Mixture
from retnet_core.reader import SpanScores
from storage.records import PassageRecord
from tests.pipelines.stored import DOCUMENT
from tests.tiny_reader import make_reader, tiny_reader
from tests.tiny_tokenizer import tiny_tokenizer
from tests.training.making import story, tale, write
from training.__main__ import main
from training.batches import Questions, collate
from training.evaluation.confidence import Asked, calibrated, error_of_fitting, expected_error
from training.evaluation.mixture import fit
from training.evaluation.passages import best_spans, score_examples
from training.evaluation.ranking import WEIGHTS, ranked
from training.losses import answer, span_loss


def test_the_best_span_of_a_row_may_be_any() -> None:
    spans = torch.zeros(3, 5, 4)
    spans[0, 0, 0] = spans[1, 4, 0] = spans[2, 1, 3] = 2.0
    absent = torch.tensor([0.0, 9.0, 0.0])  # absence is not an answer here
    assert best_spans(SpanScores(spans, absent)) == [(0, 0), (4, 4), (1, 4)]


def test_examples_are_scored_one_by_one_whatever_the_batches(packed: Path) -> None:
    reader, tokenizer = tiny_reader(), tiny_tokenizer()
    source = Questions(packed / "qa_dev" / "qa_tales")
    examples = [source.example(n) for n in range(len(source)) if source.example(n).golds]
    assert len(examples) == 6
    loss = exact = overlap = 0.0
    for example in examples:
        batch = collate([example])
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            scores = answer(reader, batch)
        (first, last) = best_spans(scores)[0]
        said = tokenizer.decode(batch.passage.tokens[0, first : last + 1].tolist())
        golds = [tokenizer.decode(batch.passage.tokens[0, a : b + 1].tolist())
                 for a, b in batch.golds[0].tolist() if a >= 0]  # fmt: skip
        loss += float(span_loss(scores, batch.golds))
        exact += metrics.exact_match(said, golds)
        overlap += metrics.f1(said, golds)
    for size in (1, 4):
        score = score_examples(reader, tokenizer, examples, batch_size=size)
        # Padding of questions in a batch, and bfloat16, move scores a little.
        assert score.loss == pytest.approx(loss / 6, rel=1e-5 if size == 1 else 0.02)
        if size == 1:
            assert score.exact == pytest.approx(100 * exact / 6)
            assert score.f1 == pytest.approx(100 * overlap / 6)
    assert reader.training


def test_an_answer_that_is_certain_scores_full_marks(packed: Path) -> None:
    """The gold span itself, as a reader that is sure would give it."""
    source, tokenizer = Questions(packed / "qa_dev" / "qa_tales"), tiny_tokenizer()
    batch = collate([source.example(0)])
    first, last = batch.golds[0, 0].tolist()
    spans = torch.zeros(1, batch.passage.tokens.shape[1], 30)
    spans[0, first, last - first] = 50.0
    found = best_spans(SpanScores(spans, torch.zeros(1)))
    assert found == [(first, last)]
    text = tokenizer.decode(batch.passage.tokens[0, first : last + 1].tolist())
    assert metrics.exact_match(text, ["1827"]) == 1.0


def test_without_examples_the_scores_are_nothing(packed: Path) -> None:
    score = score_examples(tiny_reader(), tiny_tokenizer(), [])
    assert (score.loss, score.exact, score.f1) == (0.0, 0.0, 0.0)


def evidence(odds: float, shared: float, sentence: str, around: float = 0.0) -> Evidence:
    passage = PassageRecord(1, 0, sentence, 0, 1, "", 0, 9)
    return Evidence(DOCUMENT, passage, (0, len(sentence)), (0, len(sentence)), odds, shared, around)


def asked(count: int) -> list[Asked]:
    """Questions whose answer the reader sees and shared words miss; nothing in the other text."""
    chance, cases = random.Random(2), []
    for _ in range(count):
        around = chance.gauss(4, 2)
        right = evidence(chance.gauss(2, 1), 0.0, "1873", around)
        wrong = evidence(chance.gauss(-1, 1), 3.0, "by boat", around)
        other = evidence(chance.gauss(-2, 1), 1.0, "corn", chance.gauss(3, 2))
        cases.append(Asked(("1873",), (wrong, right), (other,)))
    return cases


def hits(mixture: Mixture, cases: list[Asked]) -> float:
    best = [max(case.own, key=mixture.score) for case in cases]
    return sum(each.passage.text == "1873" for each in best) / len(cases)


def test_the_mixture_prefers_what_answers() -> None:
    cases = asked(40)
    best = ranked(cases)
    assert (best.reader, best.sentence) == (1.0, 0.0)
    words = Mixture(reader=0.0, sentence=1.0, passage=0.0)
    assert hits(words, cases) == 0.0  # the wrong sentence has more words of every question
    assert hits(best, cases) > 0.9
    assert (best.label, best.slope) == (SHIPPED.label, SHIPPED.slope)


def test_weights_are_those_that_the_answers_were_drawn_with() -> None:
    """Of ten sentences one is drawn to be right, with the chance that a mixture gives it."""
    chance, cases = random.Random(3), []
    drawn = Mixture(reader=1.0, sentence=0.4, preceding=0.3, passage=0.2, meaning=0.6)
    for _ in range(1_500):
        some = [
            replace(
                evidence(chance.gauss(0, 1), chance.gauss(0, 1), text),
                before=chance.gauss(0, 1),
                around=chance.gauss(0, 1),
                likeness=chance.gauss(0, 1),
            )
            for text in "bcdefghijk"
        ]
        right = chance.choices(some, [math.exp(1.5 * drawn.score(each)) for each in some])[0]
        cases.append(Asked((right.passage.text,), tuple(some), ()))
    found = ranked(cases, ridge=0.01)
    assert found.reader == 1.0
    for name in WEIGHTS[1:]:
        assert getattr(found, name) == pytest.approx(getattr(drawn, name), abs=0.12)


def test_questions_that_teach_nothing_leave_no_weights() -> None:
    hopeless = Asked(("nowhere",), (evidence(1.0, 1.0, "by boat"), evidence(2.0, 0.0, "corn")), ())
    found = ranked([hopeless])
    assert [getattr(found, name) for name in WEIGHTS] == [0.0] * len(WEIGHTS)


def test_confidence_is_fitted_to_what_was_right() -> None:
    """The gradient of the logistic loss is nothing at what was found, in each direction."""
    cases = asked(200)
    mixture = calibrated(Mixture(reader=1.0, sentence=0.25, passage=0.0), cases, 0.5)
    own = [max(case.own, key=mixture.score) for case in cases]
    pairs = [(best, float(best.passage.text == "1873")) for best in own]
    pairs += [(case.other[0], 0.0) for case in cases]
    errors = [(mixture.confidence(best) - right, best) for best, right in pairs]
    assert fmean(error for error, _ in errors) == pytest.approx(0, abs=1e-3)
    assert fmean(e * mixture.score(best) for e, best in errors) == pytest.approx(0, abs=1e-3)
    assert fmean(e * best.around for e, best in errors) == pytest.approx(0, abs=1e-3)
    assert mixture.slope > 0
    assert mixture.trust > 0
    kept = sum(mixture.confidence(best) >= mixture.found for best in own)
    dropped = sum(mixture.confidence(c.other[0]) < mixture.found for c in cases)
    assert kept / 200 + dropped / 200 > 1.7


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_confidence_is_that_of_a_stated_share_of_unanswerable_questions(share: float) -> None:
    cases = asked(200)
    mixture = calibrated(Mixture(reader=1.0, sentence=0.25, passage=0.0), cases, share)
    own = [max(case.own, key=mixture.score) for case in cases]
    right = sum(best.passage.text == "1873" for best in own) / len(own)
    sure = sum(mixture.confidence(best) for best in own) / len(own)
    unsure = sum(mixture.confidence(case.other[0]) for case in cases) / len(cases)
    assert (1 - share) * sure + share * unsure == pytest.approx((1 - share) * right, abs=1e-3)
    assert expected_error(mixture, cases, share) < 0.08
    assert error_of_fitting(mixture, cases, share) < 0.1
    doubting = replace(mixture, offset=mixture.offset - 2)
    assert expected_error(doubting, cases, share) > 2 * expected_error(mixture, cases, share)


def test_the_fewer_questions_have_no_answer_the_surer_an_answer_is() -> None:
    cases = asked(100)
    mixture = Mixture(reader=1.0, sentence=0.25, passage=0.0)
    fitted = [calibrated(mixture, cases, share) for share in (0.1, 0.5, 0.9)]
    sure = [mixture.chance(0.5, 3.5) for mixture in fitted]
    assert sure == sorted(sure, reverse=True)
    assert sure[0] - sure[-1] > 0.2


def test_scores_that_separate_perfectly_can_be_fitted() -> None:
    right, wrong = evidence(3.0, 0.0, "1873"), evidence(-3.0, 0.0, "corn")
    cases = [Asked(("1873",), (right,), (wrong,))] * 20
    mixture = calibrated(Mixture(), cases, 0.5)
    assert math.isfinite(mixture.slope)
    assert mixture.confidence(right) > 0.9
    assert mixture.confidence(wrong) < 0.1


def test_a_mixture_is_fitted_from_a_checkpoint_and_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = make_reader(tmp_path / "model")
    records = [tale(number) for number in range(4)]
    records[0]["document"] += " ".join(story(number) for number in (20, 21))  # two groups to read
    records.append({**records[0], "id": "the same text again"})
    file = write(tmp_path / "qa_tales.jsonl.xz", records)
    main(["mixture", str(model), str(file), "--questions", "5"])
    found = json.loads(capsys.readouterr().out)
    assert found["questions"] == 3  # of the second half of five records
    assert set(found["mixture"]) == set(Mixture.__dataclass_fields__)
    replace(Mixture(), **found["mixture"])
    assert 0 <= found["hit"] <= 100
    assert 0 <= found["hit_before"] <= 100
    assert 0 < found["mixture"]["found"] < 1
    assert found["unanswerable"] == 0.2
    assert 0 <= found["ece"] <= 100
    assert 0 <= found["ece_before"] <= 100
    assert fit(model, [file], questions=5) == found
