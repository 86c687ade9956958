from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from brainswap.batches import BatchFiles
from brainswap.contracts import SubmitRequest
from brainswap.core.answers import AnswerStatus, Usage
from brainswap.core.errors import InvalidRequestError, ModelRefusesRequestError, ModelThrottledError
from brainswap.handlers import submit
from brainswap.ports import BatchJob
from brainswap.questions import questions_of
from tests.fakes.batch_runs import CASES, OF_TARGET, Run
from tests.fakes.batches import answered_record, converse_output
from tests.fakes.memory import answered
from tests.fakes.runs import RUN, case


@pytest.fixture
def small_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs of 10 to 60 records."""
    monkeypatch.setattr(submit, "FEWEST_RECORDS", 10)
    monkeypatch.setattr(submit, "MOST_RECORDS", 60)


def test_every_live_contender_of_a_batch_run_is_listed_for_batch_jobs() -> None:
    assert [batch.contender for batch in Run().listed.batches] == ["source", "target-1-original"]


def test_nobody_is_listed_in_a_run_on_demand() -> None:
    assert Run(inference="on_demand").listed.batches == []


def test_a_job_gets_every_case_once_without_the_model_and_the_task_waits() -> None:
    run = Run()

    run.submit()

    records = run.records()
    assert len({record["recordId"] for record in records}) == CASES
    assert records[7]["modelInput"]["messages"] == [
        {"role": "user", "content": [{"text": "Answer yes or no: Is 7 a number?"}]}
    ]
    assert set(records[7]["modelInput"]) == {"messages", "inferenceConfig"}
    assert run.using.task_tokens.tokens == {run.job: "token"}
    assert run.using.tasks.told == []


def test_a_job_is_created_once_whoever_asks_again() -> None:
    run = Run()

    run.submit("first")
    run.submit("second")

    assert len(run.jobs.created) == run.jobs.asked_to_create == 1
    assert run.using.task_tokens.tokens == {run.job: "second"}


def test_a_job_whose_creation_was_interrupted_is_created_with_the_same_token_and_money_set_aside_once() -> None:
    run = Run(limits={"budget_usd": 1000})
    run.jobs.refusal = ModelThrottledError("slow down")
    with pytest.raises(ModelThrottledError):
        run.submit()
    reserved = run.using.purse.balance(RUN).reserved
    run.jobs.refusal = None

    run.submit()

    assert len(run.jobs.created) == 1
    assert run.using.purse.balance(RUN).reserved == reserved > 0


def test_a_task_goes_on_at_once_when_its_job_has_ended_before_it_waited() -> None:
    run = Run()
    run.submit("first")
    run.jobs.standing[run.job] = BatchJob(status="Completed")

    run.submit("second")

    assert run.using.tasks.told == ["second"]


def test_what_the_cache_knows_is_in_no_job() -> None:
    run = Run()
    contender = run.files.contender(OF_TARGET.contender)
    (first, *_) = questions_of(run.files.run(), contender, run.files.block(0), run.files.attachment)
    run.using.cache.put_many({run.keys()[0]: answered(first)})

    run.submit()

    assert len(run.records()) == CASES - 1


def test_equal_questions_are_one_record_and_all_of_them_get_its_failure() -> None:
    rows = [case(number, input={"question": f"Is {number % 120} a number?"}) for number in range(CASES)]
    run = Run(rows=rows)
    run.submit()
    records = run.records()
    run.jobs.end(run.job, [answered_record(record) for record in records[1:]])

    run.collect()

    blocks = range(3)
    found = [answer for block in blocks for answer in run.seen_by_shard(block)]
    assert len(records) == 120
    assert [place for place, answer in enumerate(found) if answer and answer.status is AnswerStatus.FAILED] == [0, 120]


@pytest.mark.usefixtures("small_jobs")
def test_many_records_are_several_jobs_and_the_few_that_are_left_are_asked_one_by_one() -> None:
    run = Run(cases=125)

    run.submit()

    plan = BatchFiles(run.using.artifacts, OF_TARGET).plan()
    ids = [record["recordId"] for job in run.jobs.created for record in run.records(job)]
    assert [part.records for part in plan.parts] == [60, 60]
    assert len(set(ids)) == 120
    assert (plan.planned, plan.one_by_one) == (True, 5)
    assert "5 questions were too few" in run.files.contender(OF_TARGET.contender).notes[-1]


@pytest.mark.usefixtures("small_jobs")
def test_a_task_waits_again_until_the_last_of_several_jobs_has_ended() -> None:
    run = Run(cases=120)
    run.submit()
    first, second = run.jobs.created
    run.jobs.end(second, [answered_record(record) for record in run.records(second)])

    finished_early = run.collect()
    run.submit("again")
    run.jobs.end(first, [answered_record(record) for record in run.records(first)])

    assert not finished_early
    assert run.using.tasks.told == []
    assert run.collect()
    assert None not in [answer for block in range(3) for answer in run.seen_by_shard(block)[:20]]


def test_nothing_to_ask_is_nothing_to_wait_for() -> None:
    run = Run()
    contender = run.files.contender(OF_TARGET.contender)
    for block in range(3):
        questions = questions_of(run.files.run(), contender, run.files.block(block), run.files.attachment)
        run.using.cache.put_many(dict(zip(run.keys(block), map(answered, questions), strict=True)))

    run.submit()

    assert run.jobs.created == {}
    assert run.using.tasks.told == ["token"]
    assert run.collect()


def test_answers_get_into_the_cache_without_latency_and_are_paid_at_the_batch_price() -> None:
    run = Run(limits={"budget_usd": 1000})
    run.submit()
    run.jobs.end(run.job, [answered_record(record) for record in reversed(run.records())])

    finished = run.collect()

    found = [answer for block in range(3) for answer in run.seen_by_shard(block)]
    balance = run.using.purse.balance(RUN)
    assert finished
    assert {answer.latency_ms for answer in found if answer} == {None}
    assert {answer.usage for answer in found if answer} == {Usage(input_tokens=10, output_tokens=2)}
    assert {answer.asked_in for answer in found if answer} == {RUN}
    assert balance.spent == {"targets": CASES * (10 * Decimal("0.03") + 2 * Decimal("0.12")) / 1_000_000}
    assert balance.reserved == 0
    assert balance.calls == {"targets": CASES}


def test_answers_are_counted_once_however_often_they_are_collected() -> None:
    run = Run(limits={"budget_usd": 1000})
    run.submit()
    run.jobs.end(run.job, [answered_record(record) for record in run.records()])

    run.collect()
    before = run.using.purse.balance(RUN)
    run.collect()

    assert run.using.purse.balance(RUN) == before


def test_bad_missing_doubled_and_unknown_records_are_told_apart() -> None:
    run = Run()
    run.submit()
    good, bad, _missing, doubled, broken, senseless, *others = run.records()
    lines: list[Mapping[str, Any] | bytes] = [
        answered_record(good),
        {**bad, "error": {"errorCode": 400, "errorMessage": "too\nlong"}},
        answered_record(doubled, "first"),
        answered_record(doubled, "second"),
        {**broken, "modelOutput": {"output": 7}},
        {**senseless, "modelOutput": converse_output("x", stop_reason="malformed_model_output")},
        answered_record({"recordId": "999999-00000", "modelInput": {}}),
        {"recordId": ["a list"], "modelOutput": {}},
        b"no json",
        b"[]",
        *(answered_record(record) for record in others),
    ]
    run.jobs.end(run.job, lines, "PartiallyCompleted")

    run.collect()

    found = run.seen_by_shard()
    texts = [answer.text if answer else None for answer in found[:6]]
    reasons = [str(answer.reason) if answer else "" for answer in found[:6]]
    assert texts == ["yes", "", "", "first", "", ""]
    assert reasons[1] == "the batch job says: 400 too long"
    assert reasons[2] == "the batch job says: it ended as PartiallyCompleted without a word about this record"
    assert "makes no sense" in reasons[4]
    assert "malformed_model_output" in reasons[5]
    assert run.using.cache.get_many(run.keys()[4:6]) == {}
    assert run.stopped() is None


@pytest.mark.parametrize("status", ["Failed", "Expired", "Stopped"])
def test_a_job_that_ended_badly_stops_its_contender_and_keeps_what_it_answered(status: str) -> None:
    run = Run(limits={"budget_usd": 1000})
    run.submit()
    run.jobs.end(run.job, [answered_record(record) for record in run.records()[:30]], status)

    finished = run.collect()

    assert finished
    assert run.stopped() == f"the batch job ended as {status}"
    assert len(run.using.cache.answers) == 30
    assert run.using.purse.balance(RUN).reserved == 0


def test_a_job_that_answers_nothing_at_all_says_nothing_about_the_model() -> None:
    run = Run()
    run.submit()
    run.jobs.end(run.job, [{**record, "error": {"errorMessage": "no such field"}} for record in run.records()])

    run.collect()

    assert str(run.stopped()).endswith("answered none of its 150 records: no such field")


def test_an_answer_that_does_not_say_what_it_took_may_have_cost_its_share() -> None:
    run = Run(limits={"budget_usd": 1000})
    run.submit()
    reserved = run.using.purse.balance(RUN).reserved
    silent, *others = run.records()
    lines = [{**silent, "modelOutput": converse_output("yes", tokens=None)}, *map(answered_record, others)]
    run.jobs.end(run.job, lines)

    run.collect()

    assert run.using.purse.balance(RUN).uncertain == reserved / CASES


def test_a_job_that_could_exceed_the_budget_is_not_created() -> None:
    run = Run(limits={"budget_usd": 0.0001})

    run.submit()

    assert run.jobs.created == {}
    assert "US dollars" in str(run.stopped())
    assert run.using.purse.balance(RUN).reserved == 0
    assert run.using.tasks.told == ["token"]
    assert run.collect()


def test_a_model_that_takes_no_batch_jobs_stops_its_contender_and_gives_the_money_back() -> None:
    run = Run(limits={"budget_usd": 1000})
    run.jobs.refusal = ModelRefusesRequestError("batch inference is not supported")

    run.submit()

    assert run.stopped() == "batch inference is not supported"
    assert run.using.purse.balance(RUN).reserved == 0
    assert run.using.tasks.told == ["token"]


@pytest.mark.usefixtures("small_jobs")
def test_the_other_jobs_of_a_contender_are_stopped_with_it() -> None:
    run = Run(cases=120)
    run.submit()
    first, second = run.jobs.created
    run.jobs.standing[first] = BatchJob(status="Failed", message="no access")

    finished = run.collect()

    assert not finished
    assert run.jobs.stopped == [second]
    assert run.stopped() == "the batch job ended as Failed: no access"


@pytest.mark.usefixtures("small_jobs")
def test_short_of_time_jobs_are_created_and_collected_in_the_next_invocation() -> None:
    run = Run(cases=120)
    times = iter([900.0, 100.0])
    submit.run(SubmitRequest(**OF_TARGET.model_dump(), token="first"), run.using, lambda: next(times))  # noqa: S106 - of a task, and made up
    created_first = len(run.jobs.created)

    run.submit("second")
    for job in run.jobs.created:
        run.jobs.end(job, [answered_record(record) for record in run.records(job)])

    assert (created_first, len(run.jobs.created)) == (1, 2)
    assert run.using.tasks.told == ["first"]
    assert not run.collect(time_left_s=100.0)
    assert run.collect()


@pytest.mark.usefixtures("small_jobs")
def test_money_that_ends_at_the_second_job_stops_the_first() -> None:
    needed = Run(cases=120, limits={"budget_usd": 1000})
    needed.submit()
    both = needed.using.purse.balance(RUN).reserved
    run = Run(cases=120, limits={"budget_usd": float(both) * 0.9})

    run.submit()

    assert run.jobs.stopped == [run.job]
    assert "60 records may cost up to" in str(run.stopped())


@pytest.mark.usefixtures("small_jobs")
def test_answers_of_all_jobs_so_far_are_not_all_answers() -> None:
    run = Run(cases=120)
    times = iter([900.0, 100.0])
    submit.run(SubmitRequest(**OF_TARGET.model_dump(), token="first"), run.using, lambda: next(times))  # noqa: S106 - of a task, and made up
    run.jobs.end(run.job, [answered_record(record) for record in run.records()])

    assert not run.collect()


def test_a_fresh_run_asks_again_what_other_runs_have_asked() -> None:
    run = Run()
    contender = run.files.contender(OF_TARGET.contender)
    run.files.write_run(run.files.run().model_copy(update={"fresh": True}))
    for block in range(3):
        questions = questions_of(run.files.run(), contender, run.files.block(block), run.files.attachment)
        run.using.cache.put_many(dict(zip(run.keys(block), map(answered, questions), strict=True)))

    run.submit()

    assert len(run.records()) == CASES


def test_where_there_can_be_no_batch_jobs_none_are_pretended() -> None:
    run = Run()
    run.using.batch_jobs = None

    with pytest.raises(InvalidRequestError):
        run.submit()
    with pytest.raises(InvalidRequestError):
        run.collect()
