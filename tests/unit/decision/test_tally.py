"""What a contender's samples add up to."""

from dataclasses import replace
from decimal import Decimal

import pytest

from brainswap.core.answers import AnswerStatus, Usage
from brainswap.core.decision.evaluation import Evaluation
from brainswap.core.decision.gates import judge
from brainswap.core.decision.samples import Sample
from brainswap.core.decision.tally import ContenderTally
from brainswap.core.declared_gates import NoneLost
from tests.fakes.samples import sample


def dollars(usage: Usage) -> Decimal:
    return (3 * Decimal(usage.input_tokens) + 15 * Decimal(usage.output_tokens)) / 1_000_000


def answered(usage: Usage | None) -> Sample:
    return sample(latency_ms=100.0, first_token_ms=40.0, usage=usage, scores={"right": 1.0})


def test_an_answer_costs_its_tokens_once() -> None:
    tally = ContenderTally(["right"], dollars)

    tally.add_case([answered(Usage(input_tokens=1000, output_tokens=200))])

    assert tally.cost_per_answer_usd == Decimal("0.006")
    assert tally.paid_usd == Decimal("0.006")


def test_tokens_are_averaged_over_the_answers_that_have_them() -> None:
    tally = ContenderTally(["right"], dollars)

    tally.add_case([answered(Usage(input_tokens=1000, output_tokens=200))])
    tally.add_case([answered(Usage(input_tokens=3000, output_tokens=400))])
    tally.add_case([answered(None)])

    assert tally.tokens is not None
    assert (tally.tokens.input, tally.tokens.output, tally.tokens.estimated) == (2000, 300, False)


def test_a_question_that_was_not_asked_has_no_origin() -> None:
    tally = ContenderTally(["right"], dollars)

    tally.add_case([replace(answered(None), status=AnswerStatus.UNASKED, scores={"right": None}, note="no money")])

    assert not tally.origins
    assert (tally.unasked, tally.unasked_because) == (1, "no money")


def test_the_cost_of_an_answer_without_tokens_stays_unknown() -> None:
    tally = ContenderTally(["right"], dollars)

    tally.add_case([answered(None)])

    assert tally.cost_per_answer_usd is None
    assert tally.paid_usd is None


def test_a_case_that_a_scorer_does_not_apply_to_is_neither_scored_nor_unscored() -> None:
    tally = ContenderTally(["right"], dollars)
    passed_over = replace(answered(None), segment="de", scores={"right": None}, inapplicable=("right",))

    tally.add_case([answered(None)])
    tally.add_case([passed_over, replace(passed_over, repeat=1)])

    for scores in (tally.scores, tally.segments["de"]):
        found = scores["right"].summary(0.95)
        assert (found.unscored, found.inapplicable) == (0, 1)
    assert tally.scores["right"].summary(0.95).n == 1


def critical(*, applies: bool) -> Sample:
    if applies:
        return replace(answered(None), critical=True)
    return replace(answered(None), critical=True, scores={"right": None}, inapplicable=("right",))


@pytest.mark.parametrize(("applying", "status"), [([False], "inconclusive"), ([True, False], "pass")])
def test_only_critical_cases_that_the_scorers_apply_to_say_that_none_is_lost(applying: list[bool], status: str) -> None:
    evaluation = Evaluation(scorers=["right"], source=None, targets={"target": None})

    for applies in applying:
        evaluation.add_case([critical(applies=applies)], {"target": [critical(applies=applies)]})

    gate = NoneLost(cases="critical", rule="none_lost")
    assert judge(gate, evaluation.evidence("target", 0.95)).status == status
    assert evaluation.pairings["target"].scorers["right"].unpaired == 0
