"""Chains in a run: each step paid once, and one answer, one score and one sum of money for each case."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from brainswap.client.versions import read_version
from brainswap.contracts import PrepareRequest, ShardRef, ShardRequest
from brainswap.core.answers import Answer, AnswerStatus
from brainswap.core.errors import ModelAccessError, ModelRefusesRequestError
from brainswap.handlers import answer, prepare, score, shard, translate
from brainswap.ports import Question
from brainswap.report.model import Report
from brainswap.rollout.beginning import begin
from brainswap.rollout.contracts import RolloutRequest
from brainswap.run_files import RunFiles
from tests.fakes.chains import steps
from tests.fakes.memory import MemoryDependencies, answered
from tests.fakes.runs import RUN, declaration, upload
from tests.fakes.states import evaluated
from tests.handlers.test_the_way_of_a_run import finished, models


def case(number: int, **changes: Any) -> dict[str, Any]:
    return {"id": f"case-{number}", "input": {"ticket": f"Ticket {number}."}, "reference": "yes", **changes}


def chain(*changes: tuple[int, dict[str, Any]], **keys: Any) -> dict[str, Any]:
    return declaration(prompt={"steps": steps(*changes)}, **keys)


def step_of(question: Question) -> str:
    words = question.prompt.messages[-1].content
    return "classify" if words.startswith("Sort") else "check" if words.startswith("Does") else "draft"


def talking(question: Question) -> Answer:
    said = {"classify": '{"label": "cards"}', "draft": f"We see to it: {question.case.id}", "check": "yes"}
    return answered(question, said[step_of(question)])


def asked(using: MemoryDependencies) -> list[str]:
    return [step_of(question) for question in using.models.asked]


def made_of(using: MemoryDependencies, declared: Mapping[str, Any], cases: Sequence[Mapping[str, Any]]) -> Report:
    return finished(using, upload(using, declared, cases))


def answers_of(using: MemoryDependencies, contender: str = "source") -> list[Answer]:
    return list(RunFiles(using.artifacts, RUN).answers(contender, 0))


def test_every_case_goes_through_all_steps_of_each_contender() -> None:
    using = models(talking)

    made = made_of(using, chain(), [case(number) for number in range(20)])

    assert [asked(using).count(name) for name in ("classify", "draft", "check")] == [40, 40, 40]
    assert [each.answers.answered for each in made.contenders] == [20, 20]
    assert [each.scores["right"].mean for each in made.contenders] == [1.0, 1.0]
    assert made.spend.calls == 120
    first = answers_of(using)[0]
    assert [one.text for one in first.steps] == ['{"label": "cards"}', "We see to it: case-0", "yes"]
    assert (first.latency_ms, first.first_token_ms) == (300.0, 240.0)


def test_each_step_is_asked_in_its_own_way() -> None:
    using = models(talking)

    made_of(using, chain(), [case(0)])

    limits = {step_of(question): question.settings.max_tokens for question in using.models.asked}
    names = {step_of(question): question.labels["step"] for question in using.models.asked}
    assert limits == {"classify": 20, "draft": 10, "check": 5}
    assert names == {"classify": "classify", "draft": "draft", "check": "check"}


def test_equal_questions_of_a_step_are_asked_once() -> None:
    using = models(talking)
    cases = [case(number, input={"ticket": "The same."}) for number in range(8)]

    made_of(using, chain(), cases)

    assert asked(using).count("classify") == 2
    assert {one.status for one in answers_of(using)} == {AnswerStatus.ANSWERED}


def test_a_later_step_that_changed_does_not_have_those_before_it_asked_again() -> None:
    using = models(talking)
    cases = [case(number) for number in range(6)]
    made_of(using, chain(), cases)
    before = len(using.models.asked)

    changed = chain((2, {"user": "Does it? {{ticket}} {{steps.draft}} {{steps.classify}}"}))
    made = finished(using, upload(using, changed, cases).model_copy(update={"run_id": "run-2"}))

    assert asked(using)[before:] == ["check"] * 12
    assert made.spend.calls == 12
    assert made.contenders[0].answers.cached == 6
    assert made.contenders[0].latency_ms is None


@pytest.mark.parametrize("repeated", [False, True])
def test_what_several_cases_and_contenders_ask_alike_is_paid_once(*, repeated: bool) -> None:
    using = models(talking)
    cases = [case(number, **({"input": {"ticket": "The same."}} if repeated else {})) for number in range(120)]
    declared = chain((0, {"user": "Sort: You are kind.\n\nIt is {{ticket}}"}), improve={"methods": ["translate"]})

    made = made_of(using, declared, cases)

    spent = using.purse.balance(RUN)
    assert made.spend.usd == pytest.approx(float(sum(spent.spent.values())))
    assert made.spend.calls == len(using.models.asked)


def test_a_step_that_refuses_ends_the_case_and_is_told() -> None:
    def refusing(question: Question) -> Answer:
        if step_of(question) == "draft" and question.case.id == "case-3":
            return replace(answered(question, "No."), status=AnswerStatus.REFUSED, reason="it refused")
        return talking(question)

    using = models(refusing)

    made = made_of(using, chain(), [case(number) for number in range(10)])

    source = made.contenders[0]
    assert (source.answers.refused, source.answers.answered) == (1, 9)
    assert source.scores["right"].mean == pytest.approx(0.9)
    assert asked(using).count("check") == 18
    assert answers_of(using)[3].reason == "step `draft`: it refused"
    assert source.latency_ms is not None
    assert (source.latency_ms.n, source.latency_ms.p50) == (9, 300.0)


def test_a_scorer_may_look_at_a_step() -> None:
    def unsure(question: Question) -> Answer:
        wrong = step_of(question) == "classify" and question.case.id == "case-1"
        return answered(question, '{"label": "loans"}') if wrong else talking(question)

    using = models(unsure)
    sorting = {"name": "sorted", "type": "exact", "step": "classify", "extract": {"json": "label"}, "reference": "kind"}
    declared = chain(scorers=[{"name": "right", "type": "exact", "reference": "say"}, sorting])

    made = made_of(using, declared, [case(number, reference={"say": "yes", "kind": "cards"}) for number in range(4)])

    scores = made.contenders[0].scores
    assert (scores["right"].mean, scores["sorted"].mean) == (1.0, 0.75)


def test_the_answers_of_steps_are_told_with_each_case() -> None:
    using = models(talking)

    made_of(using, chain(), [case(0)])

    line = json.loads(using.artifacts.files[f"runs/{RUN}/cases.jsonl"].splitlines()[0])
    told = line["contenders"]["source"][0]
    assert [(one["step"], one["answer"]) for one in told["steps"]] == [
        ("classify", '{"label": "cards"}'),
        ("draft", "We see to it: case-0"),
    ]
    assert told["answer"] == "yes"


def interrupted(using: MemoryDependencies, request: PrepareRequest, after: int) -> ShardRef:
    """One shard of the source, whose first invocation has time for so many calls."""
    prepared = prepare.run(request, using)
    improved = [translate.run(target, using) for target in prepared.targets]
    listed = shard.run(ShardRequest(run_id=request.run_id, improved=improved), using)
    shards = [ShardRef.model_validate(one) for one in json.loads(using.artifacts.read(listed.key))]
    ours = next(one for one in shards if one.contender == "source")
    allowed = len(using.models.asked) + after
    found = answer.run(ours, using, lambda: 900.0 if len(using.models.asked) < allowed else 0.0)
    assert not found.finished
    return ours


@pytest.mark.parametrize("after", [1, 7, 13, 25])
def test_an_interrupted_shard_goes_on_where_it_was_and_pays_nothing_twice(after: int) -> None:
    using = models(talking)
    ours = interrupted(using, upload(using, chain(), [case(number) for number in range(10)]), after)

    while not answer.run(ours, using, lambda: 900.0).finished:
        pass
    score.run(ours, using)

    assert [asked(using).count(name) for name in ("classify", "draft", "check")] == [10, 10, 10]
    assert {one.status for one in answers_of(using)} == {AnswerStatus.ANSWERED}


def test_a_model_that_is_taken_away_between_steps_is_asked_no_more() -> None:
    def withdrawn(question: Question) -> Answer:
        if step_of(question) == "draft":
            raise ModelAccessError("no access any more")
        return talking(question)

    using = models(withdrawn)

    evaluated(using, upload(using, chain(), [case(number) for number in range(10)]))

    found = answers_of(using)
    assert {one.status for one in found} <= {AnswerStatus.FAILED, AnswerStatus.UNASKED}
    assert all("step `draft`" in str(one.reason) for one in found)
    assert asked(using).count("check") == 0


def test_one_request_that_is_refused_ends_its_own_case_alone() -> None:
    def refusing(question: Question) -> Answer:
        if step_of(question) == "check" and question.case.id == "case-2":
            raise ModelRefusesRequestError("too long")
        return talking(question)

    using = models(refusing)

    evaluated(using, upload(using, chain(), [case(number) for number in range(6)]))

    found = answers_of(using)
    assert [one.status for one in found].count(AnswerStatus.FAILED) == 1
    assert found[2].reason == "step `check`: too long"
    assert found[2].steps[0].usage is not None


def test_a_chain_never_spends_over_the_cap_and_every_step_that_was_paid_is_counted() -> None:
    cap = Decimal("0.0007")
    using = models(talking)
    declared = chain(limits={"budget_usd": float(cap)})

    made = made_of(using, declared, [case(number) for number in range(60)])

    assert made.verdict == "inconclusive"
    assert made.spend.usd is not None
    assert 0 < made.spend.usd <= cap
    assert using.purse.balance(RUN).committed <= cap
    assert made.spend.usd == pytest.approx(float(sum(using.purse.balance(RUN).spent.values())))
    assert made.spend.calls == len(using.models.asked)
    assert any(one.status is AnswerStatus.UNASKED and one.steps for one in answers_of(using))


def test_a_roll_out_of_a_chain_hands_applications_every_step() -> None:
    using = models(talking)
    declared = chain(rollout={"steps": [10, 100]})
    made = made_of(using, declared, [case(number) for number in range(120)])

    place = begin(RolloutRequest(run_id=RUN, workload=declared["name"]), using)

    assert (made.verdict, place.next) == ("migrate", "step")
    (flag,) = json.loads(using.routes.told(declared["name"]) or "")["values"].values()
    data = using.artifacts.files[flag["target_key"]]
    version = read_version(data, hashlib.sha256(data).hexdigest())
    ((role, text),) = version.at("draft").messages
    assert (role, version.at(None).name) == ("user", "check")
    assert text.render({"steps.classify.label": "cards", "ticket": "x"}) == "Answer the ticket, of the kind cards: x"
