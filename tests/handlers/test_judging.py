"""What state Judge does, with judges that say what a test wants."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from brainswap import worker
from brainswap.asking import Asked
from brainswap.contracts import ShardRef
from brainswap.core.answers import Answer, AnswerStatus
from brainswap.core.errors import ModelAccessError, ModelUnavailableError
from brainswap.handlers import judge, prepare
from brainswap.ports import Question
from brainswap.report.model import Report
from brainswap.run_files import RunFiles
from tests.fakes.catalogues import catalogue, facts
from tests.fakes.memory import MemoryDependencies, ScriptedModels, answered
from tests.fakes.runs import RUN, case, declaration, upload
from tests.fakes.states import evaluate, judge_all, listed_shards, reported, samples, sharded

SOURCE = "anthropic.claude-3-haiku-20240307-v1:0"
TARGET = "amazon.nova-lite-v1:0"
JUDGE = "mistral.mistral-large-2407-v1:0"
OTHER = "meta.llama3-1-70b-instruct-v1:0"
CASES = 6
YES_OR_NO = {JUDGE: "yes", OTHER: "no"}

POLITE = {"name": "polite", "type": "closed_qa", "criterion": "It is polite.", "judge": {"model": JUDGE}}
BETTER = {"name": "better", "type": "pairwise", "judge": {"model": JUDGE}}
RIGHT = {"name": "right", "type": "exact", "ignore_case": True}

Judges = Callable[[Question], Any]


def is_judge(question: Question) -> bool:
    return question.model in {JUDGE, OTHER}


def shown(question: Question) -> str:
    return question.prompt.messages[-1].content


def meets(question: Question) -> Any:
    """The source's yes is polite, the target's no is not."""
    return {"reason": "so", "meets": "yes" if "\nyes\n" in shown(question) else "no"}


def longer(question: Question) -> Any:
    """The better answer of a pair is that which says no, wherever it stands."""
    text = shown(question)
    return {"reason": "so", "better": "first" if text.index("\nno\n") < text.index("\nyes\n") else "second"}


def prepared(judges: Judges, *scorers: Any, **changes: Any) -> tuple[MemoryDependencies, list[ShardRef]]:
    """A run up to and with Evaluate, in which the source says yes and the target no."""

    def reply(question: Question) -> Answer:
        if not is_judge(question):
            return answered(question, "yes" if question.model == SOURCE else "no")
        said = judges(question)
        return (
            said
            if isinstance(said, Answer)
            else answered(question, said if isinstance(said, str) else json.dumps(said))
        )

    known = catalogue(*(facts(model) for model in (SOURCE, TARGET, JUDGE, OTHER)))
    using = MemoryDependencies(catalogue=known, models=ScriptedModels(reply=reply))
    cases = [case(number) for number in range(CASES)]
    request = upload(using, declaration(scorers=[*scorers], gates=[], **changes), cases)
    listed = sharded(using, request)
    assert listed.judged
    shards = listed_shards(using, listed)
    evaluate(using, shards)
    return using, shards


def judged(using: MemoryDependencies, shards: list[ShardRef]) -> Report:
    judge_all(using, shards)
    return reported(using)


def calls(using: MemoryDependencies) -> list[Question]:
    return [question for question in using.models.asked if is_judge(question)]


def test_before_judges_have_spoken_only_their_scores_are_missing() -> None:
    using, _ = prepared(meets, RIGHT, POLITE)

    (first, *_) = samples(using, "source")

    assert first.scores == {"right": 1.0, "polite": None}
    assert first.reasons["polite"] == "not judged yet"
    assert calls(using) == []


def test_judges_put_their_scores_to_the_others() -> None:
    using, shards = prepared(meets, RIGHT, POLITE)

    judged(using, shards)

    assert [sample.scores for sample in samples(using, "source")] == [{"right": 1.0, "polite": 1.0}] * CASES
    assert [sample.scores for sample in samples(using, "target-1-original")] == [{"right": 0.0, "polite": 0.0}] * CASES
    assert samples(using, "source")[0].reasons["polite"] == f"{JUDGE} 1.00, yes, “so”"


def test_an_inverted_judgement_is_turned_round() -> None:
    using, shards = prepared(meets, {**POLITE, "not": True})

    judged(using, shards)

    assert [sample.scores for sample in samples(using, "source")] == [{"polite": 0.0}] * CASES


def test_a_pair_is_asked_in_both_orders_and_the_source_is_as_good_as_itself() -> None:
    using, shards = prepared(longer, BETTER)

    judged(using, shards)

    assert [sample.scores for sample in samples(using, "source")] == [{"better": 0.5}] * CASES
    assert [sample.scores for sample in samples(using, "target-1-original")] == [{"better": 1.0}] * CASES
    assert len(calls(using)) == 2 * CASES


def test_a_judge_that_prefers_a_place_finds_nothing_better_and_the_report_counts_it() -> None:
    using, shards = prepared(lambda _: {"reason": "so", "better": "first"}, BETTER)

    made = judged(using, shards)

    assert [sample.scores for sample in samples(using, "target-1-original")] == [{"better": 0.5}] * CASES
    (found,) = made.judged
    assert (found.pairs, found.flips, found.flip_rate, found.unread) == (CASES, CASES, 1.0, 0)
    assert (
        "better: 6 of 6 judgements of pairs turned round with the order of the answers (100.0%), and count as equal"
        in (made.provenance.warnings)
    )


def test_what_cannot_be_read_is_unscored_and_counted() -> None:
    using, shards = prepared(lambda _: "I like them both.", BETTER, RIGHT)

    made = judged(using, shards)

    target = made.contenders[1]
    assert [sample.scores["better"] for sample in samples(using, "target-1-original")] == [None] * CASES
    assert target.scores["better"].unscored == CASES
    assert (made.judged[0].pairs, made.judged[0].flip_rate, made.judged[0].unread) == (0, None, 2 * CASES)
    assert any("12 answers of judges could not be read" in warning for warning in made.provenance.warnings)


def test_a_second_invocation_asks_nothing_again() -> None:
    using, shards = prepared(meets, POLITE)
    judged(using, shards)
    asked, first = len(calls(using)), samples(using, "source")

    judged(using, shards)

    assert len(calls(using)) == asked == 2 * CASES
    assert samples(using, "source") == first


def test_a_worker_out_of_time_leaves_the_scores_as_they_are() -> None:
    using, shards = prepared(meets, POLITE)

    found = judge.run(shards[0], using, lambda: 0.0)

    assert (found.finished, found.pause_s) == (False, 0)
    assert [sample.reasons["polite"] for sample in samples(using, "source")] == ["not judged yet"] * CASES
    assert judge.run(found.shard, using, lambda: 900.0).finished


def test_equal_answers_to_equal_requests_are_judged_once() -> None:
    using, shards = prepared(meets, POLITE, repeats=2)

    judged(using, shards)

    assert len(calls(using)) == 2 * CASES  # and not twice as many


def test_repeats_of_a_judge_are_calls_of_their_own() -> None:
    using, shards = prepared(meets, {**POLITE, "repeats": 3})

    judged(using, shards)

    assert len(calls(using)) == 3 * 2 * CASES
    assert {question.repeat for question in calls(using)} == {0, 1, 2}


def test_a_panel_is_asked_one_and_all() -> None:
    panel = {**POLITE, "judge": [{"model": JUDGE}, {"model": OTHER}]}
    using, shards = prepared(
        lambda question: {"reason": "so", "meets": "yes" if question.model == JUDGE else "no"}, panel
    )

    made = judged(using, shards)

    assert [sample.scores for sample in samples(using, "source")] == [{"polite": 0.5}] * CASES
    assert {question.model for question in calls(using)} == {JUDGE, OTHER}
    assert made.provenance.judge is not None
    assert made.provenance.judge.endswith(f"by {JUDGE} and {OTHER}")
    assert (made.judged[0].judgements, made.judged[0].agreement) == (2 * CASES, 0.0)


def test_what_judges_cost_is_counted_by_itself() -> None:
    using, shards = prepared(meets, POLITE)

    made = judged(using, shards)

    assert using.purse.balance(RUN).calls["judge"] == 2 * CASES
    assert made.spend.usd_by_purpose["judge"] == pytest.approx(float(using.purse.balance(RUN).spent["judge"]))
    assert set(made.spend.usd_by_purpose) == {"source", "targets", "judge"}
    assert made.spend.calls == 4 * CASES
    assert made.provenance.prices[JUDGE] is not None


def test_a_judge_that_may_not_be_asked_leaves_its_scores_open_and_is_asked_no_more() -> None:
    def closed(question: Question) -> Any:
        raise ModelAccessError(f"{question.model}: no access")

    using, shards = prepared(closed, POLITE, RIGHT)

    made = judged(using, shards)

    assert [sample.scores for sample in samples(using, "source")] == [{"polite": None, "right": 1.0}] * CASES
    assert "no access" in samples(using, "source")[0].reasons["polite"]
    assert using.ledger.stopped(RUN) == {"judge:polite/1": f"{JUDGE}: no access"}
    assert made.verdict != "migrate"


def test_a_judge_out_of_reach_is_given_up_after_hours() -> None:
    asked = [Asked(answers=[None], fresh=0, pause_s=60, unavailable_because="down")]
    almost = ShardRef(run_id=RUN, contender="source", block=0, in_flight=4, waited_s=worker.UNAVAILABLE_FOR_S - 61)
    long_enough = almost.model_copy(update={"waited_s": almost.waited_s + 1})

    assert worker.unfinished(almost, asked, "the judges").shard.waited_s == worker.UNAVAILABLE_FOR_S - 1
    with pytest.raises(ModelUnavailableError, match="down"):
        worker.unfinished(long_enough, asked, "the judges")


def test_an_answer_that_is_none_is_shown_to_no_judge() -> None:
    using, shards = prepared(meets, POLITE)
    files = RunFiles(using.artifacts, RUN)
    failed = Answer(
        case_id="case-0", text="", status=AnswerStatus.REFUSED, origin=next(files.answers("source", 0)).origin
    )
    files.write_answers("source", 0, [failed, *list(files.answers("source", 0))[1:]])

    judge.run(shards[0], using, lambda: 900.0)

    assert samples(using, "source")[0].scores["polite"] == 0.0
    assert len(calls(using)) == CASES - 1


def test_the_checks_and_the_forecast_of_a_run_know_its_judges() -> None:
    using, _ = prepared(meets, POLITE)

    frozen = RunFiles(using.artifacts, RUN).run()

    assert f"access to {JUDGE}" in [check.check for check in frozen.checks]
    assert JUDGE in frozen.profiles
    assert frozen.judge_prices["polite/1"].price is not None
    assert frozen.forecast.cost["judge"].expected > 0


@pytest.mark.parametrize("repeats", [1, 2])
def test_all_calls_to_models_are_forecast(repeats: int) -> None:
    panel = {**POLITE, "name": "panel", "judge": [{"model": JUDGE}, {"model": OTHER}], "repeats": 2}
    using, shards = prepared(meets, RIGHT, POLITE, BETTER, panel, repeats=repeats)

    spend = judged(using, shards).spend

    # some questions to judges are equal, and answered from the cache
    assert spend.calls + spend.cached == RunFiles(using.artifacts, RUN).run().forecast.calls
    assert spend.cached > 0


def test_a_run_whose_judge_the_account_does_not_have_is_refused() -> None:
    using = MemoryDependencies(catalogue=catalogue(facts(SOURCE), facts(TARGET)))
    request = upload(using, declaration(scorers=[RIGHT, POLITE]), [case(0)])

    assert prepare.run(request, using).refused


def test_without_judged_scorers_nothing_is_to_be_judged() -> None:
    using = MemoryDependencies(catalogue=catalogue(facts(SOURCE), facts(TARGET)))
    request = upload(using, declaration(), [case(0)])

    assert not sharded(using, request).judged


def test_calls_of_all_invocations_are_counted_and_each_once() -> None:
    using, shards = prepared(meets, POLITE)
    files = RunFiles(using.artifacts, RUN)
    one_by_one = shards[0].model_copy(update={"in_flight": 1})

    found = judge.run(one_by_one, using, lambda: 900.0 if len(calls(using)) < 3 else 0.0)
    made = files.judged("source", 0).calls
    judged(using, shards)

    assert not found.finished
    assert made == 3
    assert files.judged("source", 0).calls == CASES
    assert files.judged("source", 0).cached == 0
    assert files.judged("source", 0).usd == using.purse.balance(RUN).spent["judge"] / 2
