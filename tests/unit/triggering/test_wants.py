from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from brainswap.core.declared_triggers import ReleaseTrigger, Triggers
from brainswap.core.models.registry import lines_of
from brainswap.core.registering.registration import InForce
from brainswap.core.triggering.measured import Measured
from brainswap.core.triggering.requests import Want
from brainswap.core.triggering.wants import callable_id, matches, wants
from brainswap.core.watching.listing import Known, KnownPrice
from tests.fakes.listings import leaving, model, profile
from tests.fakes.workloads import NOON, SOURCE, facts, in_force

HAIKU = "anthropic.claude-haiku-9-v1:0"
RELEASED = NOON + timedelta(days=1)
NOW = NOON + timedelta(days=2)
ON_HAIKU = Triggers(releases=(ReleaseTrigger(provider="anthropic", family="haiku"),))


def known(*seen: Any, released: datetime | None = None, **changes: Any) -> dict[str, Known]:
    return {one.id: Known(seen=one, first_seen=NOON, released_at=released, **changes) for one in seen}


def asked(workload: InForce, models: dict[str, Known], *measured: Measured, now: datetime = NOW) -> list[Want]:
    return list(wants(workload, models, measured, now))


def test_a_released_model_of_the_family_is_measured_as_the_only_target() -> None:
    (want,) = asked(in_force(triggers=ON_HAIKU), known(model(HAIKU), released=RELEASED))

    assert (want.cause, want.targets, want.version) == ("release", (HAIKU,), "v1")


@pytest.mark.parametrize(
    ("models", "why"),
    [
        (known(model(HAIKU)), "it was there at the first look"),
        (known(model(HAIKU), released=NOON - timedelta(days=1)), "it is older than the workload"),
        (known(model(HAIKU, status="LEGACY"), released=RELEASED), "it goes already"),
        (known(model(HAIKU, outputs=("EMBEDDING",)), released=RELEASED), "it says nothing in words"),
        (known(model(HAIKU), released=RELEASED, absences=2), "it is gone"),
        (known(model("anthropic.claude-opus-9-v1:0"), released=RELEASED), "it is of another family"),
        (known(model("amazon.haiku-v1:0", provider="Amazon"), released=RELEASED), "it is another provider's"),
        (known(model(HAIKU, on_demand=False), released=RELEASED), "nothing leads to it"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_models_start_nothing(models: dict[str, Known], why: str) -> None:
    assert asked(in_force(triggers=ON_HAIKU), models) == [], why


def test_a_release_of_long_ago_starts_nothing() -> None:
    models = known(model(HAIKU), released=RELEASED)

    assert asked(in_force(triggers=ON_HAIKU), models, now=RELEASED + timedelta(days=61)) == []


def test_a_model_behind_profiles_is_asked_through_the_narrowest_that_is_allowed() -> None:
    models = known(
        model(HAIKU, on_demand=False),
        profile("global.haiku", "", base=HAIKU),
        profile("us.haiku", "us-east-1", "us-west-2", base=HAIKU),
        profile("eu.haiku", "eu-west-1", "eu-west-3", "eu-central-1", base=HAIKU),
        profile("eu.other", "eu-west-1", base="anthropic.other"),
    )

    assert callable_id(models[HAIKU], models, None) == "us.haiku"
    assert callable_id(models[HAIKU], models, ("eu-*",)) == "eu.haiku"
    assert callable_id(models[HAIKU], models, ("eu-*", "us-east-1")) == "eu.haiku"
    assert callable_id(models[HAIKU], models, ("ap-*",)) is None
    assert (
        callable_id(models[HAIKU], {HAIKU: models[HAIKU], "global.haiku": models["global.haiku"]}, ("*",))
        == "global.haiku"
    )


@pytest.mark.parametrize(
    ("family", "model_id"),
    [
        ("haiku", "anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("claude", "us.anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("claude-4.5", "anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("nova", "amazon.nova-lite-v1:0"),
        ("lite", "amazon.nova-lite-v1:0"),
        ("llama", "meta.llama3-1-70b-instruct-v1:0"),
    ],
)
def test_a_family_is_a_word_of_the_name_or_a_family_of_the_registry(family: str, model_id: str) -> None:
    assert family in lines_of(model_id)


def test_a_provider_is_named_by_its_label_or_by_its_name() -> None:
    assert matches(ReleaseTrigger(provider="mistral"), "mistral.large-v9", "Mistral AI")
    assert matches(ReleaseTrigger(provider="Mistral AI"), "mistral.large-v9", "Mistral AI")
    assert not matches(ReleaseTrigger(provider="meta"), "mistral.large-v9", "Mistral AI")


def test_a_source_that_goes_within_the_days_is_measured_against_the_declared_targets() -> None:
    workload = in_force(triggers=Triggers(end_of_life_days=90))
    soon, late = known(leaving(SOURCE, "2027-01-08")), known(leaving(SOURCE, "2027-03-08"))

    (want,) = asked(workload, soon)

    assert (want.cause, want.targets) == ("end_of_life", ())
    assert f"{want.deadline:%Y-%m-%d}" == "2027-01-08"
    assert asked(workload, late) == []
    assert asked(in_force(), soon) == []


def test_the_end_of_the_model_behind_a_profile_counts() -> None:
    workload = in_force(source=f"us.{SOURCE}", triggers=Triggers(end_of_life_days=90))

    assert [want.cause for want in asked(workload, known(leaving(SOURCE, "2027-01-08")))] == ["end_of_life"]


@pytest.mark.parametrize(
    "source",
    ["arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/p1", f"atlantis.{SOURCE}"],
    ids=["made by the account", "of a geography that nobody knows yet"],
)
def test_the_end_of_a_model_counts_whose_profile_does_not_name_it(source: str) -> None:
    workload = in_force(source=source, triggers=Triggers(end_of_life_days=90))
    models = known(leaving(SOURCE, "2027-01-08"), profile(source, "us-east-1", base=SOURCE))

    assert [want.cause for want in asked(workload, models)] == ["end_of_life"]


def test_no_released_model_is_asked_through_a_profile_that_the_account_made() -> None:
    new = model("a.new-v1:0", on_demand=False)
    own = replace(
        profile("arn:aws:bedrock:us-east-1:1:application-inference-profile/p1", base=new.id), kind="application"
    )

    assert callable_id(known(new)[new.id], known(new, own), None) is None


def test_other_cases_are_measured_where_the_workload_asks_for_it() -> None:
    (want,) = asked(in_force(cases_changed=True, triggers=Triggers(dataset=True)), {})

    assert want.cause == "dataset"
    assert asked(in_force(cases_changed=False, triggers=Triggers(dataset=True)), {}) == []
    assert asked(in_force(cases_changed=True), {}) == []


def test_each_time_of_a_schedule_is_another_migration() -> None:
    workload = in_force(triggers=Triggers(schedule="rate(1 day)"))

    (first,) = asked(workload, {}, now=NOON + timedelta(hours=30))
    (same,) = asked(workload, {}, now=NOON + timedelta(hours=47))
    (second,) = asked(workload, {}, now=NOON + timedelta(hours=49))

    assert first.id == same.id != second.id


def measured(**changes: Any) -> Measured:
    given: dict[str, Any] = {
        "workload": "w",
        "version": "v1",
        "targets": (),
        "run_id": "run-1",
        "decided_at": NOON,
        "verdict": "migrate",
        "recommended": None,
        "facts": facts(),
        "prices": {},
        **changes,
    }
    return Measured(**given)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"facts": facts(cases_sha256="c2")}, "the cases changed"),
        ({"facts": facts(prompt_sha256="p2")}, "the prompt changed"),
        ({"facts": facts(scorers_sha256="s2")}, "the scorers changed"),
        ({"facts": facts(gates_sha256="g2")}, "the gates changed"),
        ({"prices": {SOURCE: KnownPrice(input="1", output="2", source="card")}}, f"the price of {SOURCE} changed"),
        ({"decided_at": NOON - timedelta(days=40)}, "it is older than 30 days"),
    ],
)
def test_a_stale_verdict_is_measured_again_where_the_workload_asks_for_it(changes: dict[str, Any], reason: str) -> None:
    price = KnownPrice(input="3", output="2", source="card")
    models = known(model(SOURCE), prices=(price,))
    asking, silent = in_force(triggers=Triggers(stale_after_days=30)), in_force()

    (want,) = asked(asking, models, measured(targets=("x",), **changes))

    assert (want.cause, want.targets, want.again) == ("stale", ("x",), "run-1")
    assert reason in want.why
    assert asked(silent, models, measured(**changes)) == []


@pytest.mark.parametrize(
    ("targets", "models"),
    [
        ((f"us.{SOURCE}",), known(model(SOURCE))),
        ((HAIKU,), known(model(HAIKU, status="LEGACY"))),
        ((f"us.{HAIKU}", SOURCE), known(model(HAIKU), absences=2)),
    ],
    ids=["it is in use by now", "it goes", "it is gone"],
)
def test_a_stale_verdict_on_a_model_that_nobody_moves_to_any_more_is_left(
    targets: tuple[str, ...], models: dict[str, Known]
) -> None:
    workload = in_force(triggers=Triggers(stale_after_days=30))
    old = {"decided_at": NOON - timedelta(days=40)}

    assert asked(workload, models, measured(targets=targets, **old)) == []
    assert len(asked(workload, models, measured(targets=("openai:gpt-5", *targets), **old))) == 1
    assert len(asked(workload, models, measured(targets=(), **old))) == 1


def test_a_verdict_on_what_is_in_force_is_not_measured_again() -> None:
    price = KnownPrice(input="1", output="2", source="card")
    models = known(model(SOURCE), prices=(price, KnownPrice(input="9", output="9", source="another")))

    workload = in_force(triggers=Triggers(stale_after_days=30))

    assert asked(workload, models, measured(prices={SOURCE: price})) == []
