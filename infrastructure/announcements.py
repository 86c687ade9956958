"""Where a run says how it ended: a bus for rules, and a topic for people and programs."""

from aws_cdk import aws_events as events
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct


class Announcements(Construct):
    """One event bus and one topic; nothing listens by default, with an address an e-mail is sent."""

    def __init__(self, scope: Construct, construct_id: str, *, report_email: str | None) -> None:
        super().__init__(scope, construct_id)
        self.bus = events.EventBus(self, "Bus")
        self.topic = sns.Topic(self, "Reports", enforce_ssl=True)
        if report_email is not None:
            self.topic.add_subscription(subscriptions.EmailSubscription(report_email))
