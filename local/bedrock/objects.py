"""Objects that batch jobs read and write: a port, and S3 behind it."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

_PATIENCE_S = 10


class ObjectsError(Exception):
    """An object cannot be read or written; the message says which one, and why."""


class Objects(Protocol):
    """Files in buckets. Every method blocks, and raises `ObjectsError` where it fails."""

    def keys(self, bucket: str, prefix: str) -> Sequence[str]:
        """All keys that begin so, in order."""
        ...

    def fetch(self, bucket: str, key: str, into: Path) -> None:
        """Copy an object into a file."""
        ...

    def store(self, bucket: str, key: str, source: Path) -> None:
        """Copy a file into an object, replacing what was there."""
        ...


class S3Objects:
    """Objects in S3, found as boto3 finds it: credentials and ``AWS_ENDPOINT_URL_S3`` come from the environment."""

    def __init__(self, region: str) -> None:
        import boto3  # noqa: PLC0415 - a third of the server's start, and most servers never run a job
        from botocore.config import Config  # noqa: PLC0415 - comes with it

        # A session of its own, because boto3's default session must not be used by several threads at once.
        self._client = boto3.session.Session().client(
            "s3", region_name=region, config=Config(connect_timeout=_PATIENCE_S, retries={"total_max_attempts": 2})
        )

    def keys(self, bucket: str, prefix: str) -> Sequence[str]:
        try:
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            return [found["Key"] for page in pages for found in page.get("Contents", ())]
        except (BotoCoreError, ClientError) as error:
            raise _failed("list", bucket, prefix, error) from error

    def fetch(self, bucket: str, key: str, into: Path) -> None:
        try:
            with into.open("wb") as file:
                shutil.copyfileobj(self._client.get_object(Bucket=bucket, Key=key)["Body"], file)
        except (BotoCoreError, ClientError) as error:
            raise _failed("read", bucket, key, error) from error

    def store(self, bucket: str, key: str, source: Path) -> None:
        try:
            with source.open("rb") as file:
                self._client.put_object(Bucket=bucket, Key=key, Body=file)
        except (BotoCoreError, ClientError) as error:
            raise _failed("write", bucket, key, error) from error


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of an ``s3://`` URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def _failed(verb: str, bucket: str, key: str, error: Exception) -> ObjectsError:
    return ObjectsError(f"Could not {verb} s3://{bucket}/{key}: {error}")
