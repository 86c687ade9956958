"""The states one after another, in memory."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from brainswap import worker
from brainswap.contracts import (
    PrepareRequest,
    RunRequest,
    ShardRef,
    ShardRequest,
    TranslateRequest,
    TranslateResult,
)
from brainswap.core.answers import Answer, AnswerStatus, Origin, ToolCall
from brainswap.core.errors import (
    IncompleteEvaluationError,
    InvalidRequestError,
    ModelAccessError,
    ModelRefusesRequestError,
    ModelThrottledError,
)
from brainswap.core.quotas import Quota
from brainswap.handlers import announce, answer, decide, prepare, report, shard, translate
from brainswap.ports import Question
from brainswap.report.document import from_json
from brainswap.report.model import Report
from brainswap.run_files import RunFiles
from tests.fakes.catalogues import catalogue, facts
from tests.fakes.known import FixedQuotas
from tests.fakes.memory import MemoryDependencies, ScriptedModels, answered
from tests.fakes.runs import RUN, STARTED, case, declaration, upload
from tests.fakes.states import evaluated, reported
from tests.fakes.told import MemoryMessages

SOURCE = "anthropic.claude-3-haiku-20240307-v1:0"
TARGET = "amazon.nova-lite-v1:0"


def models(reply: Callable[[Question], Answer]) -> MemoryDependencies:
    known = catalogue(facts(SOURCE), facts(TARGET), facts("amazon.nova-micro-v1:0"))
    return MemoryDependencies(catalogue=known, models=ScriptedModels(reply=reply))


def finished(using: MemoryDependencies, request: PrepareRequest) -> Report:
    """A whole run."""
    evaluated(using, request)
    made = reported(using, request.run_id)
    announce.run(RunRequest(run_id=request.run_id), using)
    return made


def wrong_when(condition: Callable[[Question], bool]) -> Callable[[Question], Answer]:
    return lambda question: answered(question, "no" if condition(question) else "yes")


def test_a_target_as_good_as_the_source_may_be_moved_to() -> None:
    using = models(answered)

    made = finished(using, upload(using, declaration(), [case(number) for number in range(120)]))

    assert made.verdict == "migrate"
    assert made.recommended is not None
    assert made.recommended.model == TARGET
    assert made.models == "bedrock"
    assert using.events.published[0][0] == "Migration Decided"
    assert using.ledger.runs[RUN]["status"] == "done"


def test_where_a_quota_of_nothing_is_wrong_the_service_has_the_last_word() -> None:
    asked: list[str] = []

    def reply(question: Question) -> Answer:
        asked.append(question.model)
        return answered(question)

    using = models(reply)
    using.quotas = FixedQuotas(known={TARGET: Quota(tokens_per_minute=0, named="none")})

    evaluated(using, upload(using, declaration(), [case(number) for number in range(120)]))

    assert asked.count(TARGET) == 120


def test_whoever_reads_messages_gets_one_with_links_to_what_was_written() -> None:
    using = models(answered)
    using.messages = MemoryMessages()

    finished(using, upload(using, declaration(), [case(number) for number in range(120)]))

    ((subject, text, document, attributes),) = using.messages.sent
    assert subject.startswith("yes-or-no: Move to ")
    assert attributes == {"workload": "yes-or-no", "verdict": "migrate"}
    assert {"report.html", "report.json"} <= set(document["links"])
    assert document["links"]["report.html"] in text
    assert f"runs/{RUN}/report.html" in document["report"]


def test_what_people_sign_is_final_and_nothing_else_is() -> None:
    using = models(answered)

    finished(using, upload(using, declaration(), [case(number) for number in range(20)]))

    names = ("decision.json", *(f"report.{form}" for form in ("html", "json", "md", "pdf", "xlsx")))
    assert using.artifacts.final == {f"runs/{RUN}/{name}" for name in names}


def test_the_report_proves_that_its_gates_are_older_than_the_answers() -> None:
    using = models(lambda question: replace(answered(question), sent_at=STARTED.timestamp() + 5))

    made = finished(using, upload(using, declaration(), [case(number) for number in range(20)]))

    found = made.provenance
    assert found.gates_frozen_at == STARTED
    assert found.first_answer_at == STARTED + timedelta(seconds=5)
    assert found.gates_sha256 == RunFiles(using.artifacts, RUN).run().gates_sha256
    assert found.gate_family == 1
    assert found.gate_confidence == pytest.approx(0.95)


def test_gates_that_were_changed_after_the_run_began_are_refused() -> None:
    using = models(answered)
    evaluated(using, upload(using, declaration(), [case(number) for number in range(20)]))
    key = next(key for key in using.artifacts.files if key.endswith("run.json"))
    run_file = using.artifacts.files[key]
    using.artifacts.files[key] = run_file.replace(b'"margin": 0.1', b'"margin": 0.3')
    assert using.artifacts.files[key] != run_file

    with pytest.raises(InvalidRequestError, match="were changed after the run began"):
        decide.run(RunRequest(run_id=RUN), using)


def test_a_target_that_retires_soon_is_held_however_good_it_is() -> None:
    known = catalogue(facts(SOURCE), facts(TARGET, end_of_life=STARTED + timedelta(days=40)))
    using = MemoryDependencies(catalogue=known, models=ScriptedModels(reply=answered))

    made = finished(using, upload(using, declaration(), [case(number) for number in range(120)]))

    assert made.verdict == "hold"
    assert made.recommended is None
    assert made.contenders[1].gates[0].gate == "the model stays for 90 days"


def test_a_clearly_worse_target_is_held_and_its_lost_cases_are_named() -> None:
    using = models(wrong_when(lambda question: question.model == TARGET and int(question.case.id[5:]) % 3 == 0))

    made = finished(using, upload(using, declaration(), [case(number) for number in range(120)]))

    source, target = made.contenders
    assert made.verdict == "hold"
    assert source.scores["right"].mean == 1.0
    assert target.comparison["right"].worse == 40
    assert {change.kind for change in made.changed} == {"lost"}
    assert made.changed_total == 40


def test_too_few_cases_leave_the_matter_open() -> None:
    using = models(answered)

    made = finished(using, upload(using, declaration(), [case(number) for number in range(10)]))

    assert made.verdict == "inconclusive"


def test_a_critical_case_lost_by_the_target_blocks_the_switch() -> None:
    using = models(wrong_when(lambda question: question.model == TARGET and question.case.critical))
    gates = [{"cases": "critical", "rule": "none_lost"}]
    cases = [case(number, critical=number == 7) for number in range(300)]

    made = finished(using, upload(using, declaration(gates=gates), cases))

    (outcome,) = made.contenders[1].gates
    assert made.verdict == "hold"
    assert "case-7" in outcome.detail


def test_answers_that_are_no_good_are_counted_and_score_nothing() -> None:
    unlike = (AnswerStatus.UNASKED, AnswerStatus.UNFINISHED)
    statuses = [status for status in AnswerStatus if status not in unlike]

    def reply(question: Question) -> Answer:
        status = statuses[int(question.case.id[5:]) % len(statuses)]
        return Answer(
            case_id=question.case.id, text="yes", status=status, origin=Origin.LIVE, reason="so", latency_ms=5.0
        )

    using = models(reply)

    made = finished(using, upload(using, declaration(), [case(number) for number in range(60)]))

    counts = made.contenders[0].answers
    assert (counts.asked, counts.answered) == (60, 10)
    assert (counts.truncated, counts.empty, counts.refused, counts.filtered, counts.failed) == (10, 10, 10, 10, 10)
    assert made.contenders[0].scores["right"].mean == pytest.approx(10 / 60)
    assert made.contenders[0].latency_ms is not None
    assert made.contenders[0].latency_ms.n == 50


def test_scores_of_tool_calls_and_of_latencies_make_up_the_score_of_a_set() -> None:
    def reply(question: Question) -> Answer:
        wrong = question.model == TARGET and int(question.case.id[5:]) % 2
        call = ToolCall(name="weather", arguments='{"city": "Paris"}' if wrong else '{"city": "Rome"}')
        slow = question.model == TARGET and int(question.case.id[5:]) % 4 == 0
        return replace(answered(question, ""), tool_calls=(call,), latency_ms=900.0 if slow else 90.0)

    using = models(reply)
    scorers = [
        {"name": "good", "type": "set", "members": {"calls": 2, "fast": 1}},
        {"name": "calls", "type": "tool_call"},
        {"name": "fast", "type": "latency", "at_most_ms": 100},
        {"name": "passes", "type": "set", "members": {"good": 1}, "threshold": 0.7},
    ]
    gates = [{"scorer": "passes", "rule": "not_worse", "margin": 0.1}]
    cases = [case(number) | {"reference": {"name": "weather", "arguments": {"city": "Rome"}}} for number in range(120)]

    made = finished(using, upload(using, declaration(scorers=scorers, gates=gates), cases))

    source, target = ({name: score.mean for name, score in one.scores.items()} for one in made.contenders)
    lines = RunFiles(using.artifacts, RUN).read_text("cases.jsonl").splitlines()
    first = {line["id"]: line for line in map(json.loads, lines)}["case-1"]["contenders"]["target-1-original"][0]
    assert made.verdict == "hold"
    assert source == {"good": 1.0, "calls": 1.0, "fast": 1.0, "passes": 1.0}
    assert target == pytest.approx({"good": 0.75, "calls": 0.75, "fast": 0.75, "passes": 0.25})
    assert first["scores"]["good"]["reason"] == "the weighted mean of calls 0.5, fast 1 is 0.6667"
    assert first["scores"]["calls"]["reason"].endswith("“city” is “Paris” instead of “Rome”")


def test_repeats_are_averaged_within_a_case_and_their_agreement_is_told() -> None:
    using = models(wrong_when(lambda question: question.repeat == 1))

    made = finished(using, upload(using, declaration(repeats=2), [case(number) for number in range(30)]))

    source = made.contenders[0]
    assert source.answers.asked == 60
    assert source.scores["right"].mean == pytest.approx(0.5)
    assert source.scores["right"].n == 30
    assert source.self_agreement == {"right": 0.0}


def test_segments_are_reported_on_their_own() -> None:
    using = models(wrong_when(lambda question: question.case.segment == "de"))
    cases = [case(number, segment="de" if number % 2 else "en") for number in range(40)]

    made = finished(using, upload(using, declaration(), cases))

    segments = made.contenders[0].segments
    assert segments["de"]["right"].mean == 0.0
    assert segments["en"]["right"].mean == 1.0


def test_another_run_of_the_same_workload_pays_for_nothing() -> None:
    using = models(answered)
    request = upload(using, declaration(), [case(number) for number in range(25)])
    evaluated(using, request)
    paid = len(using.models.asked)

    made = finished(using, request.model_copy(update={"run_id": "run-2"}))

    assert paid == 50
    assert len(using.models.asked) == paid
    assert made.spend.cached == 50
    assert made.spend.calls == 0
    assert made.spend.usd == 0.0
    assert made.contenders[0].latency_ms is None


def test_a_run_that_goes_on_pays_for_nothing_twice_and_reports_the_same() -> None:
    using = models(answered)
    request = upload(using, declaration(), [case(number) for number in range(25)])
    first = finished(using, request)
    paid = len(using.models.asked)

    second = finished(using, request)

    assert len(using.models.asked) == paid
    assert (first.spend.cached, second.spend.cached) == (0, 50)
    assert second.model_copy(update={"spend": first.spend}) == first


def test_nothing_of_redacted_personal_data_is_in_the_run_and_scoring_still_works() -> None:
    using = models(lambda question: answered(question, question.prompt.messages[0].content.split()[-1]))
    cases = [
        {
            "id": f"jane{number}@mail.org",
            "input": {"question": f"Repeat the address: jane{number}@mail.org"},
            "reference": f"Jane{number}@mail.org",
            "cluster": "card 4111111111111111",
        }
        for number in range(20)
    ]
    declared = declaration(limits={"personal_data": "redact"}, scorers=[{"name": "right", "type": "exact"}])

    made = finished(using, upload(using, declared, cases))

    ours = {key: data for key, data in using.artifacts.files.items() if key.startswith(f"runs/{RUN}/")}
    assert [key for key, data in ours.items() if b"mail.org" in data or b"41111" in data] == []
    assert all("[E-MAIL-A]" in question.prompt.messages[0].content for question in using.models.asked)
    assert made.contenders[1].scores["right"].mean == 1.0
    assert [(one.kind, one.cases, one.found, one.redacted) for one in made.provenance.personal_data] == [
        ("e-mail address", 20, 20, 60),
        ("payment card", 0, 0, 20),
    ]


def test_another_run_of_redacted_cases_pays_for_nothing() -> None:
    using = models(answered)
    cases = [case(number, input={"question": f"Is it jane{number}@mail.org, {number}?"}) for number in range(25)]
    request = upload(using, declaration(limits={"personal_data": "redact"}), cases)
    evaluated(using, request)

    made = finished(using, request.model_copy(update={"run_id": "run-2"}))

    assert made.spend.cached == 50


def test_a_fresh_run_asks_again() -> None:
    using = models(answered)
    request = upload(using, declaration(), [case(number) for number in range(25)])
    evaluated(using, request)

    made = finished(using, request.model_copy(update={"run_id": "run-2", "fresh": True}))

    assert len(using.models.asked) == 100
    assert made.spend.cached == 0


def test_a_run_that_reaches_its_cap_is_inconclusive_with_what_it_has() -> None:
    cap = Decimal("0.0002")
    using = models(answered)
    request = upload(using, declaration(limits={"budget_usd": float(cap)}), [case(number) for number in range(60)])

    made = finished(using, request)

    assert made.verdict == "inconclusive"
    assert made.spend.usd is not None
    assert 0 < made.spend.usd <= cap
    assert using.purse.balance(RUN).committed <= cap
    assert sum(contender.answers.unasked for contender in made.contenders) > 0
    assert "the money of the run was used up" in made.reasons[0]


def test_a_contender_that_may_not_be_asked_is_stopped_and_the_others_go_on() -> None:
    def reply(question: Question) -> Answer:
        if question.model == "amazon.nova-lite-v1:0":
            raise ModelAccessError("amazon.nova-lite-v1:0: access denied")
        return answered(question)

    using = models(reply)
    targets = [{"model": "amazon.nova-lite-v1:0"}, {"model": "amazon.nova-micro-v1:0"}]

    made = finished(using, upload(using, declaration(targets=targets), [case(number) for number in range(120)]))

    refused, able = made.contenders[1], made.contenders[2]
    assert (refused.verdict, able.verdict) == ("inconclusive", "migrate")
    assert "access denied" in made.reasons[0]
    assert sum(question.model == "amazon.nova-lite-v1:0" for question in using.models.asked) <= 16


def test_a_simulators_answers_are_not_taken_for_a_models() -> None:
    using = models(answered)
    request = upload(using, declaration(), [case(1), case(2)])
    evaluated(using, request)
    paid = len(using.models.asked)

    using.realm = "another"
    evaluated(using, request)

    assert len(using.models.asked) == 2 * paid


def test_models_that_both_fail_are_no_reason_to_migrate() -> None:
    def reply(question: Question) -> Answer:
        if int(question.case.id[5:]) == 1 and question.model == SOURCE:
            return answered(question)
        raise ModelRefusesRequestError("the prompt is too long")

    using = models(reply)

    made = finished(using, upload(using, declaration(), [case(number) for number in range(60)]))

    assert made.verdict == "inconclusive"


def throttled(_: Question) -> Answer:
    raise ModelThrottledError("slow down", retry_after_s=3600.0)


def sharded(using: MemoryDependencies) -> ShardRef:
    prepare.run(upload(using, declaration(), [case(1), case(2)]), using)
    improved = translate.run(TranslateRequest(run_id=RUN, target=0), using)
    shard.run(ShardRequest(run_id=RUN, improved=[improved]), using)
    return ShardRef(run_id=RUN, contender="source", block=0, in_flight=2)


def test_a_worker_without_an_answer_leaves_the_rest_to_the_next_invocation() -> None:
    using = models(throttled)

    result = answer.run(sharded(using), using, lambda: 32.0)

    assert not result.finished
    assert using.purse.balance(RUN).reserved == 0


def test_a_day_of_refusals_is_given_up() -> None:
    using = models(throttled)
    waiting = sharded(using).model_copy(update={"waited_s": worker.THROTTLED_FOR_S})

    with pytest.raises(ModelThrottledError):
        answer.run(waiting, using, lambda: 32.0)


def test_a_shard_without_scores_stops_the_decision() -> None:
    using = models(answered)
    shards = evaluated(using, upload(using, declaration(), [case(number) for number in range(120)]))
    del using.artifacts.files[f"runs/{RUN}/scores/{shards[-1].contender}/{shards[-1].block:06d}.jsonl"]

    with pytest.raises(IncompleteEvaluationError):
        decide.run(RunRequest(run_id=RUN), using)


def test_scores_of_other_cases_stop_the_decision() -> None:
    using = models(answered)
    evaluated(using, upload(using, declaration(), [case(number) for number in range(60)]))
    key = f"runs/{RUN}/scores/source/000000.jsonl"
    using.artifacts.files[key] = using.artifacts.files[key].replace(b"case-3", b"case-x", 1)

    with pytest.raises(IncompleteEvaluationError):
        decide.run(RunRequest(run_id=RUN), using)


def test_a_refused_run_asks_nothing_and_still_reports_why() -> None:
    using = MemoryDependencies(catalogue=catalogue(facts(SOURCE)))
    prepare.run(upload(using, declaration(), [case(1), case(2)]), using)

    verdict = decide.run(RunRequest(run_id=RUN), using).verdict
    report.run(RunRequest(run_id=RUN), using)
    announce.run(RunRequest(run_id=RUN), using)

    made = from_json(RunFiles(using.artifacts, RUN).read_text("report.json"))
    assert verdict == made.verdict == "refused"
    assert TARGET in made.reasons[0]
    assert not using.models.asked
    assert RunFiles(using.artifacts, RUN).has("report.html")


def test_shards_interleave_the_contenders_and_cover_every_case_once() -> None:
    using = models(answered)
    prepare.run(upload(using, declaration(), [case(number) for number in range(170)]), using)
    improved = TranslateResult(contenders=translate.run(TranslateRequest(run_id=RUN, target=0), using).contenders)

    result = shard.run(ShardRequest(run_id=RUN, improved=[improved]), using)

    files = RunFiles(using.artifacts, RUN)
    shards = [ShardRef.model_validate(one) for one in json.loads(using.artifacts.read(result.key))]
    cases = [one.id for block in range(4) for one in files.block(block)]
    assert [each.contender for each in shards[:4]] == ["source", "target-1-original"] * 2
    assert sorted(cases) == sorted(f"case-{number}" for number in range(170))
    assert result.shards == 8


def test_cases_jsonl_holds_every_case_with_every_contender() -> None:
    using = models(answered)

    finished(using, upload(using, declaration(), [case(number) for number in range(55)]))

    lines = [json.loads(line) for line in RunFiles(using.artifacts, RUN).read_text("cases.jsonl").splitlines()]
    assert len(lines) == 55
    assert set(lines[0]["contenders"]) == {"source", "target-1-original"}
    assert lines[0]["contenders"]["source"][0]["scores"]["right"]["value"] == 1.0
    assert lines[0]["contenders"]["source"][0]["usage"]["input_tokens"] == 10
