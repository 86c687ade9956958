import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from brainswap.core import errors
from brainswap.core.declared_approval import LONGEST_WAIT_HOURS
from brainswap.core.declared_rollout import LONGEST_MINUTES
from infrastructure.catalog import FUNCTIONS
from infrastructure.substitutions import function_placeholder, substitution_names

FOLDER = Path(__file__).parents[2] / "state_machines"
TEXTS = {path.name.partition(".")[0]: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.asl.json"))}
MACHINES = {name: json.loads(text) for name, text in TEXTS.items()}

State = Mapping[str, Any]

THROTTLING = {
    "IntervalSeconds": 2,
    "BackoffRate": 2,
    "MaxAttempts": 8,
    "MaxDelaySeconds": 120,
    "JitterStrategy": "FULL",
}
INFRASTRUCTURE = {
    "IntervalSeconds": 1,
    "BackoffRate": 2,
    "MaxAttempts": 5,
    "MaxDelaySeconds": 60,
    "JitterStrategy": "FULL",
}
LAST_WAY_BACK = INFRASTRUCTURE | {"MaxAttempts": 60}
"""Of the state after which nobody sends traffic back any more."""

TIMEOUT = {"MaxAttempts": 0}
RECORDING = {
    "ErrorEquals": ["States.TaskFailed"],
    "IntervalSeconds": 1,
    "BackoffRate": 2,
    "MaxAttempts": 5,
    "MaxDelaySeconds": 30,
    "JitterStrategy": "FULL",
}

LAMBDA_THROTTLES = {"Lambda.TooManyRequestsException"}
LAMBDA_IS_ILL = {"Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException"}
LONGEST_WAIT_S = 3600  # for a word from outside; a wait begins again, at some ten events of 25,000 in the history
TIMEOUTS = {"States.Timeout", "Sandbox.Timedout"}
FOR_PEOPLE = "Approve"
PREPARED = MACHINES["migration"]["States"]["Prepare"]["ResultSelector"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """States that may follow each other: the machine itself, or what a Map does for one item."""

    name: str
    start: str
    states: Mapping[str, State]

    def reachable_from(self, start: str) -> set[str]:
        """Every state that some execution gets to from here, this one included."""
        found: set[str] = set()
        ahead = [start]
        while ahead:
            name = ahead.pop()
            if name not in found:
                found.add(name)
                ahead.extend(_successors(self.states[name]))
        return found


def _successors(state: State) -> list[str]:
    branches = [*state.get("Choices", []), *state.get("Catch", [])]
    named = [state.get("Next"), state.get("Default"), *(branch["Next"] for branch in branches)]
    return [name for name in named if name is not None]


def _is_an_end(state: State) -> bool:
    return state["Type"] in {"Succeed", "Fail"} or state.get("End", False)


def _scopes(name: str, machine: State) -> Iterator[Scope]:
    yield Scope(name=name, start=machine["StartAt"], states=machine["States"])
    for inner, state in machine["States"].items():
        for nested in [*state.get("Branches", []), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]:
            yield from _scopes(inner, nested)


SCOPES = tuple(scope for name, machine in MACHINES.items() for scope in _scopes(name.capitalize(), machine))
STATES = {name: (scope, state) for scope in SCOPES for name, state in scope.states.items()}


def _named(kinds: set[str], resource: str = "") -> list[str]:
    return [
        name for name, (_, state) in STATES.items() if state["Type"] in kinds and resource in state.get("Resource", "")
    ]


TASKS = _named({"Task"})
INVOCATIONS = _named({"Task"}, ":lambda:invoke")
CALLBACKS = _named({"Task"}, ".waitForTaskToken")
RECORDINGS = _named({"Task"}, ":dynamodb:")
WORKING = _named({"Task", "Map", "Parallel"})
CHOICES = _named({"Choice"})

each_machine = pytest.mark.parametrize("machine", MACHINES)
each_scope = pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: scope.name)


def _leaves(error: type[Exception]) -> set[str]:
    children = [child for child in error.__subclasses__() if child.__module__ == errors.__name__]
    return {leaf for child in children for leaf in _leaves(child)} if children else {error.__name__}


# Where the machine may go


def test_no_two_states_share_a_name() -> None:
    names = Counter(name for scope in SCOPES for name in scope.states)

    assert [name for name, times in names.items() if times > 1] == []


@each_scope
def test_every_state_can_be_reached(scope: Scope) -> None:
    assert scope.reachable_from(scope.start) == set(scope.states)


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_knows_what_to_do_otherwise(name: str) -> None:
    _, state = STATES[name]

    assert "Default" in state


@each_machine
def test_a_machine_ends_in_success_or_in_failure(machine: str) -> None:
    ends = {state["Type"] for state in MACHINES[machine]["States"].values() if _is_an_end(state)}

    assert ends == {"Succeed", "Fail"}


@pytest.mark.parametrize("name", WORKING)
def test_a_failure_that_is_caught_still_ends_in_failure(name: str) -> None:
    scope, state = STATES[name]

    failures = [catcher for catcher in state["Catch"] if not (name in CALLBACKS and _is_a_look_around(catcher))]
    caught = [error for catcher in failures for error in catcher["ErrorEquals"]]
    afterwards = {after for catcher in failures for after in scope.reachable_from(catcher["Next"])}

    assert "States.ALL" in caught
    assert {scope.states[after]["Type"] for after in afterwards if _is_an_end(scope.states[after])} == {"Fail"}


@pytest.mark.parametrize("name", CALLBACKS)
def test_whoever_waits_for_a_word_looks_around_when_it_does_not_come(name: str) -> None:
    _, state = STATES[name]

    looks = [catcher for catcher in state["Catch"] if _is_a_look_around(catcher)]

    assert [catcher["ResultPath"] for catcher in looks] == [None]


def _is_a_look_around(catcher: State) -> bool:
    return bool(catcher["ErrorEquals"] == ["States.Timeout"])


@pytest.mark.parametrize("name", _named({"Fail"}))
def test_a_failure_carries_on_what_went_wrong(name: str) -> None:
    _, state = STATES[name]

    # A name that begins with `States.` may not be reported by a machine, and what was caught may have one.
    assert not state["Error"].startswith("States.")
    assert state["CausePath"] == "States.JsonToString($.error)"


# What is tried again


@pytest.mark.parametrize("name", INVOCATIONS)
def test_a_function_is_tried_again_at_the_pace_of_the_two_policies(name: str) -> None:
    _, state = STATES[name]

    paces = [{key: value for key, value in rule.items() if key != "ErrorEquals"} for rule in state["Retry"]]

    assert paces == [THROTTLING, LAST_WAY_BACK if name == "Retreat" else INFRASTRUCTURE, TIMEOUT]


@pytest.mark.parametrize("name", INVOCATIONS)
def test_every_transient_error_is_tried_again_and_no_permanent_one(name: str) -> None:
    throttled = {leaf for leaf in _leaves(errors.TransientError) if leaf.endswith("ThrottledError")}
    others = _leaves(errors.TransientError) - throttled
    _, state = STATES[name]

    retried = [Counter(rule["ErrorEquals"]) for rule in state["Retry"]]

    assert retried == [Counter(throttled | LAMBDA_THROTTLES), Counter(others | LAMBDA_IS_ILL), Counter(TIMEOUTS)]


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_failed_record_is_tried_again_whatever_the_table_said(name: str) -> None:
    _, state = STATES[name]

    assert state["Retry"] == [RECORDING]


def test_nothing_is_tried_again_for_every_reason() -> None:
    retried = {
        error for _, state in STATES.values() for rule in state.get("Retry", []) for error in rule["ErrorEquals"]
    }

    assert "States.ALL" not in retried
    assert not retried & (_leaves(errors.PermanentError) | {"Exception", "BrainswapError", "TransientError"})


# How long it takes


@pytest.mark.parametrize("name", TASKS)
def test_a_task_waits_a_little_longer_than_its_function(name: str) -> None:
    if name == FOR_PEOPLE:
        return
    functions = {row.state: row.timeout_s for row in FUNCTIONS}
    _, state = STATES[name]

    spare_s = state.get("TimeoutSeconds", 0) - functions.get(name, 0)

    assert 0 < spare_s <= (LONGEST_WAIT_S if name in CALLBACKS else 120)


def test_people_are_waited_for_as_long_as_the_workload_says() -> None:
    _, state = STATES[FOR_PEOPLE]

    assert "TimeoutSeconds" not in state
    assert state["TimeoutSecondsPath"] == "$.approval.seconds"
    assert PREPARED["approval.$"] == "$.Payload.approval"


def test_a_migration_ends_some_day_and_people_have_all_of_their_time() -> None:
    work_s = MACHINES["migration"]["TimeoutSeconds"] - LONGEST_WAIT_HOURS * 3600

    assert 0 < work_s <= 14 * 24 * 3600


def test_the_longest_roll_out_that_a_workload_may_declare_ends_before_its_machine_gives_up() -> None:
    assert LONGEST_MINUTES * 60 < MACHINES["rollout"]["TimeoutSeconds"] <= 14 * 24 * 3600


# What the deployment fills in


@each_machine
def test_every_placeholder_is_supplied_and_everything_supplied_is_used(machine: str) -> None:
    assert set(re.findall(r"\$\{([^}]*)\}", TEXTS[machine])) == substitution_names(machine)


def test_every_row_of_the_catalogue_has_a_state_and_every_invocation_a_row() -> None:
    assert sorted(INVOCATIONS) == sorted(row.state for row in FUNCTIONS if not row.by_events)


@pytest.mark.parametrize("name", INVOCATIONS)
def test_a_state_does_not_invoke_the_function_of_another(name: str) -> None:
    others = {f"${{{function_placeholder(row.state)}}}" for row in FUNCTIONS if row.state != name}
    _, state = STATES[name]

    assert state["Parameters"]["FunctionName"] not in others


def test_every_task_is_an_invocation_or_a_record() -> None:
    assert sorted(TASKS) == sorted([*INVOCATIONS, *RECORDINGS])


@each_machine
def test_no_arn_is_bound_to_a_partition(machine: str) -> None:
    assert set(re.findall(r"arn:([^:]*):", TEXTS[machine])) == {"${Partition}"}


# What the language has and this file leaves alone, so that an interpreter of JSONPath alone can execute it


@each_machine
def test_there_is_no_jsonata(machine: str) -> None:
    keys = {key for key, _ in _entries(MACHINES[machine])}

    assert not keys & {"QueryLanguage", "Arguments", "Output", "Condition", "Items"}
    assert "{%" not in TEXTS[machine]


@each_machine
def test_there_are_no_variables(machine: str) -> None:
    keys = {key for key, _ in _entries(MACHINES[machine])}

    assert "Assign" not in keys
    assert not re.findall(r"(?<![\w$])\$[A-Za-z_]\w*", TEXTS[machine])


@each_machine
def test_tolerated_failures_are_no_whole_number_of_per_cent(machine: str) -> None:
    tolerated = [value for key, value in _entries(MACHINES[machine]) if key == "ToleratedFailurePercentage"]

    assert not [value for value in tolerated if isinstance(value, int)]


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key with its value, at every depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            yield from _entries(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _entries(inner)
