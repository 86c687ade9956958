"""What tests of a roll-out begin with: a run whose verdict is migrate, and what applications and records say."""

import json
from collections.abc import Mapping
from typing import Any

from brainswap.core.errors import StorageUnavailableError
from brainswap.core.rollout.analysis import Counted, Outcomes
from brainswap.rollout.contracts import PlaceRequest, RolloutRequest
from local.appconfig.flags import checked_flags, delivered_flags
from tests.fakes.catalogues import catalogue, facts
from tests.fakes.decided_runs import decided_run
from tests.fakes.memory import MemoryDependencies
from tests.fakes.runs import RUN

WORKLOAD = "yes-or-no"
REQUEST = RolloutRequest(run_id=RUN, workload=WORKLOAD)
GOOD: Outcomes = {"errors": Counted(of=200, hits=0), "throttles": Counted(of=200, hits=0)}
BAD: Outcomes = {"errors": Counted(of=200, hits=99), "throttles": Counted(of=200, hits=0)}


def rolled_out_run() -> MemoryDependencies:
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


OLD: Mapping[str, Any] = {
    "percent": 0,
    "source_model": "a.a",
    "source_sha256": "a" * 64,
    "source_prompt": "p" * 64,
    "target_model": "b.b",
    "target_sha256": "b" * 64,
    "target_prompt": "q" * 64,
}


def raising(*_: object) -> None:
    raise StorageUnavailableError("AppConfig")


def wants_approval(using: MemoryDependencies) -> None:
    """Declare that a person approves."""
    run = json.loads(using.artifacts.files[f"runs/{RUN}/run.json"])
    run["workload"]["approval"] = {"required": True}
    using.artifacts.files[f"runs/{RUN}/run.json"] = json.dumps(run).encode()
