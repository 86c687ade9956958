"""``brainswap rehearse``: the whole way of a workload in the cloud of this machine."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.rehearsing.story import CannotRehearseError, released_model
from local.workloads import check_workload
from tests.cli.conftest import Said
from tests.workflow.test_a_migration import SOURCE, TARGET, recorded

OTHER = "amazon.nova-micro-v1:0"


def on_its_way(**changes: Any) -> dict[str, Any]:
    """A workload that waits for a release, of people, and then moves its traffic in two steps."""
    return {
        "source": {"model": SOURCE, "recorded": "old"},
        "targets": [{"model": OTHER, "recorded": "new"}, {"model": TARGET, "recorded": "new"}],
        "gates": [{"scorer": "right", "rule": "not_worse", "margin": 0.5}],
        "triggers": {"releases": [{"provider": "amazon", "family": "lite"}]},
        "approval": {"required": True},
        "rollout": {"steps": [20, 100], "min_requests": 40},
        **changes,
    }


CASES = [recorded(number) for number in range(12)]


@pytest.fixture
def rehearsed(
    brainswap: Callable[..., Said], workload: Callable[..., Path], tmp_path: Path
) -> Callable[..., dict[str, Any]]:
    """Rehearse a workload; what the command says as JSON."""

    def rehearse(*options: str, **changes: Any) -> dict[str, Any]:
        folder = workload(CASES, **on_its_way(**changes))
        said = brainswap("rehearse", str(folder), "--json", "--out", str(tmp_path / "left"), *options)
        assert (said.code, said.err) == (0, "")
        told: dict[str, Any] = json.loads(said.out)
        return told

    return rehearse


def kinds(told: dict[str, Any]) -> list[str]:
    """The events of what moves traffic, in their order."""
    events = [each["what"].partition(":")[0] for each in told["moments"] if each["who"] == "event"]
    return [kind for kind in events if kind.startswith(("Rollout", "Approval", "Migration"))]


def test_a_released_model_is_measured_approved_and_gets_all_traffic(
    rehearsed: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    told = rehearsed()

    assert (told["released"], told["verdict"], told["approval"]) == (TARGET, "migrate", "approved")
    assert (told["rollout"], told["percent"]) == ("completed", 100)
    assert kinds(told)[-4:] == ["Rollout Started", "Rollout Stepped", "Rollout Stepped", "Rollout Completed"]
    assert any(each["what"].endswith(f"because {TARGET} was released") for each in told["moments"])
    assert json.loads((tmp_path / "left" / "report.json").read_text("utf-8"))["run_id"] == told["run_id"]


@pytest.mark.parametrize(
    ("suppose", "approval", "rollout", "last"),
    [
        ("errors", "approved", "rolled_back", "Rollout Rolled Back"),
        ("nobody", "expired", None, "Approval Expired"),
    ],
)
def test_what_goes_wrong_leaves_the_traffic_where_it_was(
    rehearsed: Callable[..., dict[str, Any]], suppose: str, approval: str, rollout: str | None, last: str
) -> None:
    told = rehearsed("--suppose", suppose)

    assert (told["verdict"], told["approval"], told["rollout"]) == ("migrate", approval, rollout)
    assert (told["percent"], kinds(told)[-1]) == (0, last)


def test_where_no_trigger_waits_a_person_asks_and_where_nothing_is_declared_no_traffic_moves(
    brainswap: Callable[..., Said], workload: Callable[..., Path]
) -> None:
    folder = workload(CASES, **on_its_way(rollout=None, approval={"required": False}))

    said = brainswap("rehearse", str(folder), "--release", OTHER)

    first, *_, end, report = said.out.strip().splitlines()
    assert "SIMULATED" in first
    assert f"no trigger of the workload waits for {OTHER}, so that somebody asks for a migration" in said.out
    assert end == "No traffic moved: the verdict asks for none, or the workload declares no rollout."
    assert report.startswith("Report: out/yes-or-no-rehearsal")


def test_the_release_is_of_the_first_target_that_is_waited_for(workload: Callable[..., Path]) -> None:
    checked = check_workload(workload(CASES, **on_its_way()), "embedded")
    waits_for_none = check_workload(workload(CASES, **on_its_way(triggers={})), "embedded")

    assert released_model(checked, None) == TARGET
    assert released_model(waits_for_none, None) == OTHER
    assert released_model(checked, OTHER) == OTHER
    with pytest.raises(CannotRehearseError, match=f"is no target of yes-or-no; those are {OTHER}, {TARGET}"):
        released_model(checked, SOURCE)
