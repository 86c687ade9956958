"""Runs in chaos, small and seeded; two hundred of them: `benchmarks.chaos`."""

from typing import Any

import pytest

from benchmarks import chaos, triggers
from benchmarks.aftermath import After
from benchmarks.whole_runs import TARGET
from local.cloud import Outcome
from tests.fakes.reports import report

WELL: dict[str, Any] = {
    "ended": Outcome(status="SUCCEEDED", error=None, cause=None),
    "states": ["Approve", "Settle", "CheckApproval", "Switch", "HandOver"],
    "budget": chaos.TIGHT_USD,
    "record": {"status": "done", "approval": "approved"},
    "approval": "approved",
    "report": report(),
    "committed": chaos.TIGHT_USD,
    "paid": chaos.TIGHT_USD,
    "moves": [Outcome(status="SUCCEEDED", error=None, cause=None)],
    "tells": "good",
    "moved": 0,
    "runs": ["trouble-1"],
}
COMPLETED = {"record": {**WELL["record"], "rollout": "completed"}}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, None),
        ({"ended": None}, "the run is lost in HandOver"),
        ({"paid": 2 * chaos.TIGHT_USD}, "by the models'"),
        ({"report": None}, "without a report"),
        ({"record": {"status": "running"}}, "without a report or a record"),
        ({"approval": "expired"}, "people have expired, and the run ended in HandOver"),
        ({"states": ["Switch", "Switch", "HandOver"]}, "traffic moved"),
        ({"moves": [WELL["ended"]] * 2}, "traffic moved 2 times"),
        ({"moves": [None]}, "a roll-out is lost"),
        ({"runs": ["trouble-1", "trouble-2"]}, "one release started 2 runs"),
        ({"runs": []}, "one release started 0 runs"),
        ({"still_open": "1 keeps its place"}, "the run has ended, and 1 keeps its place"),
        ({"moved": 3}, "3 users are left with the target"),
        ({"moved": 200, **COMPLETED}, None),
        ({"moved": 200, **COMPLETED, "tells": "nothing"}, "of which the application tells nothing"),
        ({"moved": 0, **COMPLETED}, "0 users are left with the target; the roll-out is completed"),
        ({"ended": Outcome(status="FAILED", error="E", cause="c")}, "a failure without a record"),
        ({"record": {"status": "done", "approval": "wanted"}}, "the record of the run says wanted"),
    ],
)
def test_what_may_not_be_is_seen(changes: dict[str, Any], wrong: str | None) -> None:
    found = After(**{**WELL, **changes}).wrong()

    assert (found is None) if wrong is None else wrong in str(found)


MEASURED: dict[str, Any] = {
    "started": tuple((name, "v1", (TARGET,)) for name in triggers.NAMES),
    "in_force": dict.fromkeys(triggers.NAMES, "v1"),
    "side_by_side": 5,
    "at_once": 5,
    "still_open": None,
}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, []),
        ({"started": MEASURED["started"] * 2}, [f"('{name}', 'v1', " for name in triggers.NAMES]),
        ({"started": MEASURED["started"][1:]}, [f"{triggers.NAMES[0]} was not measured in v1"]),
        ({"in_force": {**MEASURED["in_force"], triggers.NAMES[0]: "v2"}}, ["was not measured in v2"]),
        ({"side_by_side": 6}, ["6 held a place, of 5"]),
        ({"still_open": "1 keeps its place"}, ["everything has ended, and 1 keeps its place"]),
    ],
)
def test_what_may_not_be_of_triggers_is_seen(changes: dict[str, Any], wrong: list[str]) -> None:
    found = list(triggers.Seen(**{**MEASURED, **changes}).wrong())

    assert len(found) == len(wrong)
    assert all(part in each for part, each in zip(wrong, found, strict=True))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # what a dead function leaves open
def test_a_run_in_chaos_ends_as_its_people_have_it() -> None:
    story = chaos.tell(130)  # in which Register, Watch and Trigger each die once, or cannot reach AWS

    assert story.wrong is None
    assert (story.people, story.inference) == ("two", "on_demand")
    assert story.struck >= 3
    assert story.struck_triggers >= 3
    assert story.ended in {"HandOver", "Fail"}
