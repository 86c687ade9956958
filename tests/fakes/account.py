"""A stack as the command line finds it: the cloud in this process, under the name of a stack of CloudFormation."""

import json

import boto3

from local.cloud import BUS, LEDGER, Cloud


def as_stack(cloud: Cloud, name: str = "Brainswap", topic: str = "none") -> None:
    """Give the cloud the outputs of a deployed stack."""
    outputs = {
        "BucketName": cloud.bucket,
        "LedgerTableName": LEDGER,
        "BusName": BUS,
        "TopicArn": topic,
        "StateMachineArn": cloud.machine_arn,
    }
    template = {
        "Resources": {"Nothing": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {key: {"Value": value} for key, value in outputs.items()},
    }
    boto3.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))
