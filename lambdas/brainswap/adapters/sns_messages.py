"""Messages through a topic of Amazon SNS, each subscriber in the form that it takes."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from brainswap.adapters.vendor_errors import storage_errors

if TYPE_CHECKING:
    from types_boto3_sns import SNSClient

MACHINES = ("email-json", "http", "https", "sqs", "lambda", "firehose")


class SnsMessages:
    """One topic; a subscription may filter by the attributes ``workload`` and ``verdict``."""

    def __init__(self, client: "SNSClient", topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def send(self, subject: str, text: str, document: Mapping[str, Any], attributes: Mapping[str, str]) -> None:
        for_machines = json.dumps(document, ensure_ascii=False)
        body = {"default": text, "email": text, **dict.fromkeys(MACHINES, for_machines)}
        with storage_errors(self._topic_arn):
            self._client.publish(
                TopicArn=self._topic_arn,
                Subject=subject,
                Message=json.dumps(body),
                MessageStructure="json",
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
                },
            )
