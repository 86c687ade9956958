"""Whole runs in memory that look at their scores on the way."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from brainswap.contracts import LookRequest, RunRequest
from brainswap.core.answers import Answer
from brainswap.core.errors import IncompleteEvaluationError, InvalidRequestError, InvalidWorkloadError
from brainswap.core.fingerprints import fingerprint
from brainswap.handlers import decide, look
from brainswap.ports import Question
from tests.fakes.catalogues import catalogue, facts
from tests.fakes.looks import LookedRun
from tests.fakes.memory import MemoryDependencies, ScriptedModels, answered
from tests.fakes.runs import RUN, case, declaration, upload

SOURCE = "anthropic.claude-3-haiku-20240307-v1:0"
TARGET = "amazon.nova-lite-v1:0"
OTHER = "amazon.nova-micro-v1:0"
FIRST, SECOND = "target-1-original", "target-2-original"
LOOKS = {"looks": 4}


def number_of(question: Question) -> int:
    return int(question.case.id.partition("-")[2])


def looked_run(
    wrong: Callable[[str, int], bool],
    cases: int = 200,
    case_changes: Callable[[int], Any] = lambda _: {},
    **changes: Any,
) -> LookedRun:
    """A run whose models answer wrongly where ``wrong`` says so of model and case; the source never does."""

    def reply(question: Question) -> Answer:
        is_wrong = question.model != SOURCE and wrong(question.model, number_of(question))
        return answered(question, "no" if is_wrong else "yes")

    known = catalogue(facts(SOURCE), facts(TARGET), facts(OTHER))
    using = MemoryDependencies(catalogue=known, models=ScriptedModels(reply=reply))
    declared = declaration(**{"stopping": LOOKS, **changes})
    rows = [case(number, **case_changes(number)) for number in range(cases)]
    return LookedRun(using=using, request=upload(using, declared, rows))


def every(nth: int) -> Callable[[str, int], bool]:
    return lambda _, number: number % nth == 0


def test_a_clear_target_is_asked_a_fraction_of_the_cases_and_the_report_says_so() -> None:
    run = looked_run(every(2))

    made = run.finish()

    assert made.verdict == "hold"
    assert run.asked == [{"source": 50, FIRST: 50}]
    assert made.spend.calls == 100
    assert made.stopping is not None
    assert made.stopping.early
    assert (made.stopping.looks, made.stopping.cases, made.stopping.of) == (1, 50, 200)
    assert made.reasons[-1].startswith("the run stopped early, at look 1 of 4, after 50 of 200 test cases (25%)")
    assert made.contenders[1].gates[0].confidence == made.stopping.targets[FIRST].confidence
    assert made.stopping.targets[FIRST].confidence > 0.95


def test_cases_that_were_not_asked_look_like_nothing() -> None:
    run = looked_run(every(2))

    made = run.finish()

    rows = run.files.read_text("cases.jsonl").splitlines()
    assert len(rows) == 50
    for contender in made.contenders:
        assert (contender.answers.asked, contender.answers.unasked, contender.answers.failed) == (50, 0, 0)
        assert contender.scores["right"].n == 50


def test_an_unclear_target_goes_to_the_end_with_the_scores_of_a_run_without_looks() -> None:
    run, without = looked_run(every(12)), looked_run(every(12), stopping=None)

    made, whole = run.finish(), without.finish()

    assert sum(asked[FIRST] for asked in run.asked) == 200
    assert len(run.asked) == 4
    assert made.verdict == whole.verdict == "inconclusive"
    assert made.reasons[-1] == "the run went through all 4 looks, to 200 of 200 test cases (100%)"
    assert whole.stopping is None
    assert [one.scores for one in made.contenders] == [one.scores for one in whole.contenders]
    assert [one.comparison for one in made.contenders] == [one.comparison for one in whole.contenders]


def test_a_target_that_has_failed_is_dropped_while_the_other_goes_on() -> None:
    run = looked_run(
        lambda model, number: number % (2 if model == TARGET else 12) == 0,
        targets=[{"model": TARGET}, {"model": OTHER}],
    )

    made = run.finish()

    assert [FIRST in asked for asked in run.asked] == [True, False, False, False]
    assert [asked[SECOND] for asked in run.asked] == [50, 50, 50, 50]
    assert made.contenders[0].answers.asked == 200
    assert made.contenders[1].verdict == "hold"
    assert made.contenders[1].scores["right"].n == 50
    assert made.contenders[2].scores["right"].n == 200
    rows = [json.loads(line)["contenders"] for line in run.files.read_text("cases.jsonl").splitlines()]
    assert sum(FIRST in row for row in rows) == 50
    assert made.spend.calls == 200 + 50 + 200


def test_all_critical_cases_are_asked_before_the_first_look_and_enter_no_mean_ahead_of_their_turn() -> None:
    run = looked_run(every(2), case_changes=lambda number: {"critical": number < 40} if number < 40 else {})

    made = run.finish()

    assert made.stopping is not None
    ahead = made.stopping.asked_ahead
    assert ahead > 20
    assert run.asked == [{"source": 50 + ahead, FIRST: 50 + ahead}]
    assert made.contenders[1].scores["right"].n == 50
    assert made.spend.calls == 2 * (50 + ahead)
    rows = [json.loads(line) for line in run.files.read_text("cases.jsonl").splitlines()]
    uncounted = [row for row in rows if "uncounted" in row]
    assert len(uncounted) == ahead
    assert all(row["critical"] and row["uncounted"] == ["source", FIRST] for row in uncounted)
    assert f"{ahead} more critical cases asked ahead of their turn" in made.reasons[-1]


def test_one_lost_critical_case_ends_the_run_whenever_its_turn_would_have_come() -> None:
    gates = [{"scorer": "right", "rule": "not_worse", "margin": 0.1}, {"cases": "critical", "rule": "none_lost"}]
    for lost in (3, 21):
        run = looked_run(
            lambda _, number, lost=lost: number == lost,  # type: ignore[misc]
            case_changes=lambda number: {"critical": True} if number < 40 else {},
            gates=gates,
        )

        made = run.finish()

        assert made.verdict == "hold"
        assert len(run.asked) == 1
        assert f"1 of 40 critical cases lost: case-{lost}" in made.contenders[1].gates[1].detail


def test_a_look_that_is_taken_again_says_the_same() -> None:
    run = looked_run(every(12))
    run.finish()
    shards = run.using.artifacts.read(run.files.shards_key(2))

    again = look.run(LookRequest(run_id=RUN, look=1), run.using)

    assert (again.look, again.more, again.shards) == (2, True, len(json.loads(shards)))
    assert run.using.artifacts.read(run.files.shards_key(2)) == shards


def test_scores_that_were_changed_after_a_look_are_no_verdict() -> None:
    targets = [{"model": TARGET}, {"model": OTHER}]
    run = looked_run(lambda model, number: number % (2 if model == TARGET else 12) == 0, targets=targets)
    run.finish()
    for key, data in list(run.using.artifacts.files.items()):
        if f"scores/{FIRST}" in key:
            run.using.artifacts.files[key] = data.replace(b'"right":0.0', b'"right":1.0')

    with pytest.raises(IncompleteEvaluationError, match="look 1: the scores are not those that were looked at"):
        decide.run(RunRequest(run_id=RUN), run.using)


def test_a_run_is_not_decided_before_its_last_look() -> None:
    run = looked_run(every(12))
    run.finish()
    listed = run.files.shard_list()
    assert listed is not None
    run.files.write_shard_list(listed.model_copy(update={"looks": 2}))

    with pytest.raises(IncompleteEvaluationError, match="not asked to the end"):
        decide.run(RunRequest(run_id=RUN), run.using)


def test_the_looks_are_hashed_with_the_gates_before_the_first_answer() -> None:
    run, without = looked_run(every(2)), looked_run(every(2), stopping=None)
    run.finish()
    without.finish()
    frozen = run.files.run()

    assert frozen.gates_sha256 != without.files.run().gates_sha256
    gates = [gate.model_dump(mode="json") for gate in frozen.workload.gates]
    assert without.files.run().gates_sha256 == fingerprint([0.95, gates])
    assert json.loads(run.files.read_text("decision.json"))["criteria"]["stopping"] == {
        "looks": 4,
        "spending": "share of the cases to the power of 2",
    }
    run.files.write_run(frozen.model_copy(update={"workload": frozen.workload.model_copy(update={"stopping": None})}))
    with pytest.raises(InvalidRequestError, match="were changed after the run began"):
        decide.run(RunRequest(run_id=RUN), run.using)


def test_clusters_are_asked_whole() -> None:
    run = looked_run(every(2), case_changes=lambda number: {"cluster": f"document-{number % 40}"})

    run.finish()

    rows = [json.loads(line)["id"] for line in run.files.read_text("cases.jsonl").splitlines()]
    documents = {int(each.partition("-")[2]) % 40 for each in rows}
    assert len(rows) < 200
    assert len(rows) == 5 * len(documents)


def test_money_that_runs_out_on_the_way_leaves_the_matter_open() -> None:
    run = looked_run(every(12), limits={"budget_usd": 0.0004, "concurrency": 1})

    made = run.finish()

    assert made.verdict == "inconclusive"
    assert "was not asked" in made.reasons[0]


def test_a_run_without_scores_is_not_looked_at() -> None:
    run = looked_run(every(2))
    run.finish()
    del run.using.artifacts.files[run.files.key(f"scores/{FIRST}/000000.jsonl")]

    with pytest.raises(IncompleteEvaluationError, match="block 0"):
        look.run(LookRequest(run_id=RUN, look=1), run.using)


@pytest.mark.parametrize("inference", ["batch", "auto"])
def test_looks_and_batch_jobs_are_refused_together(inference: str) -> None:
    run = looked_run(every(2), inference=inference)

    with pytest.raises(InvalidWorkloadError, match="a batch job answers all cases at once"):
        run.finish()


def test_latencies_of_a_settled_target_are_those_of_its_own_cases() -> None:
    run = looked_run(
        lambda model, number: number % (2 if model == TARGET else 12) == 0,
        targets=[{"model": TARGET}, {"model": OTHER}],
    )
    run.using.models = ScriptedModels(
        reply=lambda question: replace(
            answered(question, "no" if question.model == TARGET and number_of(question) % 2 == 0 else "yes"),
            latency_ms=100.0,
        )
    )

    made = run.finish()

    (first,) = [one for one in made.contenders if one.id == FIRST]
    assert first.latency_ms is not None
    assert first.latency_ms.n == 50
