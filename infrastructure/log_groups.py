"""Log groups that forget, and that go or stay with the stack's other data."""

from aws_cdk import aws_logs as logs
from constructs import Construct

from infrastructure.settings import Settings
from infrastructure.storage import removal_policy


def log_group(scope: Construct, construct_id: str, settings: Settings) -> logs.LogGroup:
    """A group with the retention of the settings."""
    group = logs.LogGroup(scope, construct_id, removal_policy=removal_policy(settings))
    resource = group.node.default_child
    if not isinstance(resource, logs.CfnLogGroup):
        raise TypeError(f"{group.node.path} is made of {type(resource).__name__} and not of a log group")
    # The enumeration of the construct has names for the days; the settings have the days.
    resource.retention_in_days = settings.log_retention_days
    return group
