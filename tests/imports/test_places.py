"""Files to import may lie in S3."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.importing import import_workload
from local.imports import places
from local.imports.account import CannotImportError
from local.imports.places import at_hand
from tests.imports.test_bedrock_logs import answer, log, question, sorting

BUCKET = "team-logs"
DAY = "AWSLogs/111122223333/BedrockModelInvocationLogs/us-east-1/2026/03/01"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client: Any = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET)
        yield client


def put(s3: Any, key: str, value: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key=key, Body=gzip.compress(json.dumps(value).encode()))


def test_logs_are_imported_from_a_prefix_with_the_large_bodies_beside_them(s3: Any, tmp_path: Path) -> None:
    for number in range(3):
        put(s3, f"{DAY}/10/{number}.json.gz", sorting(number, f"ticket {number}"))
    large = log(9, question("Ticket: the large one\nLabel:"), answer("billing"))
    del large["input"]["inputBodyJson"]
    body = f"{DAY}/10/data/request-9_input.json.gz"
    large["input"]["inputBodyS3Path"] = f"s3://{BUCKET}/{body}"
    put(s3, body, question("Ticket: the large one\nLabel:"))
    put(s3, f"{DAY}/10/9.json.gz", large)
    put(s3, "AWSLogs/elsewhere.json.gz", sorting(8, "of another prefix"))

    written = import_workload("bedrock-logs", f"s3://{BUCKET}/{DAY}/", tmp_path / "w", "embedded")

    assert (written.account.found, written.account.imported) == (4, 4)
    assert "the large one" in (tmp_path / "w" / "cases.jsonl").read_text("utf-8")
    assert f"s3://{BUCKET}/{DAY}/" in (tmp_path / "w" / "IMPORT.md").read_text("utf-8")


def test_one_object_is_a_file(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="a/cases.jsonl", Body=b"{}\n")
    s3.put_object(Bucket=BUCKET, Key="a/cases.jsonl.old", Body=b"no")

    with at_hand(f"s3://{BUCKET}/a/cases.jsonl") as found:
        assert found.read_bytes() == b"{}\n"
        assert found.name == "cases.jsonl"
    assert not found.exists()


def test_a_key_that_leads_out_of_its_folder_is_passed_over(s3: Any) -> None:
    for key in ("p/in.json", "p/../../out.json"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"1")

    with at_hand(f"s3://{BUCKET}/p/") as found:
        assert [path.name for path in found.rglob("*.json")] == ["in.json"]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("s3://", "names no bucket"),
        (f"s3://{BUCKET}/nothing/", "nothing below"),
        ("s3://no-such-bucket/a", "cannot be read: .*NoSuchBucket"),
        ("no/such/file", "There is no file"),
    ],
)
def test_what_is_not_there_is_said(s3: Any, place: str, words: str) -> None:  # noqa: ARG001 - nobody else is asked
    with pytest.raises(CannotImportError, match=words), at_hand(place):
        pass


def test_more_than_fits_is_not_copied(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MOST_OBJECTS", 1)
    for number in range(2):
        s3.put_object(Bucket=BUCKET, Key=f"p/{number}.json", Body=b"1")

    with pytest.raises(CannotImportError, match="narrower prefix"), at_hand(f"s3://{BUCKET}/p/"):
        pass
