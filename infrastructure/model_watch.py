"""An alarm that tells of calls to models that go, whoever in the account makes them."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

LOOKED_AT = cdk.Duration.hours(1)
QUERY = 'SELECT SUM(LegacyModelInvocations) FROM SCHEMA("AWS/Bedrock", ModelId)'
"""Of all models together: the metric has one line for each, and an alarm holds for one line."""


class ModelWatch(Construct):
    """The alarm; it has no action, for what it changes to is an event."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.alarm = cloudwatch.Alarm(
            self,
            "LegacyModelUsed",
            alarm_description="Somebody in this account calls a model of Amazon Bedrock that is in its legacy period.",
            metric=cloudwatch.MathExpression(expression=QUERY, using_metrics={}, period=LOOKED_AT),
            threshold=0,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
