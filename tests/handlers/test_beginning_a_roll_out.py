"""Who may begin a roll-out, with what, and what never begins."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from brainswap.core.errors import (
    ModelUnavailableError,
    StorageUnavailableError,
)
from brainswap.core.preflight import ModelFacts
from brainswap.core.registering.registration import Registration
from brainswap.core.rollout.routes import Version
from brainswap.registry import Registry
from brainswap.rollout.beginning import begin
from brainswap.rollout.going_back import go_back
from brainswap.rollout.moving import finish, move
from tests.fakes.catalogues import catalogue, facts
from tests.fakes.decided_runs import decided_run
from tests.fakes.memory import MemoryDependencies
from tests.fakes.runs import RUN
from tests.fakes.workloads import NOON
from tests.fakes.workloads import facts as workload_facts
from tests.handlers.rolling_out import (
    OLD,
    REQUEST,
    WORKLOAD,
    kinds,
    place,
    raising,
    record,
    rolled_out_run,
    told,
)


@pytest.fixture
def using() -> MemoryDependencies:
    return rolled_out_run()


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
        broken.setattr(using.routes, "publish", raising)
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
