"""A key of the account's own for everything that holds something."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

USES = ("kms:Decrypt", "kms:GenerateDataKey")
"""What whoever reads and writes needs; the key's own policy lets services in (docs/security.md)."""


def encrypt_with(stack: cdk.Stack, key_arn: str) -> None:
    """Encrypt bucket, tables, topics, queues and logs with a key, and let every role of the stack use it.

    It goes over what the stack has, so that nothing that is added later is forgotten.
    """
    for construct in stack.node.find_all():
        if isinstance(construct, iam.Role):
            # In a policy of its own, because the machines wait for their roles' first ones.
            statement = iam.PolicyStatement(actions=list(USES), resources=[key_arn])
            iam.Policy(construct, "UseKey", roles=[construct], statements=[statement])
        elif isinstance(construct, s3.CfnBucket):
            by_default = s3.CfnBucket.ServerSideEncryptionByDefaultProperty(
                sse_algorithm="aws:kms", kms_master_key_id=key_arn
            )
            rule = s3.CfnBucket.ServerSideEncryptionRuleProperty(
                bucket_key_enabled=True, server_side_encryption_by_default=by_default
            )
            construct.bucket_encryption = s3.CfnBucket.BucketEncryptionProperty(
                server_side_encryption_configuration=[rule]
            )
        elif isinstance(construct, dynamodb.CfnTable):
            construct.sse_specification = dynamodb.CfnTable.SSESpecificationProperty(
                sse_enabled=True, sse_type="KMS", kms_master_key_id=key_arn
            )
        elif isinstance(construct, sns.CfnTopic):
            construct.kms_master_key_id = key_arn
        elif isinstance(construct, sqs.CfnQueue):
            construct.sqs_managed_sse_enabled = None
            construct.kms_master_key_id = key_arn
        elif isinstance(construct, logs.CfnLogGroup):
            construct.kms_key_id = key_arn
