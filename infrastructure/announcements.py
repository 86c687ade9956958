"""The bus on which a run says how it ended; who wants to know adds a rule to it."""

from aws_cdk import aws_events as events
from constructs import Construct


class Announcements(Construct):
    """One event bus; nothing listens by default."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.bus = events.EventBus(self, "Bus")
