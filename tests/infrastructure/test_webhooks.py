import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from brainswap.core.event_message import event_message
from infrastructure.settings import InvalidSettingsError, Settings
from infrastructure.webhooks import MOST, Webhook
from tests.infrastructure.conftest import WEBHOOKS
from tests.infrastructure.templates import Template, of_type, text_of

SLACK, TEAMS, PLAIN = WEBHOOKS
HOSTILE = 'w"}],"x":"\\u0022 \n end'


def event(kind: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    return {"source": "brainswap", "detail-type": kind, "detail": {"message": event_message(kind, detail), **detail}}


def posted(rule: Mapping[str, Any], happened: Mapping[str, Any]) -> Any:
    """What EventBridge makes of an event: a placeholder outside of quotation marks becomes the value as JSON."""
    (target,) = rule["Targets"]
    if "InputTransformer" not in target:
        return happened
    transformer = target["InputTransformer"]
    written = transformer["InputTemplate"]
    for name, path in transformer["InputPathsMap"].items():
        assert f'"<{name}>' not in written, "a value inside of a text could end it"
        value: Any = happened
        for part in path.removeprefix("$.").split("."):
            value = value[part]
        written = written.replace(f"<{name}>", json.dumps(value))
    return json.loads(written)


def rule_of(template: Template, name: str) -> Mapping[str, Any]:
    rules: Mapping[str, Any] = of_type(template, "AWS::Events::Rule")[f"Webhooks{name}rule"]
    return rules


def test_without_webhooks_nothing_leaves_the_account(template: Template) -> None:
    assert not of_type(template, "AWS::Events::ApiDestination")
    assert not of_type(template, "AWS::Events::Connection")
    assert not [name for name in of_type(template, "AWS::SQS::Queue") if name.startswith("Webhooks")]


def test_slack_gets_a_text_that_is_shown_as_it_is(with_options: Template) -> None:
    happened = event("Migration Decided", {"workload": "triage", "verdict": "hold", "run_id": "r-1"})

    body = posted(rule_of(with_options, "models"), happened)

    text = "Migration Decided: triage · verdict hold · run r-1"
    assert body == {"channel": "#models", "text": text, "mrkdwn": False}


def test_teams_gets_an_adaptive_card(with_options: Template) -> None:
    happened = event("Approval Wanted", {"workload": "triage"})

    body = posted(rule_of(with_options, "owners"), happened)

    (attached,) = body["attachments"]
    assert (body["type"], attached["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    assert attached["content"]["body"] == [{"type": "TextBlock", "text": "Approval Wanted: triage", "wrap": True}]


def test_anybody_else_gets_the_event(with_options: Template) -> None:
    happened = event("Rollout Begun", {"workload": "triage", "share": 1})

    assert posted(rule_of(with_options, "audit"), happened) == happened


@pytest.mark.parametrize("name", ["models", "owners"])
def test_a_hostile_name_ends_no_text(with_options: Template, name: str) -> None:
    body = json.dumps(posted(rule_of(with_options, name), event("Migration Decided", {"workload": HOSTILE})))

    assert set(json.loads(body)) <= {"channel", "text", "mrkdwn", "type", "attachments"}


def test_a_rule_listens_to_the_stacks_own_bus_and_to_the_kinds_that_were_asked_for(with_options: Template) -> None:
    patterns = {name: rule_of(with_options, name)["EventPattern"] for name in ("models", "owners", "audit")}

    message = {"detail": {"message": [{"exists": True}]}}
    assert patterns == {
        "models": {"source": ["brainswap"], **message},
        "owners": {"source": ["brainswap"], "detail-type": ["Migration Decided"], **message},
        "audit": {"source": ["brainswap"]},
    }
    buses = {text_of(rule_of(with_options, name)["EventBusName"]) for name in patterns}
    assert buses == {"${AnnouncementsBus}"}


def test_what_cannot_be_delivered_is_tried_for_a_day_and_kept(with_options: Template) -> None:
    for name in ("models", "owners", "audit"):
        (target,) = rule_of(with_options, name)["Targets"]
        assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 24 * 3600, "MaximumRetryAttempts": 185}
        assert text_of(target["DeadLetterConfig"]["Arn"]) == "${WebhooksUndelivered.Arn}"
        assert target["HttpParameters"]["HeaderParameters"] == {"Content-Type": "application/json"}
    queue = of_type(with_options, "AWS::SQS::Queue")["WebhooksUndelivered"]
    assert (queue["SqsManagedSseEnabled"], queue["MessageRetentionPeriod"]) == (True, 14 * 24 * 3600)


def test_secrets_stay_in_secrets_manager(with_options: Template) -> None:
    connections = of_type(with_options, "AWS::Events::Connection")
    destinations = of_type(with_options, "AWS::Events::ApiDestination")

    key = connections["WebhooksmodelsconnectionConnection"]["AuthParameters"]["ApiKeyAuthParameters"]
    assert key["ApiKeyName"] == "Authorization"
    assert re.fullmatch(
        r"\{\{resolve:secretsmanager:brainswap/slack:SecretString:authorization:+\}\}", key["ApiKeyValue"]
    )
    urls = {name: one["InvocationEndpoint"] for name, one in destinations.items()}
    assert urls["WebhooksauditdestinationApiDestination"] == PLAIN["url"]
    assert re.fullmatch(
        r"\{\{resolve:secretsmanager:brainswap/slack:SecretString:url:+\}\}",
        urls["WebhooksmodelsdestinationApiDestination"],
    )
    assert {one["InvocationRateLimitPerSecond"] for one in destinations.values()} == {1}


def test_a_rule_may_call_its_own_destination_alone(with_options: Template) -> None:
    allowed = {
        (statement["Action"], text_of(statement["Resource"]))
        for name, policy in of_type(with_options, "AWS::IAM::Policy").items()
        if name.startswith("Webhooks")
        for statement in policy["PolicyDocument"]["Statement"]
    }

    names = ("models", "owners", "audit")
    assert allowed == {
        ("events:InvokeApiDestination", f"${{Webhooks{name}destinationApiDestination.Arn}}") for name in names
    }


def test_what_a_webhook_refuses_raises_an_alarm(with_options: Template) -> None:
    alarm = of_type(with_options, "AWS::CloudWatch::Alarm")["ObservabilityUnpostedEvents"]

    (metric,) = (each["MetricStat"]["Metric"] for each in alarm["Metrics"])
    (dimension,) = metric["Dimensions"]
    assert (metric["MetricName"], alarm["Threshold"]) == ("ApproximateNumberOfMessagesVisible", 1)
    assert text_of(dimension["Value"]) == "${WebhooksUndelivered.QueueName}"


def test_without_webhooks_there_is_no_alarm_for_them(template: Template) -> None:
    assert "ObservabilityUnpostedEvents" not in of_type(template, "AWS::CloudWatch::Alarm")


def test_webhooks_are_read_from_a_list_or_its_json() -> None:
    expected = (Webhook(name="models", kind="slack", secret="brainswap/slack", channel="#models"),)  # noqa: S106 - a name

    assert Settings.from_context({"brainswap:webhooks": [SLACK]}).webhooks == expected
    assert Settings.from_context({"brainswap:webhooks": json.dumps([SLACK])}).webhooks == expected
    assert Settings.from_context({"brainswap:webhooks": ""}).webhooks == ()


def test_what_a_deployment_remembers_of_its_webhooks_is_read_as_it_was() -> None:
    settings = Settings.from_context({"brainswap:webhooks": [SLACK, TEAMS, PLAIN]})

    assert Settings.from_context({"brainswap:webhooks": settings.document()["webhooks"]}) == settings


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("{", "a list of webhooks, or its JSON"),
        ({}, "a list of at most"),
        ([SLACK] * (MOST + 1), "at most"),
        ([SLACK, SLACK], "of different names"),
        (["x"], "with name, kind and secret"),
        ([{"name": "a", "kind": "slack"}], "with name, kind and secret"),
        ([{**SLACK, "token": "xoxb"}], "url, channel or events alone"),
        ([{**SLACK, "kind": "irc"}], "slack, teams, json"),
        ([{**TEAMS, "channel": "#x"}], "for the kind slack alone"),
        ([{**SLACK, "name": "Models"}], "small letters"),
        ([{**SLACK, "secret": "{{resolve"}], "by its name"),
        ([{**SLACK, "url": "http://hooks.example.com"}], "https"),
        ([{**SLACK, "url": "https://user:word@hooks.example.com"}], "https"),
        ([{**SLACK, "url": "https://hooks.example.com/\n"}], "https"),
        ([{**SLACK, "channel": 7}], "channel"),
        ([{**TEAMS, "events": "Migration Decided"}], "a list of kinds"),
        ([{**TEAMS, "events": ["migration.decided"]}], "list of kinds"),
    ],
)
def test_a_webhook_that_cannot_be_is_refused(value: Any, why: str) -> None:
    with pytest.raises(InvalidSettingsError, match=re.escape(why)) as caught:
        Settings.from_context({"brainswap:webhooks": value})

    assert str(caught.value).startswith("brainswap:webhooks: must be ")
