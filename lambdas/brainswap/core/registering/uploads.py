"""Which version of which workload an uploaded file completes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from brainswap.core.loading.workloads import WORKLOAD_FILE

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """The declaration of a version, which is uploaded last."""

    workload: str
    version: str
    at: datetime
    id: str


def upload_of(event: Any) -> Upload | None:
    """The upload that an event of S3 tells of; None where the file is no declaration of a workload.

    A key without a version, ``workloads/NAME/workload.yaml``, or with more folders is none: nothing is guessed, see
    `misplaced`.
    """
    match event:
        case {"source": "aws.s3", "time": str(time), "detail": {"object": {"key": str(key)} as found}}:
            match key.split("/"):
                case ["workloads", name, version, file] if (
                    file == WORKLOAD_FILE and NAME.fullmatch(name) and VERSION.fullmatch(version)
                ):
                    return Upload(workload=name, version=version, at=datetime.fromisoformat(time), id=_id(found, time))
    return None


def misplaced(event: Any) -> str | None:
    """The key of a declaration that lies where it completes no version; None for any other file."""
    match event:
        case {"source": "aws.s3", "detail": {"object": {"key": str(key)}}} if upload_of(event) is None:
            match key.split("/"):
                case ["workloads", *_, file] if file == WORKLOAD_FILE:
                    return key
    return None


def _id(found: Mapping[str, Any], time: str) -> str:
    """The version of the object, or where the bucket keeps none the hash of its bytes, whose name is spelt twice."""
    version = found.get("version-id")
    kept = version if version != "null" else None
    return str(kept or found.get("etag") or found.get("eTag") or time)
