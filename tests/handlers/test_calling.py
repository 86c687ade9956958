"""What state Judge does for scorers that call something besides a chat model."""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from brainswap.contracts import ShardRef
from brainswap.core.answers import Answer, Origin, Usage
from brainswap.core.calling.embedding_models import packed
from brainswap.core.errors import ModelAccessError, ModelRefusesRequestError, ModelUnavailableError
from brainswap.handlers import judge, prepare
from brainswap.ports import Question
from brainswap.report.model import Report
from brainswap.run_files import RunFiles
from tests.fakes.catalogues import catalogue, facts
from tests.fakes.functions import DRAFT, FUNCTION
from tests.fakes.memory import MemoryDependencies, ScriptedModels, answered
from tests.fakes.runs import RUN, case, declaration, upload
from tests.fakes.states import evaluate, judge_all, listed_shards, reported, samples, sharded

SOURCE = "anthropic.claude-3-haiku-20240307-v1:0"
TARGET = "amazon.nova-lite-v1:0"
TITAN = "amazon.titan-embed-text-v2:0"
CASES = 6
KNOWN = catalogue(*(facts(model) for model in (SOURCE, TARGET, TITAN)))

ALIKE = {"name": "alike", "type": "similarity", "model": TITAN}
OURS = {"name": "ours", "type": "lambda", "function": FUNCTION, "batch": 4}
SAFE = {"name": "safe", "type": "guardrail", "guardrail": {"id": "gr4a1l", "version": "3"}}
RIGHT = {"name": "right", "type": "exact", "ignore_case": True}

Said = Callable[[Question], Any]


def text_of(question: Question) -> str:
    return question.prompt.messages[-1].content


def scores(question: Question) -> str:
    cases = json.loads(text_of(question))["cases"]
    return json.dumps(
        {
            "schema": "brainswap.score-answer/1",
            "scores": [{"id": one["id"], "score": float(one["answer"] == "yes"), "reason": "so"} for one in cases],
        }
    )


def says(question: Question) -> Answer:
    """The source says yes and the target no; of services, embeddings that differ, scores, and nothing to object to."""
    kind = question.model.partition(":")[0]
    if kind == "embedding":
        vector = {"yes": (1.0, 0.0), "no": (0.0, 1.0)}[text_of(question)]
        return replace(answered(question, packed(vector)), usage=Usage(input_tokens=1_000, output_tokens=0))
    if kind == "lambda":
        return replace(answered(question, scores(question)), usage=None)
    if kind == "guardrail":
        return replace(answered(question, json.dumps({"intervened": False, "found": []})), usage=None)
    return answered(question, "yes" if question.model == SOURCE else "no")


def is_called(question: Question) -> bool:
    return question.model.partition(":")[0] in {"embedding", "lambda", "guardrail"}


def prepared(
    *scorers: Any, said: Said = says, using: MemoryDependencies | None = None, cases: int = CASES, **changes: Any
) -> tuple[MemoryDependencies, list[ShardRef]]:
    """A run up to and with Evaluate."""
    using = using or MemoryDependencies(catalogue=KNOWN, models=ScriptedModels(reply=said))
    declared = declaration(**{"scorers": [*scorers], "gates": [], **changes})
    request = upload(using, declared, [case(each) for each in range(cases)])
    listed = sharded(using, request)
    assert listed.judged
    shards = listed_shards(using, listed)
    evaluate(using, shards)
    return using, shards


def called(using: MemoryDependencies, shards: list[ShardRef]) -> Report:
    judge_all(using, shards)
    return reported(using)


def calls(using: MemoryDependencies) -> list[Question]:
    return [question for question in using.models.asked if is_called(question)]


def test_before_anybody_was_called_only_these_scores_are_missing() -> None:
    using, _ = prepared(RIGHT, ALIKE)

    (first, *_) = samples(using, "source")

    assert first.scores == {"right": 1.0, "alike": None}
    assert first.reasons["alike"] == "not asked for yet"
    assert calls(using) == []


def test_scores_of_all_kinds_are_put_to_the_others_and_sets_are_made_of_them() -> None:
    both = {"name": "both", "type": "set", "members": {"alike": 1, "ours": 3}}
    using, shards = prepared(RIGHT, ALIKE, OURS, SAFE, both)

    found = called(using, shards)

    (first, *_), (other, *_) = samples(using, "source"), samples(using, "target-1-original")
    assert first.scores == {"right": 1.0, "alike": 1.0, "ours": 1.0, "safe": 1.0, "both": 1.0}
    assert other.scores == {"right": 0.0, "alike": 0.0, "ours": 0.0, "safe": 1.0, "both": 0.0}
    assert first.reasons["ours"] == "so"
    assert [contender.scores["ours"].unscored for contender in found.contenders] == [0, 0]


def test_a_text_is_embedded_once_whoever_says_it() -> None:
    using, shards = prepared(ALIKE)

    called(using, shards)

    assert sorted(text_of(question) for question in calls(using)) == ["no", "yes"]


def test_money_for_embeddings_is_counted_under_a_purpose_of_its_own() -> None:
    using, shards = prepared(ALIKE, limits={"budget_usd": 1})

    found = called(using, shards)

    spent = using.purse.balance(RUN).spent["scorers"]
    assert spent == Decimal("0.00004")  # two texts of a thousand tokens, at 0.02 USD a million
    assert found.spend.usd_by_purpose["scorers"] == pytest.approx(float(spent))
    assert using.purse.balance(RUN).reserved == 0


def test_embeddings_that_the_budget_does_not_pay_for_leave_no_score_and_no_verdict() -> None:
    dear = {TITAN: {"input": "800", "output": "0"}}
    using, shards = prepared(ALIKE, cases=2, limits={"budget_usd": "0.05"}, prices=dear)

    found = called(using, shards)

    assert calls(using) == []
    assert found.verdict == "inconclusive"
    assert found.contenders[1].scores["alike"].unscored == 2
    assert samples(using, "source")[0].reasons["alike"] == "the money of the run was used up"


def test_a_shard_without_time_goes_on_where_it_was_and_calls_nobody_twice() -> None:
    using, (first, *_) = prepared(OURS)

    stopped = judge.run(first, using, lambda: 0.0)
    again = judge.run(stopped.shard, using, lambda: 900.0)
    asked = len(calls(using))
    third = judge.run(again.shard, using, lambda: 900.0)

    assert (stopped.finished, again.finished, third.finished) == (False, True, True)
    assert asked == 2  # six cases, four at a time
    assert len(calls(using)) == asked
    judged = RunFiles(using.artifacts, RUN).judged("source", 0).called["ours"]
    assert (judged.calls, judged.cached, judged.failed) == (2, 0, 0)


def test_what_a_numbered_version_said_is_known_to_later_runs() -> None:
    using, shards = prepared(OURS)
    called(using, shards)
    before = len(calls(using))
    using.artifacts.files = {name: file for name, file in using.artifacts.files.items() if not name.startswith("runs/")}

    using, shards = prepared(OURS, using=using)
    for each in shards:
        judge.run(each.model_copy(update={"run_id": RUN}), using, lambda: 900.0)

    assert len(calls(using)) == before


@pytest.mark.parametrize(
    "scorer",
    [
        {**OURS, "function": DRAFT},
        {**OURS, "function": f"{DRAFT}:live"},
        {**SAFE, "guardrail": {"id": "gr4a1l", "version": "DRAFT"}},
    ],
)
def test_what_may_mean_something_else_tomorrow_is_called_again_in_the_next_run(scorer: dict[str, Any]) -> None:
    using, (first, *_) = prepared(scorer)
    judge.run(first, using, lambda: 900.0)
    before = len(calls(using))
    files = using.artifacts.files
    using.artifacts.files = {name.replace(f"runs/{RUN}/", "runs/run-2/"): file for name, file in files.items()}

    judge.run(first.model_copy(update={"run_id": "run-2"}), using, lambda: 900.0)

    assert len(calls(using)) == 2 * before > 0


def test_a_function_that_always_fails_is_given_up_and_its_gate_is_inconclusive() -> None:
    def said(question: Question) -> Answer:
        if is_called(question):
            raise ModelRefusesRequestError(f"{FUNCTION}: the function failed: KeyError: 'table'")
        return says(question)

    gates = [{"scorer": "ours", "rule": "not_worse", "margin": 0.1}]
    using, shards = prepared({**OURS, "batch": 1}, RIGHT, said=said, cases=40, gates=gates)

    found = called(using, shards)

    assert found.verdict == "inconclusive"
    assert len(calls(using)) < 40  # five refusals without an answer, and those that were in flight
    assert all(contender.scores["ours"].mean is None for contender in found.contenders)
    assert all(contender.scores["right"].unscored == 0 for contender in found.contenders)
    assert any("KeyError" in warning for warning in found.provenance.warnings)
    assert "the function failed" in using.ledger.stopped(RUN)["scorer:ours"]


def test_a_case_that_a_function_refuses_once_leaves_the_others_alone() -> None:
    def said(question: Question) -> Answer:
        if is_called(question) and "case-3" in text_of(question):
            raise ModelRefusesRequestError("too odd")
        return says(question)

    using, shards = prepared({**OURS, "batch": 1}, said=said)

    found = called(using, shards)

    assert [contender.scores["ours"].unscored for contender in found.contenders] == [1, 1]
    assert samples(using, "source")[3].reasons["ours"] == "too odd"


def test_a_service_that_nobody_can_reach_for_hours_fails_the_run() -> None:
    using, (first, *_) = prepared(OURS)

    with pytest.raises(ModelUnavailableError):
        _unreachable(using, first.model_copy(update={"waited_s": 7_200}))


def _unreachable(using: MemoryDependencies, request: ShardRef) -> None:
    def gone(question: Question) -> Answer:
        raise ModelUnavailableError(f"{question.model}: nobody there")

    class Gone(ScriptedModels):
        async def warm_up(self, question: Question) -> None:
            gone(question)

    judge.run(request, replace(using, models=Gone(reply=gone)), lambda: 900.0)


def test_a_function_that_may_not_be_called_refuses_the_run_before_it_costs_anything() -> None:
    class Closed(ScriptedModels):
        async def warm_up(self, question: Question) -> None:
            if is_called(question):
                raise ModelAccessError("not allowed")

    using = MemoryDependencies(catalogue=KNOWN, models=Closed(reply=says))
    request = upload(using, declaration(scorers=[OURS], gates=[]), [case(1)])

    refused = prepare.run(request, using).refused
    embedded = prepare.run(request, replace(using, realm="embedded:x")).refused

    (check,) = (one for one in RunFiles(using.artifacts, RUN).run().checks if one.check == "function of ours")
    assert refused
    assert not embedded  # where nobody can be called, the other scorers may still be tried
    assert (check.status, check.detail) == ("warning", "not allowed")
    assert using.models.asked == []


def test_a_model_of_embeddings_is_looked_up_as_any_other() -> None:
    using = MemoryDependencies(catalogue=catalogue(facts(SOURCE), facts(TARGET)), models=ScriptedModels(reply=says))
    request = upload(using, declaration(scorers=[ALIKE], gates=[]), [case(1)])

    result = prepare.run(request, using)

    frozen = RunFiles(using.artifacts, RUN).run()
    assert result.refused
    assert any(check.check == f"access to {TITAN}" and check.status == "refused" for check in frozen.checks)
    assert TITAN not in frozen.profiles  # nobody chats with it to find out what it accepts


def test_personal_data_that_only_a_scorer_would_send_away_is_looked_for() -> None:
    rows: list[Any] = [{**case(1), "input": {"question": "ada@lovelace.org"}, "recorded": {"old": {"output": "yes"}}}]
    models: dict[str, Any] = {"source": {"model": SOURCE, "answers": "recorded", "recorded": "old"}}
    models |= {"targets": [{"model": TARGET, "answers": "recorded", "recorded": "old"}]}
    using = MemoryDependencies(catalogue=KNOWN, models=ScriptedModels(reply=says))
    declared = declaration(scorers=[OURS], gates=[], limits={"personal_data": "refuse"}, **models)

    assert prepare.run(upload(using, declared, rows), using).refused


def test_the_report_says_whom_scorers_called_and_what_is_in_no_figure() -> None:
    using, shards = prepared(ALIKE, OURS, SAFE)

    found = called(using, shards)

    assert found.provenance.called == f"alike: {TITAN}; ours: {FUNCTION}; safe: guardrail gr4a1l, version 3"
    assert found.models == "bedrock"
    assert any("ours, safe cost in the account is in no figure" in warning for warning in found.provenance.warnings)
    assert found.provenance.prices[TITAN] is not None


def test_simulated_embeddings_are_told_and_a_function_is_nobodys_simulation() -> None:
    def said(question: Question) -> Answer:
        simulated = question.model.startswith("embedding:")
        return replace(says(question), origin=Origin.SIMULATED) if simulated else says(question)

    using, shards = prepared(ALIKE, OURS, said=said)

    found = called(using, shards)

    assert found.models == "mixed"
    assert found.spend.notional
    assert [warning for warning in found.provenance.warnings if "SIMULATED" in warning] == [
        f"similarity of alike was SIMULATED, in place of {TITAN}: it says nothing about any answer"
    ]
