"""What invokes functions besides states: the rules and schedules of the catalogue."""

import json
from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infrastructure.catalog import FUNCTIONS
from infrastructure.event_patterns import EventRule, filled, scheduled
from infrastructure.reasons import WATCHED_QUEUE, acknowledge, allow

DELIVERED_FOR = cdk.Duration.hours(6)
ATTEMPTS = 10
WITHIN_MINUTES = 15  # of the time of a schedule, so that not all accounts ask at once


class Triggers(Construct):
    """Every rule and schedule of the catalogue; what cannot be delivered, or ends in an error, waits in one queue.

    Args:
        values: of the placeholders in patterns, by placeholder.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        functions: Mapping[str, lambda_.Function],
        bus: events.IEventBus,
        values: Mapping[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        self.undelivered = sqs.Queue(
            self,
            "Undelivered",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
        )
        acknowledge(self.undelivered, ["SQS3"], WATCHED_QUEUE)
        role = iam.Role(
            self,
            "ScheduleRole",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}}
            ),
        )
        allow(role, ["sqs:SendMessage"], [self.undelivered.queue_arn])
        for row in FUNCTIONS:
            function = functions[row.state]
            if row.events or row.every:
                # Events are handed over and invoke later: an error of the function is Lambda's to retry and to keep.
                lambda_.CfnEventInvokeConfig(
                    self,
                    f"{row.state}Invocation",
                    function_name=function.function_name,
                    qualifier="$LATEST",
                    maximum_event_age_in_seconds=DELIVERED_FOR.to_seconds(),
                    maximum_retry_attempts=2,
                    destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
                        on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(
                            destination=self.undelivered.queue_arn
                        )
                    ),
                )
                allow(function, ["sqs:SendMessage"], [self.undelivered.queue_arn])
            for rule in row.events:
                self._rule(row.state, rule, function, bus, values)
            if row.every:
                allow(role, ["lambda:InvokeFunction"], [function.function_arn])
                self._schedule(row.state, row.every, function, role)

    def _rule(
        self,
        state: str,
        rule: EventRule,
        function: lambda_.Function,
        bus: events.IEventBus,
        values: Mapping[str, str],
    ) -> None:
        pattern = filled(rule.pattern, values)
        events.Rule(
            self,
            f"{state}{rule.name}",
            event_bus=bus if rule.bus == "stack" else None,
            event_pattern=_pattern(pattern),
            targets=[
                targets.LambdaFunction(
                    function,
                    dead_letter_queue=self.undelivered,
                    max_event_age=DELIVERED_FOR,
                    retry_attempts=ATTEMPTS,
                )
            ],
        )

    def _schedule(self, state: str, every: str, function: lambda_.Function, role: iam.Role) -> None:
        target = scheduler.CfnSchedule.TargetProperty(
            arn=function.function_arn,
            role_arn=role.role_arn,
            input=json.dumps(scheduled(state)),
            dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=self.undelivered.queue_arn),
            retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                maximum_event_age_in_seconds=DELIVERED_FOR.to_seconds(), maximum_retry_attempts=ATTEMPTS
            ),
        )
        window = scheduler.CfnSchedule.FlexibleTimeWindowProperty(
            mode="FLEXIBLE", maximum_window_in_minutes=WITHIN_MINUTES
        )
        scheduler.CfnSchedule(
            self, f"{state}Schedule", schedule_expression=every, flexible_time_window=window, target=target
        )


def _pattern(pattern: Mapping[str, Any]) -> events.EventPattern:
    return events.EventPattern(
        source=pattern.get("source"),
        detail_type=pattern.get("detail-type"),
        detail=pattern.get("detail"),
    )
