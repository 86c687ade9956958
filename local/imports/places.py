"""Where files to import are: here, or in Amazon S3."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from brainswap.core.wording import printable
from local.imports.account import CannotImportError

SCHEME = "s3://"
MOST_OBJECTS = 20_000
MOST_BYTES = 4 << 30


@contextmanager
def at_hand(place: str) -> Iterator[Path]:
    """A file or folder as it is, or, as long as the block lasts, a copy of an object of S3 or of all below a prefix.

    Raises:
        CannotImportError: nothing is there, it may not be read, or it is too much to copy.
    """
    if not place.startswith(SCHEME):
        file = Path(place)
        if not file.exists():
            raise CannotImportError(f"There is no file {printable(place, 300)}.")
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="brainswap-import-") as scratch:
        try:
            found = _copy(place, Path(scratch))
        except (BotoCoreError, ClientError) as error:
            raise CannotImportError(f"{printable(place, 300)} cannot be read: {printable(str(error), 500)}") from error
        yield found


def _copy(place: str, folder: Path) -> Path:
    bucket, _, prefix = place.removeprefix(SCHEME).partition("/")
    if not bucket:
        raise CannotImportError(f"{printable(place, 300)} names no bucket; write s3://BUCKET/PREFIX.")
    client: Any = boto3.client("s3")
    keys = _keys(client, bucket, prefix, place)
    for key in keys:
        target = folder.joinpath(*Path(key).parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        client.download_file(bucket, key, str(target))
    return folder.joinpath(*Path(prefix).parts) if keys == [prefix] else folder


def _keys(client: Any, bucket: str, prefix: str, place: str) -> list[str]:
    """Of the objects that can be files in a folder; a prefix ends where a part of the path does."""
    keys: list[str] = []
    size = 0
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for each in page.get("Contents", ()):
            key = each["Key"]
            beyond = key[len(prefix) :]
            inside = not prefix or prefix.endswith("/") or not beyond or beyond.startswith("/")
            if key.endswith("/") or not inside or {".", ".."} & set(key.split("/")) or key.startswith("/"):
                continue
            keys.append(key)
            size += each["Size"]
        if len(keys) > MOST_OBJECTS or size > MOST_BYTES:
            raise CannotImportError(
                f"Below {printable(place, 300)} lie more than {MOST_OBJECTS:,} objects or {MOST_BYTES >> 30} GiB; name "
                "a narrower prefix, such as that of one day."
            )
    if not keys:
        raise CannotImportError(f"There is nothing below {printable(place, 300)}.")
    return keys
