"""The states of a roll-out with everything in memory: who may begin, who was faster, and what is never lost."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from brainswap.approving import approve, wanted
from brainswap.contracts import ApproveRequest, RunRequest
from brainswap.core.errors import (
    InvalidRequestError,
    ModelUnavailableError,
    RouteTakenBackError,
    StorageUnavailableError,
)
from brainswap.core.preflight import ModelFacts
from brainswap.core.registering.registration import Registration
from brainswap.core.rollout.analysis import Counted, Outcomes
from brainswap.core.rollout.routes import Version
from brainswap.handlers import approve as asking
from brainswap.handlers import recover, retreat, rollback, switch
from brainswap.registry import Registry
from brainswap.rollout.beginning import begin
from brainswap.rollout.contracts import PlaceRequest, RetreatRequest, RolloutRequest
from brainswap.rollout.going_back import NothingToGoBackToError, go_back
from brainswap.rollout.moving import finish, look, move
from brainswap.rollout.records import record_of
from local.appconfig.flags import checked_flags, delivered_flags
from tests.fakes.approvals import ANNA
from tests.fakes.catalogues import catalogue, facts
from tests.fakes.decided_runs import decided_run
from tests.fakes.memory import MemoryDependencies
from tests.fakes.rollouts import StartedRollouts
from tests.fakes.runs import RUN
from tests.fakes.workloads import NOON
from tests.fakes.workloads import facts as workload_facts

WORKLOAD = "yes-or-no"
REQUEST = RolloutRequest(run_id=RUN, workload=WORKLOAD)
GOOD: Outcomes = {"errors": Counted(of=200, hits=0), "throttles": Counted(of=200, hits=0)}
BAD: Outcomes = {"errors": Counted(of=200, hits=99), "throttles": Counted(of=200, hits=0)}


@pytest.fixture
def using() -> MemoryDependencies:
    """A run whose verdict is migrate."""
    made = decided_run()
    made.catalogue = catalogue(facts("anthropic.claude-3-haiku-20240307-v1:0"), facts("amazon.nova-lite-v1:0"))
    key = f"runs/{RUN}/run.json"
    run = json.loads(made.artifacts.files[key])
    run["workload"]["rollout"] = {"steps": [10, 100], "bake_minutes": 5}
    made.artifacts.files[key] = json.dumps(run).encode()
    return made


def place(step: int = 0, bake: int = 1) -> PlaceRequest:
    return PlaceRequest(run_id=RUN, workload=WORKLOAD, step=step, bake=bake)


def told(using: MemoryDependencies) -> Mapping[str, Any]:
    """The route that applications know."""
    document = using.routes.told(WORKLOAD)
    assert document is not None
    checked_flags(document)
    flag: Mapping[str, Any] = json.loads(delivered_flags(document))["route"]
    return flag


def record(using: MemoryDependencies) -> Mapping[str, Any]:
    return using.rollout_records.current(WORKLOAD) or {}


def kinds(using: MemoryDependencies) -> list[str]:
    return [kind for kind, _ in using.events.published if kind.startswith("Rollout")]


# Beginning


def test_a_roll_out_begins_with_all_traffic_at_the_source_and_both_versions_published(
    using: MemoryDependencies,
) -> None:
    made = begin(REQUEST, using)

    route = told(using)
    assert made.next == "step"
    assert (route["share"], route["step"], route["seed"]) == (0, 0, RUN)
    for side in ("source", "target"):
        published = json.loads(using.artifacts.files[route[f"{side}_key"]])
        assert published["model"] == route[f"{side}_model"]
        assert published["workload"] == WORKLOAD
    assert kinds(using) == ["Rollout Started"]


def test_beginning_again_after_an_interruption_begins_once(using: MemoryDependencies) -> None:
    begin(REQUEST, using)

    assert begin(REQUEST, using).next == "step"
    assert record(using)["status"] == "running"


def test_a_roll_out_that_was_sent_back_does_not_begin_again(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    go_back(WORKLOAD, using, reason="no", by="ada")

    made = begin(REQUEST, using)

    assert (made.next, told(using)["share"]) == ("decline", 0)
    assert record(using)["status"] == "rolled_back"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"verdict": "hold", "recommended": None}, "the verdict is hold"),
        ({"contenders": "simulated"}, "simulated models answered"),
    ],
)
def test_a_verdict_that_is_none_or_made_up_moves_nothing(
    using: MemoryDependencies, changes: Mapping[str, Any], reason: str
) -> None:
    key = f"runs/{RUN}/report.json"
    report = json.loads(using.artifacts.files[key])
    if changes.get("contenders") == "simulated":
        report["contenders"] = [{**one, "origin": "simulated"} for one in report["contenders"]]
    else:
        report |= changes
    using.artifacts.files[key] = json.dumps(report).encode()

    made = begin(REQUEST, using)

    assert made.next == "decline"
    assert reason in made.reason
    assert using.routes.deployments == []
    assert (using.ledger.runs[RUN]["rollout"], reason in using.ledger.runs[RUN]["rollout_reason"]) == ("declined", True)


NOVA = "amazon.nova-lite-v1:0"


@pytest.mark.parametrize(
    ("limits", "known", "reason"),
    [
        ({"regions": ["eu-*"]}, facts(NOVA), "it may process in us-east-1"),
        ({"regions": ["us-*"]}, facts(NOVA, regions=("anywhere", "us-east-1")), "it may process in anywhere"),
        ({"regions": ["us-*"]}, None, "could not be found out"),
        ({"providers": ["anthropic"]}, facts(NOVA), "it is amazon's"),
    ],
)
def test_no_traffic_moves_to_a_model_that_the_limits_forbid_by_now(
    using: MemoryDependencies, limits: dict[str, Any], known: ModelFacts | None, reason: str
) -> None:
    key = f"runs/{RUN}/run.json"
    run = json.loads(using.artifacts.files[key])
    run["workload"]["limits"] |= limits
    using.artifacts.files[key] = json.dumps(run).encode()
    using.catalogue = catalogue(*([known] if known else []))

    made = begin(REQUEST, using)

    assert (made.next, using.routes.deployments) == ("decline", [])
    assert reason in made.reason


def test_a_catalogue_that_does_not_answer_is_asked_again_before_traffic_moves_within_limits(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ill(_self: object, model: str) -> None:
        raise ModelUnavailableError(model)

    key = f"runs/{RUN}/run.json"
    run = json.loads(using.artifacts.files[key])
    run["workload"]["limits"]["regions"] = ["us-*"]
    using.artifacts.files[key] = json.dumps(run).encode()
    monkeypatch.setattr(type(using.catalogue), "facts", ill)

    with pytest.raises(ModelUnavailableError):
        begin(REQUEST, using)

    assert using.routes.deployments == []


def test_a_workload_without_a_roll_out_moves_nothing() -> None:
    made = begin(REQUEST, decided_run())

    assert (made.next, made.reason) == ("decline", "the workload declares no rollout")


def test_models_that_cannot_be_looked_at_are_remarked_upon(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ill(_self: object, model: str) -> None:
        raise ModelUnavailableError(model)

    monkeypatch.setattr(type(using.catalogue), "facts", ill)

    begin(REQUEST, using)

    assert [remark.partition(":")[0] for remark in record(using)["remarks"]] == ["the way forward", "the way back"]


def test_the_next_roll_out_begins_where_the_last_one_ended(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    before = record(using)
    using.rollout_records.records[WORKLOAD] |= {
        "run_id": "earlier",
        "status": "completed",
        "target_model": before["source_model"],
        "target_prompt": before["source_prompt"],
    }

    assert begin(REQUEST, using).next == "step"


def test_a_source_that_is_asked_with_other_parameters_is_not_what_applications_use(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    before = record(using)
    key = f"published/{WORKLOAD}/{before['source_sha256']}.json"
    published = json.loads(using.artifacts.files[key])
    published["parameters"]["max_tokens"] = 7
    data = json.dumps(published).encode()
    in_use = Version(model=published["model"], sha256=hashlib.sha256(data).hexdigest())
    using.artifacts.files[in_use.key(WORKLOAD)] = data
    using.rollout_records.records[WORKLOAD] |= {
        "run_id": "earlier",
        "status": "completed",
        "target_model": in_use.model,
        "target_sha256": in_use.sha256,
        "target_prompt": before["source_prompt"],
    }

    made = begin(REQUEST, using)

    assert made.next == "decline"
    assert "max_tokens 7 instead of 10;" in made.reason


def wants_approval(using: MemoryDependencies) -> None:
    """Declare that a person approves."""
    run = json.loads(using.artifacts.files[f"runs/{RUN}/run.json"])
    run["workload"]["approval"] = {"required": True}
    using.artifacts.files[f"runs/{RUN}/run.json"] = json.dumps(run).encode()


def ask(using: MemoryDependencies) -> str:
    """Ask for approval of the report with the hash that is returned."""
    asking.run(ApproveRequest(run_id=RUN, token="t", seconds=60), using)  # noqa: S106 - of no task
    return wanted(RUN, using).report_sha256


def test_a_machine_that_is_started_without_asking_anybody_moves_nothing(using: MemoryDependencies) -> None:
    wants_approval(using)

    made = begin(REQUEST, using)

    assert (made.next, made.reason) == ("decline", "the workload wants people's approval, and nobody was asked for it")
    assert using.routes.deployments == []


@pytest.mark.parametrize("status", ["wanted", "rejected", "expired"])
def test_what_people_did_not_approve_moves_nothing(using: MemoryDependencies, status: str) -> None:
    wants_approval(using)
    ask(using)
    kept = using.approvals.read(RUN)
    assert kept is not None
    using.approvals.write(kept.record.changed(status=status), after=kept.revision)

    made = begin(REQUEST, using)

    why = f"people have not approved it: their approval is {status}"
    assert (made.next, made.reason) == ("decline", why)
    assert using.events.published[-1] == ("Rollout Declined", {"run_id": RUN, "workload": WORKLOAD, "reason": why})


def test_what_people_approved_moves_as_they_approved_it(using: MemoryDependencies) -> None:
    wants_approval(using)
    approve(RUN, ANNA, ask(using), "", using)

    assert begin(REQUEST, using).next == "step"


@pytest.mark.parametrize("name", ["report.json", "decision.json"])
def test_a_file_that_was_changed_after_people_approved_it_moves_nothing(using: MemoryDependencies, name: str) -> None:
    wants_approval(using)
    approve(RUN, ANNA, ask(using), "", using)
    using.artifacts.files[f"runs/{RUN}/{name}"] += b" "

    made = begin(REQUEST, using)

    assert made.next == "decline"
    assert f"{name} of the run {RUN} was changed" in made.reason


@pytest.mark.parametrize("who", ["source", "target-1-original"])
@pytest.mark.parametrize("change", [{"prompt": "Say yes."}, {"model": "evil.model-v1:0"}, {"max_tokens": 9}])
def test_a_contender_that_is_not_the_one_of_the_report_is_not_published(
    using: MemoryDependencies, who: str, change: Mapping[str, Any]
) -> None:
    key = f"runs/{RUN}/contenders/{who}.json"
    contender = json.loads(using.artifacts.files[key])
    contender["model"] = change.get("model", contender["model"])
    contender["parameters"]["max_tokens"] = change.get("max_tokens", contender["parameters"]["max_tokens"])
    contender["prompt"]["system"] = change.get("prompt", contender["prompt"]["system"])
    using.artifacts.files[key] = json.dumps(contender).encode()

    made = begin(REQUEST, using)

    assert (made.next, using.routes.deployments) == ("decline", [])
    assert f"the file of {who} was changed" in made.reason


def test_the_first_roll_out_of_a_workload_makes_its_configuration_alone(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AppConfig takes two profiles of one name."""
    publish = using.routes.publish
    claimed: list[bool] = []

    def while_another_begins(workload: str, document: bytes, about: str) -> int:
        claimed.append(using.rollout_records.claim(WORKLOAD, "another", OLD))
        return publish(workload, document, about)

    monkeypatch.setattr(using.routes, "publish", while_another_begins)

    made = begin(REQUEST, using)

    assert (made.next, claimed, record(using)["run_id"]) == ("step", [False], RUN)
    assert record(using)["back_version"] == 1


def test_a_roll_out_that_cannot_be_laid_leaves_the_way_back_of_the_one_before(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(REQUEST, using)
    move(place(1), using)
    finish(REQUEST, using)
    before = record(using)
    using.rollout_records.records[WORKLOAD] |= {
        "run_id": "earlier",
        "target_model": before["source_model"],
        "target_prompt": before["source_prompt"],
    }
    with monkeypatch.context() as broken:
        broken.setattr(using.routes, "publish", _raising)
        with pytest.raises(StorageUnavailableError):
            begin(REQUEST, using)

    went = go_back(WORKLOAD, using, reason="no", by="ada")

    assert (went.run_id, went.from_percent, told(using)["share"]) == ("earlier", 100, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """A version that is pushed after the one that was measured."""

    changes: Mapping[str, Any]
    begins: bool


@pytest.mark.parametrize(
    "pushed",
    [
        Pushed(changes={}, begins=True),
        Pushed(changes={"owner": "another"}, begins=True),
        Pushed(changes={"prompt_sha256": "another"}, begins=False),
        Pushed(changes={"cases_sha256": "another"}, begins=False),
        Pushed(changes={"source": "another.model-v1:0"}, begins=False),
    ],
    ids=lambda pushed: ",".join(pushed.changes),
)
def test_a_verdict_moves_nothing_once_what_it_rests_on_has_changed(using: MemoryDependencies, pushed: Pushed) -> None:
    version = using.ledger.runs[RUN]["version"]
    measured = Registration(workload=WORKLOAD, version=version, whole_at=NOON, upload="1", facts=workload_facts())
    in_force = replace(measured, version="v2", whole_at=NOON + timedelta(1), facts=workload_facts(**pushed.changes))
    for each in (measured, in_force):
        Registry(using.records).register(each)

    made = begin(REQUEST, using)

    assert (made.next == "step") is pushed.begins
    assert ("changed with the version v2" in made.reason) is not pushed.begins
    assert bool(using.routes.deployments) is pushed.begins


# The shadow


def shadowed(using: MemoryDependencies, *, usd_per_1000: float | None = 2.0) -> None:
    """Declare a shadow, and say what the target costs."""
    run = json.loads(using.artifacts.files[f"runs/{RUN}/run.json"])
    run["workload"]["rollout"]["shadow"] = {"percent": 20, "minutes": 30, "budget_usd": "5"}
    using.artifacts.files[f"runs/{RUN}/run.json"] = json.dumps(run).encode()
    report = json.loads(using.artifacts.files[f"runs/{RUN}/report.json"])
    cost = {"per_1000_requests_usd": usd_per_1000, "monthly_usd": None, "price_source": "test", "price_date": "2026"}
    report["contenders"] = [{**one, "cost": None if usd_per_1000 is None else cost} for one in report["contenders"]]
    using.artifacts.files[f"runs/{RUN}/report.json"] = json.dumps(report).encode()


def test_a_shadow_comes_before_the_first_step_and_answers_nobody(using: MemoryDependencies) -> None:
    shadowed(using)
    using.outcome_reports.reported[f"{RUN}/0"] = {"source": GOOD, "target": GOOD}

    begun = begin(REQUEST, using)
    watched = move(place(begun.step), using)
    route = told(using)
    after = look(place(begun.step), using)
    move(place(after.step), using)

    assert (begun.next, begun.step, watched.bake_s) == ("step", -1, 30 * 60)
    assert (route["share"], route["step"], route["shadow"], route["shadow_most"]) == (0, 0, 2000, 2500)
    assert (after.next, after.step) == ("step", 0)
    assert (told(using)["share"], told(using)["shadow"]) == (1000, 0)


def test_a_target_that_fails_in_the_shadow_never_answers(using: MemoryDependencies) -> None:
    shadowed(using)
    using.outcome_reports.reported[f"{RUN}/0"] = {"source": GOOD, "target": BAD}
    begin(REQUEST, using)
    move(place(-1), using)

    made = look(place(-1), using)
    rollback.run(REQUEST, using)

    assert made.next == "back"
    assert (told(using)["share"], told(using)["shadow"]) == (0, 0)


def test_a_shadow_whose_price_nobody_knows_is_declined(using: MemoryDependencies) -> None:
    shadowed(using, usd_per_1000=None)

    made = begin(REQUEST, using)

    assert made.next == "decline"
    assert "shadow.budget_usd cannot be held" in made.reason


def test_there_is_no_shadow_where_none_is_declared(using: MemoryDependencies) -> None:
    begin(REQUEST, using)

    with pytest.raises(InvalidRequestError, match="no step 0 of 2"):
        move(place(-1), using)


# Moving


def test_steps_go_on_to_the_end(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    using.outcome_reports.reported[f"{RUN}/1"] = {"source": GOOD, "target": GOOD}
    using.outcome_reports.reported[f"{RUN}/2"] = {"source": {}, "target": GOOD}

    first = move(place(), using)
    after_first = look(place(), using)
    second = move(place(1), using)
    after_second = look(place(1), using)
    finish(REQUEST, using)

    assert (first.next, first.bake_s, after_first.next, after_first.step) == ("bake", 300, "step", 1)
    assert (second.next, after_second.next) == ("bake", "finish")
    assert told(using)["share"] == 10_000
    assert record(using)["status"] == "completed"
    assert record(using)["warm_until"].startswith("2026-12-01")
    assert kinds(using) == ["Rollout Started", "Rollout Stepped", "Rollout Stepped", "Rollout Completed"]


def test_with_all_traffic_moved_the_target_is_held_against_what_the_source_was(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    using.outcome_reports.reported[f"{RUN}/1"] = {"source": GOOD, "target": GOOD}
    using.outcome_reports.reported[f"{RUN}/2"] = {"source": {}, "target": BAD}
    move(place(), using)
    look(place(), using)
    move(place(1), using)

    made = look(place(1), using)

    assert made.next == "back"
    assert "against 0 of 200 of the source's" in made.reason


def test_a_step_that_is_tried_again_is_the_same_step(using: MemoryDependencies) -> None:
    begin(REQUEST, using)

    move(place(), using)
    move(place(), using)

    assert len(using.routes.documents[WORKLOAD]) == 2  # the way back, and the one step
    assert told(using)["share"] == 1000


def test_a_person_who_is_faster_than_a_step_has_his_way(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(REQUEST, using)
    deploy = using.routes.deploy

    def while_a_person_acts(workload: str, version: int, about: str) -> None:
        if version == 2:
            go_back(WORKLOAD, using, reason="no", by="ada")
        deploy(workload, version, about)

    monkeypatch.setattr(using.routes, "deploy", while_a_person_acts)

    made = move(place(), using)

    assert made.next == "leave"
    assert told(using)["share"] == 0
    assert record(using)["status"] == "rolled_back"


def dies_after_a_person_acts(using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step is deployed after a person has gone back, and its function dies before it can notice."""
    with monkeypatch.context() as dying:
        deploy = using.routes.deploy

        def die(workload: str, version: int, about: str) -> None:
            if version == 2:
                dying.setattr(using.routes, "deploy", deploy)
                go_back(WORKLOAD, using, reason="no", by="ada")
                deploy(workload, version, about)
                raise KeyboardInterrupt
            deploy(workload, version, about)

        dying.setattr(using.routes, "deploy", die)
        with pytest.raises(KeyboardInterrupt):
            move(place(), using)


def test_a_step_that_died_after_a_person_went_back_is_taken_back_when_it_is_tried_again(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(REQUEST, using)
    dies_after_a_person_acts(using, monkeypatch)

    made = move(place(), using)

    assert (made.next, told(using)["share"], record(using)["by"]) == ("leave", 0, "ada")


def test_a_machine_that_failed_in_such_a_step_leaves_no_traffic_with_the_target(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(REQUEST, using)
    dies_after_a_person_acts(using, monkeypatch)

    retreat.run(RetreatRequest(run_id=RUN, workload=WORKLOAD, error="Lambda.Unknown", cause="died"), using)

    assert told(using)["share"] == 0
    assert (record(using)["status"], record(using)["reason"]) == ("rolled_back", "no")


def test_a_step_that_comes_after_the_next_roll_out_has_begun_leaves_that_ones_route(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(REQUEST, using)
    deploy = using.routes.deploy
    others = using.routes.publish(WORKLOAD, b'{"another": "document"}', "the next roll-out")

    def while_another_begins(workload: str, version: int, about: str) -> None:
        if version == others + 1:
            using.rollout_records.records[WORKLOAD] |= {
                "run_id": "another",
                "status": "running",
                "versions": {"1": others},
            }
        deploy(workload, version, about)

    monkeypatch.setattr(using.routes, "deploy", while_another_begins)

    assert move(place(), using).next == "leave"
    assert using.routes.told(WORKLOAD) == b'{"another": "document"}'


def test_two_who_go_back_at_the_same_time_both_have_gone_back(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(REQUEST, using)
    move(place(), using)
    deploy = using.routes.deploy

    def while_the_machine_goes_back(workload: str, version: int, about: str) -> None:
        monkeypatch.setattr(using.routes, "deploy", deploy)
        rollback.run(REQUEST, using)
        deploy(workload, version, about)

    monkeypatch.setattr(using.routes, "deploy", while_the_machine_goes_back)

    went = go_back(WORKLOAD, using, reason="no", by="ada")

    assert (went.from_percent, told(using)["share"], record(using)["status"]) == (10, 0, "rolled_back")


@pytest.mark.parametrize("act", [move, look])
def test_nothing_moves_after_the_traffic_was_sent_back(using: MemoryDependencies, act: Any) -> None:
    begin(REQUEST, using)
    move(place(), using)
    go_back(WORKLOAD, using, reason="no", by="ada")

    assert act(place(), using).next == "leave"
    assert told(using)["share"] == 0


def test_a_step_that_appconfig_undoes_at_once_goes_back(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    using.routes.refused = {2}

    made = move(place(), using)

    assert (made.next, made.reason) == ("back", "version 2 was undone")
    rollback.run(REQUEST, using)
    assert told(using)["share"] == 0
    assert (record(using)["status"], record(using)["reason"]) == ("rolled_back", "version 2 was undone")


def test_a_step_that_is_undone_because_a_person_went_back_leaves_it_at_that(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(REQUEST, using)
    deploy = using.routes.deploy

    def while_a_person_acts(workload: str, version: int, about: str) -> None:
        if version == 2:
            go_back(WORKLOAD, using, reason="no", by="ada")
            raise RouteTakenBackError("stopped by the person's own")
        deploy(workload, version, about)

    monkeypatch.setattr(using.routes, "deploy", while_a_person_acts)

    assert move(place(), using).next == "leave"
    assert record(using)["reason"] == "no"


def test_a_way_back_that_appconfig_undoes_is_no_success_and_tried_again(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    move(place(), using)
    using.routes.refused = {1}

    with pytest.raises(StorageUnavailableError, match="version 1 was undone"):
        rollback.run(REQUEST, using)
    assert record(using)["status"] == "rolling_back"

    using.routes.refused = set()
    rollback.run(REQUEST, using)
    assert record(using)["status"] == "rolled_back"


def test_an_end_does_not_undo_what_a_person_did(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    go_back(WORKLOAD, using, reason="no", by="ada")

    finish(REQUEST, using)

    assert record(using)["status"] == "rolled_back"
    assert "Rollout Completed" not in kinds(using)


def test_a_step_that_nobody_declared_is_refused(using: MemoryDependencies) -> None:
    begin(REQUEST, using)

    with pytest.raises(InvalidRequestError, match="no step 3 of 2"):
        move(place(2), using)


def test_a_target_whose_requests_hardly_anybody_records_gets_no_more_of_them(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    many: Outcomes = {measure: Counted(of=18_000, hits=0) for measure in GOOD}
    using.outcome_reports.reported[f"{RUN}/1"] = {"source": many, "target": GOOD}
    move(place(), using)

    first, last = look(place(), using), look(place(bake=2), using)

    assert (first.next, last.next) == ("hold", "back")
    assert "200 of 18200 requests (1.1 %), and the step sends it 10.0 %" in record(using)["reason"]


def test_a_step_tells_what_was_found_of_the_one_before(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    using.outcome_reports.reported[f"{RUN}/1"] = {"source": GOOD, "target": GOOD}
    move(place(), using)
    look(place(), using)
    move(place(1), using)

    told_of = [detail["reason"] for kind, detail in using.events.published if kind == "Rollout Stepped"]
    assert told_of[0] == ""
    assert "200 of 400 requests (50.0 %), and the step sends it 10.0 %" in told_of[1]


def test_what_somebody_deployed_by_hand_ends_the_roll_out_instead_of_being_run_over(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    using.outcome_reports.reported[f"{RUN}/1"] = {"source": GOOD, "target": GOOD}
    move(place(), using)
    using.routes.deploy(WORKLOAD, 1, "all to the source, in the console")

    made = look(place(), using)
    rollback.run(REQUEST, using)

    assert made.next == "back"
    assert "somebody else" in record(using)["reason"]
    assert (told(using)["share"], record(using)["status"]) == (0, "rolled_back")


# Going back


def test_the_figures_send_traffic_back_with_their_reason(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    using.outcome_reports.reported[f"{RUN}/1"] = {"source": GOOD, "target": BAD}
    move(place(), using)
    look(place(), using)

    rollback.run(REQUEST, using)
    rollback.run(REQUEST, using)

    assert told(using)["share"] == 0
    assert "99 of 200" in record(using)["reason"]
    assert kinds(using)[-1:] == ["Rollout Rolled Back"]
    assert kinds(using).count("Rollout Rolled Back") == 1


def test_a_way_back_that_breaks_off_is_gone_again_to_its_end(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(REQUEST, using)
    move(place(), using)
    with monkeypatch.context() as broken:
        broken.setattr(using.routes, "deploy", _raising)
        with pytest.raises(StorageUnavailableError):
            go_back(WORKLOAD, using, reason="no", by="ada")
    assert record(using)["status"] == "rolling_back"

    rollback.run(REQUEST, using)  # by the machine, which has noticed

    assert (record(using)["status"], told(using)["share"]) == ("rolled_back", 0)


def _raising(*_: object) -> None:
    raise StorageUnavailableError("AppConfig")


def test_a_machine_that_failed_before_anything_was_told_leaves_it_at_that(using: MemoryDependencies) -> None:
    using.rollout_records.claim(WORKLOAD, RUN, {**OLD, "back_version": None})

    retreat.run(RetreatRequest(run_id=RUN, workload=WORKLOAD, error="E", cause="c"), using)

    assert record(using)["status"] == "failed"
    assert using.routes.deployments == []
    assert "had not told any application anything" in using.ledger.runs[RUN]["rollout_reason"]


def broke_off(run_id: str = RUN, status: str = "TIMED_OUT", **changes: Any) -> Mapping[str, Any]:
    """What EventBridge says of a machine that moves traffic."""
    detail = {"status": status, "input": json.dumps({"run_id": run_id, "workload": WORKLOAD}), **changes}
    return {"source": "aws.states", "detail-type": "Step Functions Execution Status Change", "detail": detail}


@pytest.mark.parametrize("status", ["ABORTED", "TIMED_OUT", "FAILED"])
def test_nobody_leaves_traffic_with_a_target_that_no_machine_watches(using: MemoryDependencies, status: str) -> None:
    begin(REQUEST, using)
    move(place(), using)

    recover.run(broke_off(status=status), using)
    recover.run(broke_off(status=status), using)

    assert (told(using)["share"], record(using)["status"]) == (0, "failed")
    assert using.ledger.runs[RUN]["rollout"] == "failed"
    assert kinds(using).count("Rollout Rolled Back") == 1


def test_a_machine_that_broke_off_after_all_had_moved_moves_nothing_back(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    move(place(1), using)
    finish(REQUEST, using)

    recover.run(broke_off(), using)

    assert (told(using)["share"], record(using)["status"]) == (10_000, "completed")


@pytest.mark.parametrize(
    "event",
    [
        broke_off("another"),
        broke_off(input="no JSON"),
        broke_off(input='{"run_id": 1}'),
        broke_off(input=None),
        {"source": "aws.scheduler"},
    ],
)
def test_machines_of_others_and_events_of_others_move_nothing(
    using: MemoryDependencies, event: Mapping[str, Any]
) -> None:
    begin(REQUEST, using)
    move(place(), using)

    deployments = len(using.routes.deployments)

    recover.run(event, using)

    assert (told(using)["share"], record(using)["status"]) == (1000, "running")
    assert len(using.routes.deployments) == deployments


def test_what_is_of_another_run_is_left_alone(using: MemoryDependencies) -> None:
    using.rollout_records.claim(WORKLOAD, "another", OLD)

    with pytest.raises(NothingToGoBackToError, match="for run-1"):
        go_back(WORKLOAD, using, reason="no", by="x", run_id=RUN)

    assert record(using)["status"] == "running"


def test_a_record_that_is_none_is_said_to_be() -> None:
    with pytest.raises(InvalidRequestError, match="does not have its form"):
        record_of(WORKLOAD, {"run_id": RUN})


OLD: Mapping[str, Any] = {
    "percent": 0,
    "source_model": "a.a",
    "source_sha256": "a" * 64,
    "source_prompt": "p" * 64,
    "target_model": "b.b",
    "target_sha256": "b" * 64,
    "target_prompt": "q" * 64,
}


# Switching


def test_switch_starts_the_machine_of_a_workload_that_says_how(using: MemoryDependencies) -> None:
    using.rollouts = StartedRollouts()

    switch.run(RunRequest(run_id=RUN), using)

    assert using.rollouts.started == [(RUN, WORKLOAD)]
    assert using.ledger.runs[RUN]["rollout"] == "starting"


def test_what_the_machine_says_at_once_is_not_written_over(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    def declines_at_once(run_id: str, workload: str) -> None:
        begin(RolloutRequest(run_id=run_id, workload=workload), using)

    wants_approval(using)
    using.rollouts = StartedRollouts()
    monkeypatch.setattr(using.rollouts, "start", declines_at_once)

    switch.run(RunRequest(run_id=RUN), using)

    assert using.ledger.runs[RUN]["rollout"] == "declined"
