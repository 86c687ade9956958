"""How a run is told of: events, messages, and links."""

import json
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
import requests
from botocore.config import Config

from brainswap.adapters.eventbridge import EventBridgeEvents
from brainswap.adapters.s3 import S3Links
from brainswap.adapters.sns_messages import SnsMessages
from local.cloud import BUCKET, BUS


@pytest.mark.usefixtures("aws")
def test_a_message_reaches_programs_as_json_and_people_as_text() -> None:
    topics, queues = boto3.client("sns"), boto3.client("sqs")
    queue = queues.create_queue(QueueName="messages")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = topics.create_topic(Name="reports")["TopicArn"]
    only_holds = json.dumps({"verdict": ["hold"]})
    topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"FilterPolicy": only_holds})
    messages = SnsMessages(topics, topic)

    messages.send("w: stay", "Stay.\n", {"verdict": "migrate"}, {"verdict": "migrate"})
    messages.send("w: stay", "Stay.\n", {"verdict": "hold"}, {"verdict": "hold"})

    (message,) = queues.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    body = json.loads(message["Body"])
    assert body["Subject"] == "w: stay"
    assert json.loads(body["Message"]) == {"verdict": "hold"}


@pytest.mark.usefixtures("aws")
def test_a_signed_link_opens_the_file_and_ends() -> None:
    s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
    s3.put_object(Bucket=BUCKET, Key="runs/r/report.html", Body=b"<p>", ContentType="text/html")

    links = S3Links(s3, BUCKET)
    link = links.signed("runs/r/report.html", "report.html", 3600)

    asked = parse_qs(urlsplit(link).query)
    assert (asked["X-Amz-Expires"], asked["X-Amz-Algorithm"]) == (["3600"], ["AWS4-HMAC-SHA256"])
    assert requests.get(link, timeout=10).content == b"<p>"
    assert "brainswap-local" in links.lasting("runs/r/report.html")


@pytest.mark.usefixtures("aws")
def test_an_event_reaches_the_bus() -> None:
    events, queues = boto3.client("events"), boto3.client("sqs")
    queue = queues.create_queue(QueueName="told")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="all", EventBusName=BUS, EventPattern='{"source": ["brainswap"]}')
    events.put_targets(Rule="all", EventBusName=BUS, Targets=[{"Id": "1", "Arn": arn}])

    EventBridgeEvents(events, BUS).publish("Migration Decided", {"verdict": "hold"})

    (message,) = queues.receive_message(QueueUrl=queue)["Messages"]
    assert '"verdict": "hold"' in message["Body"]
