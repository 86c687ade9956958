"""What the functions are invoked by that are no states."""

import json
from typing import Any

import pytest

from infrastructure.catalog import FUNCTIONS, Function
from infrastructure.event_patterns import BUCKET as BUCKET_OF_PATTERNS
from infrastructure.event_patterns import LEGACY_ALARM, ROLLOUT_MACHINE, EventRule, filled, scheduled
from infrastructure.event_patterns import MACHINE as MACHINE_OF_PATTERNS
from tests.infrastructure.parametrised import MACHINES, each_machine
from tests.infrastructure.templates import Template, of_type, text_of

MACHINE = "AWS::StepFunctions::StateMachine"
RULE = "AWS::Events::Rule"
UNDELIVERED = "${TriggersUndelivered.Arn}"
INVOKED_LATER = [row for row in FUNCTIONS if row.events or row.every]
RULES = [(row, rule) for row in FUNCTIONS for rule in row.events]
BUSES = {"account": None, "stack": "${AnnouncementsBus}"}

each_rule = pytest.mark.parametrize(("row", "rule"), RULES, ids=[f"{row.state}{rule.name}" for row, rule in RULES])
"""Runs a test for every rule of the catalogue."""


@each_rule
def test_events_reach_the_function_of_their_row(template: Template, row: Function, rule: EventRule) -> None:
    made = of_type(template, RULE)[f"Triggers{row.state}{rule.name}"]

    assert made["State"] == "ENABLED"
    assert (text_of(made["EventBusName"]) if "EventBusName" in made else None) == BUSES[rule.bus]
    places = {
        BUCKET_OF_PATTERNS: "${StorageBucket}",
        MACHINE_OF_PATTERNS: "${WorkflowMigration}",
        ROLLOUT_MACHINE: "${RolloutMachine}",
    }
    assert _with_texts(made["EventPattern"]) == filled(rule.pattern, places)
    (target,) = made["Targets"]
    assert text_of(target["Arn"]) == f"${{Functions{row.state}.Arn}}"
    assert text_of(target["DeadLetterConfig"]["Arn"]) == UNDELIVERED
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 6 * 3600, "MaximumRetryAttempts": 10}


def test_calls_to_models_that_go_raise_the_alarm_that_the_rule_listens_to(template: Template) -> None:
    alarm = of_type(template, "AWS::CloudWatch::Alarm")[LEGACY_ALARM]

    (metric,) = alarm["Metrics"]
    assert metric["Expression"] == 'SELECT SUM(LegacyModelInvocations) FROM SCHEMA("AWS/Bedrock", ModelId)'
    assert alarm["Threshold"] == 1


def test_no_rule_is_there_that_is_in_no_row(template: Template) -> None:
    assert set(of_type(template, RULE)) == {f"Triggers{row.state}{rule.name}" for row, rule in RULES}


def test_schedules_are_those_of_the_rows(template: Template) -> None:
    made = of_type(template, "AWS::Scheduler::Schedule")

    assert {name: it["ScheduleExpression"] for name, it in made.items()} == {
        f"Triggers{row.state}Schedule": row.every for row in FUNCTIONS if row.every
    }
    for name, schedule in made.items():
        state = name.removeprefix("Triggers").removesuffix("Schedule")
        target = schedule["Target"]
        assert text_of(target["Arn"]) == f"${{Functions{state}.Arn}}"
        assert json.loads(target["Input"]) == scheduled(state)
        assert text_of(target["DeadLetterConfig"]["Arn"]) == UNDELIVERED
        assert schedule["FlexibleTimeWindow"]["Mode"] == "FLEXIBLE"


@pytest.mark.parametrize("row", INVOKED_LATER, ids=lambda row: row.state)
def test_an_event_that_a_function_fails_on_is_tried_again_and_then_kept(template: Template, row: Function) -> None:
    made = of_type(template, "AWS::Lambda::EventInvokeConfig")[f"Triggers{row.state}Invocation"]

    assert text_of(made["FunctionName"]) == f"${{Functions{row.state}}}"
    assert made["MaximumRetryAttempts"] == 2
    assert text_of(made["DestinationConfig"]["OnFailure"]["Destination"]) == UNDELIVERED


@each_machine
def test_a_row_with_events_or_a_schedule_is_no_state(template: Template, machine: str) -> None:
    definition = of_type(template, MACHINE)[MACHINES[machine]]["DefinitionString"]

    for row in INVOKED_LATER:
        assert row.by_events
        assert f"{row.state}FunctionArn" not in definition


def test_events_that_could_not_be_delivered_are_kept_encrypted(template: Template) -> None:
    (queue,) = of_type(template, "AWS::SQS::Queue").values()

    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600


def _with_texts(pattern: Any) -> Any:
    """A pattern with its references written as `text_of` does."""
    match pattern:
        case {"Ref": str()} | {"Fn::GetAtt": list()}:
            return text_of(pattern)
        case dict():
            return {key: _with_texts(value) for key, value in pattern.items()}
        case list():
            return [_with_texts(value) for value in pattern]
        case _:
            return pattern
