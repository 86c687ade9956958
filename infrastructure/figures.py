"""The figures that alarms watch and the dashboard shows: the services' own, and those that functions record."""

from collections.abc import Mapping
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

FIVE_MINUTES = cdk.Duration.minutes(5)
A_DAY = cdk.Duration.days(1)
NAMESPACE = "Brainswap"  # of brainswap.adapters.embedded_metrics
VERDICTS = ("migrate", "hold", "inconclusive", "refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Figures of one stack; those of models are the account's and region's, because Bedrock counts no further."""

    machine: sfn.StateMachine
    rollout_machine: sfn.StateMachine
    functions: Mapping[str, lambda_.Function]
    undelivered: sqs.IQueue

    @property
    def failed(self) -> cloudwatch.IMetric:
        return cloudwatch.MathExpression(
            expression="SUM([failed, timed_out])",
            using_metrics={
                "failed": self.machine.metric_failed(period=FIVE_MINUTES),
                "timed_out": self.machine.metric_timed_out(period=FIVE_MINUTES),
            },
            period=FIVE_MINUTES,
            label="failed or too late",
        )

    @property
    def broken_rollouts(self) -> cloudwatch.IMetric:
        """Those that somebody stopped, too: it is `Recover` that sends their traffic back, and not the machine."""
        return cloudwatch.MathExpression(
            expression="SUM([broken, overdue, stopped])",
            using_metrics={
                "broken": self.rollout_machine.metric_failed(period=FIVE_MINUTES),
                "overdue": self.rollout_machine.metric_timed_out(period=FIVE_MINUTES),
                "stopped": self.rollout_machine.metric_aborted(period=FIVE_MINUTES),
            },
            period=FIVE_MINUTES,
            label="failed, too late or stopped",
        )

    @property
    def running(self) -> list[cloudwatch.IMetric]:
        return [self.machine.metric_started(period=A_DAY), self.machine.metric_succeeded(period=A_DAY)]

    @property
    def waiting(self) -> cloudwatch.IMetric:
        return messages_in(self.undelivered, "undelivered events")

    @property
    def untold(self) -> cloudwatch.IMetric:
        return self.functions["Announce"].metric_errors(period=FIVE_MINUTES, label="errors of Announce")

    @property
    def throttled_functions(self) -> cloudwatch.IMetric:
        """Of those that run many at once."""
        asked = {
            name: self.functions[name].metric_throttles(period=FIVE_MINUTES) for name in ("Answer", "Score", "Judge")
        }
        named = {name.lower(): metric for name, metric in asked.items()}
        return cloudwatch.MathExpression(
            expression=f"SUM([{', '.join(named)}])",
            using_metrics=named,
            period=FIVE_MINUTES,
            label="refused invocations",
        )

    @property
    def throttled_models(self) -> cloudwatch.IMetric:
        return cloudwatch.Metric(
            namespace="AWS/Bedrock",
            metric_name="InvocationThrottles",
            period=FIVE_MINUTES,
            statistic="Sum",
            label="all models",
        )

    @property
    def legacy_models(self) -> cloudwatch.IMetric:
        """Calls to models that go, of all models together: an alarm holds for one line, and there is one for each."""
        query = 'SELECT SUM(LegacyModelInvocations) FROM SCHEMA("AWS/Bedrock", ModelId)'
        return cloudwatch.MathExpression(expression=query, using_metrics={}, period=FIVE_MINUTES)

    @property
    def unread_catalogues(self) -> cloudwatch.IMetric:
        return self.own("UnreadCatalogues", statistic="Maximum", period=FIVE_MINUTES, label="catalogues not read")

    @property
    def spend_of_budget(self) -> cloudwatch.IMetric:
        return self.own("SpendOfBudget", statistic="Maximum", period=FIVE_MINUTES, label="of the budget, in per cent")

    @property
    def spend(self) -> cloudwatch.IMetric:
        return self.own("SpendUsd", statistic="Sum", period=A_DAY, label="US dollars a day")

    @property
    def verdicts(self) -> list[cloudwatch.IMetric]:
        return [self.own("Runs", statistic="Sum", period=A_DAY, label=each, Verdict=each) for each in VERDICTS]

    @property
    def judged(self) -> list[cloudwatch.IMetric]:
        """Live answers that the judges of roll-outs looked at, and those of them that are bad, by variant."""
        return [
            self.own(name, statistic="Sum", period=A_DAY, label=f"{word}, {variant}", Variant=variant)
            for variant in ("source", "target")
            for name, word in (("Judged", "judged"), ("JudgedBad", "bad"))
        ]

    def by_model(self, name: str, statistic: str) -> cloudwatch.IMetric:
        """One of Bedrock's figures for each model that was asked."""
        search = f"SEARCH('{{AWS/Bedrock,ModelId}} MetricName=\"{name}\"', '{statistic}', 300)"
        return cloudwatch.MathExpression(expression=search, using_metrics={}, period=FIVE_MINUTES, label="")

    def errors_of_functions(self) -> list[cloudwatch.IMetric]:
        return [function.metric_errors(period=FIVE_MINUTES, label=name) for name, function in self.functions.items()]

    def own(
        self, name: str, *, statistic: str, period: cdk.Duration, label: str, **dimensions: str
    ) -> cloudwatch.IMetric:
        """A figure that functions record."""
        return cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name=name,
            dimensions_map={"Stack": cdk.Aws.STACK_NAME, **dimensions},
            statistic=statistic,
            period=period,
            label=label,
        )


def messages_in(queue: sqs.IQueue, label: str) -> cloudwatch.IMetric:
    """How many messages wait in a queue."""
    return queue.metric_approximate_number_of_messages_visible(period=FIVE_MINUTES, statistic="Maximum", label=label)
