"""A roll-out begins with what people approved, byte by byte, and with nothing else."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from brainswap.approving import approve, wanted
from brainswap.contracts import ApproveRequest
from brainswap.handlers import approve as asking
from brainswap.rollout.beginning import begin
from tests.fakes.approvals import ANNA
from tests.fakes.memory import MemoryDependencies
from tests.fakes.runs import RUN
from tests.handlers.rolling_out import REQUEST, WORKLOAD, rolled_out_run, wants_approval


@pytest.fixture
def using() -> MemoryDependencies:
    return rolled_out_run()


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
