"""Who hears that something is wrong, and a page that shows how it goes."""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infrastructure.dashboard import dashboard_of
from infrastructure.figures import Figures, messages_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """An alarm.

    Attributes:
        about: in a sentence; the runbook in ``docs/operate.md`` has a part of this name.
        at_least: what the figure must reach.
        periods: of five minutes, one after the other.
    """

    about: str
    figure: cloudwatch.IMetric
    at_least: float = 1
    periods: int = 1


class Observability(Construct):
    """Alarms, a dashboard and, with an address, an e-mail for each alarm.

    Args:
        unposted: what webhooks refused; None where there are no webhooks.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        machine: sfn.StateMachine,
        rollout_machine: sfn.StateMachine,
        functions: Mapping[str, lambda_.Function],
        undelivered: sqs.IQueue,
        unposted: sqs.IQueue | None,
        alarm_email: str | None,
    ) -> None:
        super().__init__(scope, construct_id)
        figures = Figures(
            machine=machine, rollout_machine=rollout_machine, functions=functions, undelivered=undelivered
        )
        alarms = [
            self._alarm(name, watched)
            for name, watched in {
                "FailedMigrations": Watched(about="A migration failed or took too long.", figure=figures.failed),
                "BrokenRollouts": Watched(
                    about="A roll-out failed, took too long or was stopped.", figure=figures.broken_rollouts
                ),
                "UndeliveredEvents": Watched(about="An event could not be delivered.", figure=figures.waiting),
                "UntoldVerdict": Watched(about="A verdict could not be told.", figure=figures.untold),
                "LegacyModelUsed": Watched(about="Somebody calls a model that goes.", figure=figures.legacy_models),
                "UnreadCatalogues": Watched(
                    about="A region's catalogue of models was not read.", figure=figures.unread_catalogues
                ),
                "SpendNearBudget": Watched(
                    about="A run spent nearly all of its budget.", figure=figures.spend_of_budget, at_least=90
                ),
                "ThrottledFunctions": Watched(
                    about="Functions wait for each other.", figure=figures.throttled_functions, periods=3
                ),
                "ThrottledModels": Watched(
                    about="Models refuse requests for their pace.",
                    figure=figures.throttled_models,
                    at_least=100,
                    periods=6,
                ),
                **_of_webhooks(unposted),
            }.items()
        ]
        dashboard_of(self, "Dashboard", figures)
        if alarm_email is not None:
            topic = sns.Topic(self, "Alarms", enforce_ssl=True)
            topic.add_subscription(subscriptions.EmailSubscription(alarm_email))
            for alarm in alarms:
                alarm.add_alarm_action(actions.SnsAction(topic))

    def _alarm(self, name: str, watched: Watched) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            name,
            alarm_description=watched.about,
            metric=watched.figure,
            threshold=watched.at_least,
            evaluation_periods=watched.periods,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )


def _of_webhooks(unposted: sqs.IQueue | None) -> dict[str, Watched]:
    """The alarm for what webhooks refused, where there are any."""
    if unposted is None:
        return {}
    figure = messages_in(unposted, "refused by webhooks")
    return {"UnpostedEvents": Watched(about="A webhook refused an event for a day.", figure=figure)}
