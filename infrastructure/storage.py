"""Where runs are kept: a bucket for files, a table for the ledger, a table for answers."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infrastructure.reasons import acknowledge
from infrastructure.settings import Settings

MAP_RUNS = "map-runs/"
"""Prefix of what Distributed Map writes about its own runs."""

LONG_ANSWERS = "answers/"
"""Prefix of cached answers that are too long for an item of the answer table."""

SAMPLES = "samples/"
"""Prefix of what applications keep of live answers for the judge of a roll-out."""

SAMPLE_DAYS = 14
"""A roll-out, in which somebody may still look at them, ends before."""


def removal_policy(settings: Settings) -> cdk.RemovalPolicy:
    return cdk.RemovalPolicy.RETAIN if settings.retains else cdk.RemovalPolicy.DESTROY


class Storage(Construct):
    """Bucket and tables."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            versioned=True,
            object_lock_enabled=settings.retention is not None or None,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[
                s3.LifecycleRule(
                    noncurrent_version_expiration=cdk.Duration.days(30), expired_object_delete_marker=True
                ),
                s3.LifecycleRule(prefix=MAP_RUNS, expiration=cdk.Duration.days(30)),
                # Later than the item that points at it, which DynamoDB deletes some days after its time.
                s3.LifecycleRule(prefix=LONG_ANSWERS, expiration=cdk.Duration.days(settings.answer_ttl_days + 30)),
                s3.LifecycleRule(
                    prefix=SAMPLES,
                    expiration=cdk.Duration.days(SAMPLE_DAYS),
                    noncurrent_version_expiration=cdk.Duration.days(1),  # what live requests hold is not kept for long
                ),
                s3.LifecycleRule(abort_incomplete_multipart_upload_after=cdk.Duration.days(7)),
            ],
            removal_policy=removal_policy(settings),
        )
        acknowledge(
            self.bucket,
            ["S1"],
            "Functions alone use the bucket; CloudTrail's data events tell of others, where an account wants that.",
        )
        _tell_eventbridge(self.bucket)
        self.ledger = self._table("Ledger", settings, sort_key="sk")
        self.answers = self._table("Answers", settings, time_to_live="expires_at")

    def _table(
        self, construct_id: str, settings: Settings, *, sort_key: str | None = None, time_to_live: str | None = None
    ) -> dynamodb.Table:
        return dynamodb.Table(
            self,
            construct_id,
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name=sort_key, type=dynamodb.AttributeType.STRING) if sort_key else None,
            time_to_live_attribute=time_to_live,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=settings.retains,
            removal_policy=removal_policy(settings),
        )


def _tell_eventbridge(bucket: s3.Bucket) -> None:
    """Have the account's bus hear of objects; the construct's own way brings a function that sets this."""
    resource = bucket.node.default_child
    if not isinstance(resource, s3.CfnBucket):
        raise TypeError(f"{bucket.node.path} is made of {type(resource).__name__} and not of a bucket")
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
    )
