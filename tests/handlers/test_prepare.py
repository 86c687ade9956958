"""State Prepare."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from brainswap.contracts import FrozenRun
from brainswap.core.cases import Split
from brainswap.core.errors import InvalidWorkloadError, ModelUnavailableError
from brainswap.core.personal_data.counting import KindCount
from brainswap.core.personal_data.kinds import Kind
from brainswap.core.preflight import ModelFacts
from brainswap.core.quotas import Quota
from brainswap.handlers.prepare import run
from brainswap.run_files import RunFiles
from tests.fakes.catalogues import catalogue, facts
from tests.fakes.known import FixedQuotas, FixedTerms
from tests.fakes.memory import MemoryDependencies
from tests.fakes.runs import RUN, case, declaration, upload

SOURCE = "anthropic.claude-3-haiku-20240307-v1:0"
TARGET = "amazon.nova-lite-v1:0"
BOTH = catalogue(facts(SOURCE), facts(TARGET))


def prepared(using: MemoryDependencies, **changes: Any) -> dict[str, str]:
    """Prepare a changed workload; return the status of each check."""
    run(upload(using, declaration(**changes), [case(number) for number in range(40)]), using)
    return {check.check: check.status for check in RunFiles(using.artifacts, RUN).run().checks}


def test_a_workload_is_frozen_with_its_prompt_prices_and_hashes() -> None:
    using = MemoryDependencies(catalogue=BOTH)

    result = run(upload(using, declaration(), [case(number) for number in range(40)]), using)

    frozen = RunFiles(using.artifacts, RUN).run()
    assert not result.refused
    assert [one.target for one in result.targets] == [0]
    assert frozen.splits == {"train": 0, "validation": 0, "test": 40}
    assert frozen.prompt.messages[0].content == "Answer yes or no: {{question}}"
    assert all(frozen.prices.values())
    assert len({frozen.workload_sha256, frozen.cases_sha256, frozen.gates_sha256}) == 3
    assert using.ledger.runs[RUN]["status"] == "running"


def test_the_hash_of_the_gates_changes_with_a_margin_and_with_nothing_else() -> None:
    def frozen_hash(**changes: Any) -> str:
        using = MemoryDependencies(catalogue=BOTH)
        prepared(using, **changes)
        return RunFiles(using.artifacts, RUN).run().gates_sha256

    usual = frozen_hash()

    assert frozen_hash(description="something else") == usual
    assert frozen_hash(gates=[{"scorer": "right", "rule": "not_worse", "margin": 0.11}]) != usual


def test_every_case_is_frozen_with_a_split_and_critical_ones_are_judged() -> None:
    using = MemoryDependencies(catalogue=BOTH)
    cases = [case(number, critical=number % 2 == 0) for number in range(60)]
    splits = {"train": 0.5, "validation": 0.4, "test": 0.1, "seed": 3}

    run(upload(using, declaration(splits=splits), cases), using)

    files = RunFiles(using.artifacts, RUN)
    frozen = list(files.cases())
    assert len(frozen) == 60
    assert all(one.split == "test" for one in frozen if one.critical)
    assert sum(files.run().splits.values()) == 60


def test_near_duplicates_are_frozen_in_one_split_and_counted() -> None:
    using = MemoryDependencies(catalogue=BOTH)
    asked = [f"Is the {colour} {thing} ready?" for colour in ("red", "blue") for thing in ("car", "bus", "van", "bike")]
    cases = [case(number, input={"question": f"{asked[number // 3]} {number}"}) for number in range(24)]
    splits = {"train": 0.3, "validation": 0.3, "test": 0.4, "seed": 3}

    run(upload(using, declaration(splits=splits), cases), using)

    files = RunFiles(using.artifacts, RUN)
    found = [one.split for one in files.cases()]
    counted = files.run().near_duplicates
    assert all(len(set(found[start : start + 3])) == 1 for start in range(0, 24, 3))
    assert len(set(found)) == 3
    assert counted is not None
    assert (counted.cases, counted.groups, counted.apart) == (24, 8, 0)
    assert files.run().splits == {name: found.count(name) for name in Split}


def test_an_invalid_workload_stops_the_run() -> None:
    using = MemoryDependencies()
    request = upload(using, declaration(prompt={"user": "{{missing}}"}), [case(1)])

    with pytest.raises(InvalidWorkloadError, match="missing"):
        run(request, using)


def test_a_model_outside_the_catalogue_refuses_the_run() -> None:
    using = MemoryDependencies(catalogue=catalogue(facts(SOURCE)))

    statuses = prepared(using)

    assert statuses[f"access to {TARGET}"] == "refused"
    assert RunFiles(using.artifacts, RUN).run().refused


def test_a_model_that_the_account_may_not_call_refuses_the_run() -> None:
    closed = facts(TARGET, unavailable_because="agreement is NOT_AVAILABLE")
    using = MemoryDependencies(catalogue=catalogue(facts(SOURCE), closed))

    assert prepared(using)[f"access to {TARGET}"] == "refused"


def test_a_profile_that_routes_outside_the_allowed_regions_refuses_the_run() -> None:
    wide = facts(TARGET, regions=("us-east-1", "eu-west-1"))
    using = MemoryDependencies(catalogue=catalogue(facts(SOURCE), wide))

    statuses = prepared(using, limits={"regions": ["us-*"]})

    assert statuses[f"residency of {TARGET}"] == "refused"
    assert statuses[f"residency of {SOURCE}"] == "passed"


def prepared_from_recordings(using: MemoryDependencies, **changes: Any) -> dict[str, str]:
    """The same, of a workload whose target is not asked."""
    declared = declaration(targets=[{"model": TARGET, "answers": "recorded", "recorded": "then"}], **changes)
    cases = [case(number, recorded={"then": {"output": "yes"}}) for number in range(40)]
    run(upload(using, declared, cases), using)
    return {check.check: check.status for check in RunFiles(using.artifacts, RUN).run().checks}


def test_a_target_with_recorded_answers_is_held_to_the_limits_because_traffic_will_go_to_it() -> None:
    wide = facts(TARGET, regions=("us-east-1", "eu-west-1"))
    using = MemoryDependencies(catalogue=catalogue(facts(SOURCE), wide), terms=FixedTerms("provider_data_share"))
    limits = {"regions": ["us-*"], "providers": ["anthropic"], "data_sharing": "refuse"}

    statuses = prepared_from_recordings(using, limits=limits)

    assert {statuses[f"{of} {TARGET}"] for of in ("residency of", "provider of", "data sharing of")} == {"refused"}
    assert RunFiles(using.artifacts, RUN).run().refused


def test_a_target_with_recorded_answers_that_nobody_knows_is_measured_and_nothing_is_said_to_be_well() -> None:
    using = MemoryDependencies(catalogue=catalogue(facts(SOURCE)))

    statuses = prepared_from_recordings(using, limits={"regions": ["us-*"]})

    assert statuses[f"residency of {TARGET}"] == "not_made"
    assert not RunFiles(using.artifacts, RUN).run().refused


def test_without_limits_nothing_is_asked_about_a_target_with_recorded_answers() -> None:
    statuses = prepared_from_recordings(MemoryDependencies(catalogue=catalogue(facts(SOURCE))))

    assert [name for name in statuses if TARGET in name] == []


def test_a_model_near_its_end_of_life_is_warned_about_and_still_measured() -> None:
    leaving = facts(SOURCE, end_of_life=datetime(2026, 12, 1, tzinfo=UTC))
    using = MemoryDependencies(catalogue=catalogue(leaving, facts(TARGET)))

    assert prepared(using)[f"lifecycle of {SOURCE}"] == "warning"


class SilentCatalogue:
    """Does not answer."""

    def facts(self, model_id: str) -> ModelFacts | None:
        raise ModelUnavailableError(model_id)


@pytest.mark.parametrize(("limits", "residency"), [({}, None), ({"regions": ["us-*"]}, "refused")])
def test_a_silent_catalogue_refuses_only_what_the_limits_depend_on(
    limits: dict[str, Any], residency: str | None
) -> None:
    using = MemoryDependencies()
    silent: Any = SilentCatalogue()
    using.catalogue = silent

    statuses = prepared(using, limits=limits)

    assert statuses[f"access to {TARGET}"] == "not_made"
    assert statuses.get(f"residency of {TARGET}") == residency


@pytest.mark.parametrize(
    ("policy", "question", "status"),
    [
        ("refuse", "Is jane.doe@mail.org right?", "refused"),
        ("refuse", "Is jane.doe@example.org right?", "passed"),
        ("refuse", "Is 4111 1111 1111 1111 right?", "refused"),
        ("refuse", "Is 4111 1111 1111 1112 right?", "passed"),
        ("refuse", "Is GB82 WEST 1234 5698 7654 32 right?", "refused"),
        ("allow", "Is jane.doe@mail.org right?", "passed"),
        ("redact", "Is it right?", "passed"),
        ("redact", "Is jane.doe@mail.org right?", "passed"),
    ],
)
def test_personal_data_is_handled_as_the_workload_says(policy: str, question: str, status: str) -> None:
    using = MemoryDependencies(catalogue=BOTH)
    cases = [case(1), {**case(2), "input": {"question": question}}]

    run(upload(using, declaration(limits={"personal_data": policy}), cases), using)

    checks = {check.check: check.status for check in RunFiles(using.artifacts, RUN).run().checks}
    assert checks["personal data"] == status


def test_redacted_cases_are_frozen_with_tokens_and_counted_and_the_hash_is_that_of_what_the_user_gave() -> None:
    def frozen(policy: str) -> tuple[FrozenRun, bytes]:
        using = MemoryDependencies(catalogue=BOTH)
        asked = {"question": "Is it jane.doe@mail.org or 4111111111111111? jane.doe@mail.org!"}
        cases = [case(1), {**case(2), "input": asked, "reference": "jane.doe@mail.org"}]
        run(upload(using, declaration(limits={"personal_data": policy}), cases), using)
        files = RunFiles(using.artifacts, RUN)
        return files.run(), b"".join(using.artifacts.lines(files.key("workload/cases.jsonl")))

    (allowed, original), (redacted, cases) = frozen("allow"), frozen("redact")

    assert redacted.cases_sha256 == allowed.cases_sha256
    assert b"jane.doe" in original
    assert b"jane.doe" not in cases
    assert b"4111" not in cases
    assert redacted.personal_data[Kind.EMAIL] == KindCount(cases=1, found=2, redacted=3)
    assert redacted.personal_data[Kind.CARD] == KindCount(cases=1, found=1, redacted=1)
    assert allowed.personal_data[Kind.EMAIL] == KindCount(cases=1, found=2, redacted=0)
    (check,) = [check for check in redacted.checks if check.check == "personal data"]
    assert "e-mail address in 1 case (2 values)" in check.detail
    assert "in references, recordings and names: e-mail address (1 value)" in check.detail


def test_a_case_stays_in_its_split_when_its_name_is_redacted() -> None:
    def test_cases(policy: str) -> list[str]:
        using = MemoryDependencies(catalogue=BOTH)
        cases = [{**case(number), "id": f"jane{number}@mail.org"} for number in range(30)]
        declared = declaration(
            limits={"personal_data": policy}, splits={"train": 0.3, "validation": 0.3, "test": 0.4, "seed": 1}
        )
        run(upload(using, declared, cases), using)
        return [one.input["question"] for one in RunFiles(using.artifacts, RUN).cases() if one.split == "test"]

    assert test_cases("redact") == test_cases("allow")


def test_references_that_a_scorer_cannot_use_once_they_are_redacted_are_warned_about() -> None:
    using = MemoryDependencies(catalogue=BOTH)
    declared = declaration(
        limits={"personal_data": "redact"},
        scorers=[{"name": "right", "type": "number"}],
    )

    run(upload(using, declared, [case(1, "12"), case(2, "4111111111111111")]), using)

    (warning,) = RunFiles(using.artifacts, RUN).run().warnings
    assert "`right` cannot use the reference of 1 case" in warning


@pytest.mark.parametrize(("budget", "status"), [(100.0, "passed"), (0.0, "refused")])
def test_a_forecast_above_the_budget_refuses_the_run(budget: float, status: str) -> None:
    using = MemoryDependencies(catalogue=BOTH)

    assert prepared(using, limits={"budget_usd": budget})["budget"] == status


def test_recorded_answers_need_no_catalogue() -> None:
    using = MemoryDependencies()
    recorded: Callable[[str], dict[str, Any]] = lambda model: {  # noqa: E731 - a shorthand of two lines
        "model": model,
        "answers": "recorded",
        "recorded": "old",
    }
    cases = [case(number, recorded={"old": {"output": "yes"}}) for number in range(5)]

    run(upload(using, declaration(source=recorded(SOURCE), targets=[recorded(TARGET)]), cases), using)

    frozen = RunFiles(using.artifacts, RUN).run()
    assert [check.check for check in frozen.checks] == ["personal data"]
    assert frozen.forecast.calls == 0


def test_a_model_of_another_provider_than_the_list_has_refuses_the_run_in_words() -> None:
    using = MemoryDependencies(catalogue=BOTH)

    checks = prepared(using, limits={"providers": ["amazon"]})

    assert (checks[f"provider of {SOURCE}"], checks[f"provider of {TARGET}"]) == ("refused", "passed")
    assert RunFiles(using.artifacts, RUN).run().refused


@pytest.mark.parametrize(
    ("mode", "declared", "status"),
    [
        ("provider_data_share", "refuse", "refused"),
        ("provider_data_share", {"accepted_by": "Ada"}, "passed"),
        (ModelUnavailableError("no"), "refuse", "refused"),
        (ModelUnavailableError("no"), None, "not_made"),
    ],
)
def test_what_the_account_shares_is_looked_at_before_anything_is_sent(
    mode: str | Exception, declared: Any, status: str
) -> None:
    using = MemoryDependencies(catalogue=BOTH, terms=FixedTerms(mode=mode))

    checks = prepared(using, limits={"data_sharing": declared})

    assert {checks[f"data sharing of {model}"] for model in (SOURCE, TARGET)} == {status}


def test_the_targets_of_a_request_are_measured_in_the_place_of_the_declared_ones() -> None:
    using = MemoryDependencies(catalogue=catalogue(facts(SOURCE), facts("amazon.nova-pro-v1:0")))
    request = upload(using, declaration(), [case(number) for number in range(40)])

    run(request.model_copy(update={"targets": ("amazon.nova-pro-v1:0",), "because": "it was released"}), using)

    frozen = RunFiles(using.artifacts, RUN).run()
    assert [target.model for target in frozen.workload.targets] == ["amazon.nova-pro-v1:0"]
    assert using.ledger.runs[RUN]["because"] == "it was released"


NOTHING = Quota(tokens_per_minute=0, named="On-demand model inference tokens per minute for Amazon Nova Lite")


def test_a_model_of_which_the_account_was_given_no_tokens_refuses_the_run_and_says_what_to_do() -> None:
    using = MemoryDependencies(catalogue=BOTH, quotas=FixedQuotas(known={TARGET: NOTHING}))

    checks = prepared(using)

    frozen = RunFiles(using.artifacts, RUN).run()
    (refused,) = [check for check in frozen.checks if check.status == "refused"]
    assert (refused.check, checks[f"access to {TARGET}"]) == (f"quota of {TARGET}", "passed")
    assert NOTHING.named in refused.detail
    assert "Service Quotas" in refused.detail
    assert frozen.quotas == {TARGET: 0}
    assert frozen.forecast.minutes.expected > 0


def test_what_is_not_known_of_a_quota_is_neither_nothing_nor_enough() -> None:
    unknown = Quota(unknown_because="Service Quotas did not answer")
    enough = Quota(tokens_per_minute=50_000, named="tokens per minute for Claude 3 Haiku")
    using = MemoryDependencies(catalogue=BOTH, quotas=FixedQuotas(known={TARGET: unknown, SOURCE: enough}))

    checks = prepared(using)

    frozen = RunFiles(using.artifacts, RUN).run()
    assert (checks[f"quota of {TARGET}"], checks[f"quota of {SOURCE}"]) == ("not_made", "passed")
    assert frozen.quotas == {SOURCE: 50_000}
    assert not frozen.refused


def test_a_quota_of_nothing_is_a_warning_where_models_are_asked_in_batches_alone() -> None:
    using = MemoryDependencies(catalogue=BOTH, quotas=FixedQuotas(known={TARGET: NOTHING}))
    using.batch_jobs = object()  # type: ignore[assignment]  # never asked for anything
    lined_up = upload(using, declaration(inference="batch"), [case(number) for number in range(120)])

    run(lined_up, using)

    frozen = RunFiles(using.artifacts, RUN).run()
    assert frozen.inference == "batch"
    assert {check.check: check.status for check in frozen.checks}[f"quota of {TARGET}"] == "warning"
