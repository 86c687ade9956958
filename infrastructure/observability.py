"""Who hears that a migration failed."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct


class Observability(Construct):
    """An alarm on failed executions; with an address, also an e-mail."""

    def __init__(
        self, scope: Construct, construct_id: str, *, machine: sfn.StateMachine, alarm_email: str | None
    ) -> None:
        super().__init__(scope, construct_id)
        period = cdk.Duration.minutes(5)
        alarm = cloudwatch.Alarm(
            self,
            "FailedMigrations",
            alarm_description="A migration failed or took too long.",
            metric=cloudwatch.MathExpression(
                expression="SUM([failed, timed_out])",
                using_metrics={
                    "failed": machine.metric_failed(period=period),
                    "timed_out": machine.metric_timed_out(period=period),
                },
                period=period,
            ),
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        if alarm_email is not None:
            topic = sns.Topic(self, "Alarms", enforce_ssl=True)
            topic.add_subscription(subscriptions.EmailSubscription(alarm_email))
            alarm.add_alarm_action(actions.SnsAction(topic))
