"""What leaves AWS: events of the stack's bus, as messages for Slack and Teams or as they are, by webhooks."""

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infrastructure.reasons import WATCHED_QUEUE, acknowledge
from infrastructure.webhooks import Webhook

DELIVERED_FOR = cdk.Duration.hours(24)
ATTEMPTS = 185  # as often as EventBridge tries in that time on its own
A_SECOND = 1  # as many as Slack takes
MESSAGE = "$.detail.message"


class Webhooks(Construct):
    """A rule, a connection and a destination for each webhook; what cannot be delivered waits in one queue.

    Attributes:
        undelivered: the queue; None where there are no webhooks.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, bus: events.IEventBus, webhooks: Sequence[Webhook]
    ) -> None:
        super().__init__(scope, construct_id)
        self.undelivered: sqs.Queue | None = None
        if not webhooks:
            return
        self.undelivered = sqs.Queue(
            self,
            "Undelivered",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
        )
        acknowledge(self.undelivered, ["SQS3"], WATCHED_QUEUE)
        for webhook in webhooks:
            self._webhook(webhook, bus, self.undelivered)

    def _webhook(self, webhook: Webhook, bus: events.IEventBus, undelivered: sqs.IQueue) -> None:
        # Nothing of the secret is in the template: CloudFormation resolves the reference when it makes the resource.
        connection = events.Connection(
            self,
            f"{webhook.name}-connection",
            authorization=events.Authorization.api_key(
                "Authorization", cdk.SecretValue.secrets_manager(webhook.secret, json_field="authorization")
            ),
        )
        url = webhook.url or cdk.SecretValue.secrets_manager(webhook.secret, json_field="url").unsafe_unwrap()
        destination = events.ApiDestination(
            self,
            f"{webhook.name}-destination",
            connection=connection,
            endpoint=url,
            http_method=events.HttpMethod.POST,
            rate_limit_per_second=A_SECOND,
        )
        events.Rule(
            self,
            f"{webhook.name}-rule",
            event_bus=bus,
            event_pattern=events.EventPattern(
                source=["brainswap"],
                detail_type=list(webhook.events) or None,
                detail=None if webhook.kind == "json" else {"message": events.Match.exists()},
            ),
            targets=[
                targets.ApiDestination(
                    destination,
                    event=_body(webhook),
                    header_parameters={"Content-Type": "application/json"},
                    dead_letter_queue=undelivered,
                    max_event_age=DELIVERED_FOR,
                    retry_attempts=ATTEMPTS,
                )
            ],
        )


def _body(webhook: Webhook) -> events.RuleTargetInput | None:
    """What is posted; None for the event as it is.

    The message is the whole of a JSON text, never a part of one: EventBridge then writes it with its quotation marks
    and escapes, so that nothing in it ends the text.
    """
    message = events.EventField.from_path(MESSAGE)
    if webhook.kind == "slack":
        channel = {"channel": webhook.channel} if webhook.channel else {}
        return events.RuleTargetInput.from_object({**channel, "text": message, "mrkdwn": False})
    if webhook.kind == "teams":
        return events.RuleTargetInput.from_object(_card(message))
    return None


def _card(message: str) -> dict[str, Any]:
    """An Adaptive Card, as Teams' Workflows take it."""
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "TextBlock", "text": message, "wrap": True}],
    }
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": content}],
    }
