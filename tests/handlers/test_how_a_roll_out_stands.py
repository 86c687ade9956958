"""What people see of a roll-out, from what its states note."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.errors import InvalidRequestError
from brainswap.core.rollout.analysis import Counted, Outcomes
from brainswap.core.rollout.judged import Judged
from brainswap.rollout.beginning import begin
from brainswap.rollout.contracts import PlaceRequest, RolloutRequest
from brainswap.rollout.going_back import go_back
from brainswap.rollout.moving import finish, look, move
from brainswap.rollout.ports import Variant
from brainswap.rollout.records import JudgedStep, Judging
from brainswap.rollout.standing import Standing, standing_of
from tests.fakes.catalogues import catalogue, facts
from tests.fakes.decided_runs import decided_run
from tests.fakes.memory import MemoryDependencies
from tests.fakes.runs import RUN

WORKLOAD = "yes-or-no"
REQUEST = RolloutRequest(run_id=RUN, workload=WORKLOAD)
GOOD: Outcomes = {"errors": Counted(of=200, hits=2), "throttles": Counted(of=200, hits=0)}
FEW: Outcomes = {"errors": Counted(of=7, hits=0), "throttles": Counted(of=7, hits=0)}
BAD: Outcomes = {"errors": Counted(of=200, hits=99), "throttles": Counted(of=200, hits=0)}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def using() -> MemoryDependencies:
    """A run whose verdict is migrate, and that moves in two steps after a shadow."""
    made = decided_run()
    made.catalogue = catalogue(facts("anthropic.claude-3-haiku-20240307-v1:0"), facts("amazon.nova-lite-v1:0"))
    run = json.loads(made.artifacts.files[f"runs/{RUN}/run.json"])
    shadow = {"percent": 20, "minutes": 30, "budget_usd": "5"}
    run["workload"]["rollout"] = {"steps": [10, 100], "bake_minutes": 5, "shadow": shadow}
    made.artifacts.files[f"runs/{RUN}/run.json"] = json.dumps(run).encode()
    report = json.loads(made.artifacts.files[f"runs/{RUN}/report.json"])
    cost = {"per_1000_requests_usd": 2.0, "monthly_usd": None, "price_source": "test", "price_date": "2026"}
    report["contenders"] = [{**one, "cost": cost} for one in report["contenders"]]
    made.artifacts.files[f"runs/{RUN}/report.json"] = json.dumps(report).encode()
    for step, target in (("0", GOOD), ("1", GOOD), ("2", GOOD)):
        made.outcome_reports.reported[f"{RUN}/{step}"] = {"source": GOOD, "target": target}
    return made


def place(step: int, bake: int = 1) -> PlaceRequest:
    return PlaceRequest(run_id=RUN, workload=WORKLOAD, step=step, bake=bake)


def seen(using: MemoryDependencies, *, asked: int = 0, later: timedelta = MINUTE) -> Standing:
    item = using.rollout_records.current(WORKLOAD)
    assert item is not None
    return standing_of(WORKLOAD, item, asked=asked, now=using.clock.now() + later)


def test_before_the_first_step_nothing_has_moved(using: MemoryDependencies) -> None:
    begin(REQUEST, using)

    standing = seen(using)

    assert (standing.status, standing.source.percent, standing.target.percent) == ("running", 100, 0)
    assert (standing.step, standing.last_look, standing.waits_for) == (None, None, "its first step")
    assert standing.unknown == {"last_look": "nobody has looked at any figures yet"}


def test_the_shadow_says_what_it_has_cost_at_most(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    move(place(-1), using)

    standing = seen(using, asked=120)

    assert standing.shadow is not None
    assert (standing.shadow.asked, standing.shadow.most, standing.shadow.budget_usd) == (120, 2500, 5.0)
    assert standing.shadow.usd == pytest.approx(0.24)
    assert standing.step is not None
    assert (standing.step.number, standing.step.of, standing.step.then) == (0, 2, "10 %")
    assert standing.waits_for is not None
    assert standing.waits_for.startswith("the end of bake 1 of 2 of the shadow at ")


def test_a_step_says_its_place_and_when_it_is_looked_at(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    move(place(0), using)

    standing = seen(using)

    assert standing.step is not None
    assert (standing.step.number, standing.step.of, standing.step.percent) == (1, 2, 10)
    assert (standing.step.bake, standing.step.bakes, standing.step.then) == (1, 2, "100 %")
    assert standing.step.bake_ends_at == using.clock.now() + timedelta(minutes=5)
    assert (standing.source.percent, standing.target.percent) == (90, 10)


def test_a_look_that_is_due_is_said_to_be(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    move(place(0), using)

    due = seen(using, later=timedelta(minutes=6)).waits_for

    assert due is not None
    assert due.startswith("a look at the figures of bake 1 of 2 of step 1, due since ")


def test_the_last_look_tells_counts_difference_and_margin_of_each_guard(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    move(place(0), using)
    look(place(0), using)

    looked = seen(using).last_look

    assert looked is not None
    assert (looked.step, looked.bake, looked.decision) == (1, 1, "it went on")
    errors, throttles = looked.guards
    assert (errors.measure, errors.finding, errors.margin) == ("errors", "clear", 0.02)
    assert errors.target is not None
    assert (errors.target.hits, errors.target.of, errors.difference) == (2, 200, 0.0)
    assert errors.low is not None
    assert errors.high is not None
    assert errors.low < 0 < errors.high
    assert throttles.finding == "clear"


@pytest.mark.parametrize(("target", "because"), [({}, "missing"), (FEW, "few")])
def test_a_guard_without_figures_holds_and_has_its_reason(
    using: MemoryDependencies, target: Outcomes, because: str
) -> None:
    using.outcome_reports.reported[f"{RUN}/1"] = {"source": GOOD, "target": target}
    begin(REQUEST, using)
    move(place(0), using)
    look(place(0), using)

    standing = seen(using)

    assert standing.last_look is not None
    guard = standing.last_look.guards[0]
    assert (guard.finding, guard.because, guard.difference) == ("held", because, None)
    assert guard.detail.startswith("errors: ")
    assert (guard.target is None) == (because == "missing")
    assert standing.step is not None
    assert (standing.step.bake, standing.last_look.decision) == (2, "it waits on")
    assert standing.last_look.reason == standing.reason


def test_at_the_last_step_the_target_is_shown_against_what_the_source_was(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    move(place(0), using)
    look(place(0), using)
    using.outcome_reports.reported[f"{RUN}/2"] = {"source": {}, "target": BAD}
    move(place(1), using)
    look(place(1), using)

    standing = seen(using)

    assert standing.last_look is not None
    guard = standing.last_look.guards[0]
    assert guard.source is not None
    assert (guard.finding, guard.source.hits, guard.source.of) == ("harmed", 2, 200)
    assert standing.step is not None
    assert standing.step.then == "the end, all traffic at the target"


def test_a_judge_is_waited_for_and_then_tells_what_it_found_at_what_cost(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    move(place(0), using)
    record = using.rollout_records.records[WORKLOAD]
    by_variant: dict[Variant, Judged] = {"source": Judged(good=39, bad=1), "target": Judged(good=36, bad=4)}
    judged = JudgedStep(step=0, bake=1, by_variant=by_variant, usd=Decimal("0.25"))

    record["judging"] = Judging(step=0, bake=1, since=using.clock.now()).facts()
    judging = seen(using, later=timedelta(minutes=6))
    record["judged"] = judged.facts()
    done = seen(using, later=timedelta(minutes=6))

    assert judging.judged is None
    assert judging.waits_for is not None
    assert judging.waits_for.startswith("the judge of bake 1 of 2 of step 1, since ")
    assert done.judged is not None
    assert (done.judged.step, done.judged.target.hits, done.judged.target.of, done.judged.usd) == (1, 4, 40, 0.25)
    assert done.waits_for is not None
    assert done.waits_for.startswith("a look at the figures")


def test_what_has_ended_waits_for_nothing_and_keeps_its_way_back(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    move(place(1), using)
    finish(REQUEST, using)

    standing = seen(using)
    much_later = seen(using, later=timedelta(days=31))

    assert (standing.status, standing.step, standing.waits_for) == ("completed", None, None)
    assert standing.way_back.watched_until == using.clock.now() + timedelta(days=30)
    assert "is watched until 2026-12-01" in standing.way_back.detail
    assert "nobody watches the source's model" in much_later.way_back.detail
    assert standing.ended_at == using.clock.now()


def test_what_was_sent_back_says_who_did_it_and_why(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    move(place(0), using)
    go_back(WORKLOAD, using, reason="customers complain", by="ada")

    standing = seen(using)

    assert (standing.status, standing.target.percent) == ("rolled_back", 0)
    assert (standing.reason, standing.by) == ("customers complain", "ada")
    assert standing.way_back.detail == "all traffic is at the source"


def test_another_roll_out_forgets_how_the_last_one_ended(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    move(place(1), using)
    look(place(1), using)
    finish(REQUEST, using)
    before = using.rollout_records.records[WORKLOAD]
    before |= {"run_id": "earlier", "target_model": before["source_model"], "target_prompt": before["source_prompt"]}
    begin(REQUEST, using)

    standing = seen(using)

    assert (standing.run_id, standing.ended_at, standing.last_look) == (RUN, None, None)
    assert standing.way_back.watched_until is None


def test_a_record_of_an_earlier_version_says_what_it_does_not_know(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    move(place(0), using)
    for name in ("plan", "place", "looked", "shadow", "per_1000_usd"):
        del using.rollout_records.records[WORKLOAD][name]

    standing = seen(using)

    assert (standing.step, standing.shadow, standing.last_look) == (None, None, None)
    assert set(standing.unknown) == {"step", "last_look", "shadow"}
    assert standing.waits_for == "a look at its figures"


WRONG: Mapping[str, Any] = {
    "plan": {"steps": "x"},
    "place": {"step": None},
    "looked": {"at": "yesterday"},
    "shadow": {"percent": 1},
    "started_at": "soon",
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_record_is_refused(using: MemoryDependencies, name: str) -> None:
    begin(REQUEST, using)
    move(place(0), using)
    using.rollout_records.records[WORKLOAD][name] = WRONG[name]

    with pytest.raises(InvalidRequestError, match="does not have its form"):
        seen(using)


@given(st.dictionaries(st.sampled_from(["plan", "place", "looked", "shadow", "remarks", "warm_until"]), st.text()))
def test_whatever_a_record_holds_is_read_or_refused(kept: dict[str, str]) -> None:
    sides = {f"{side}_{what}": "x" for side in ("source", "target") for what in ("model", "sha256", "prompt")}
    item = {"run_id": "r", "status": "completed", "percent": 1, **sides, **kept}

    try:
        standing = standing_of("w", item, asked=0, now=datetime(2026, 1, 1, tzinfo=UTC))
    except InvalidRequestError:
        return
    assert json.loads(json.dumps(standing.document()))["schema"] == "brainswap.rollout/1"
