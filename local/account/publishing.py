"""Putting the files of an assembly into the account's bootstrap bucket, each once."""

import tempfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any

from botocore.exceptions import ClientError

from local.account.assembly import File
from local.account.change_sets import DeploymentFailedError

Say = Callable[[str], None]

_CLOSED = frozenset({"403", "AccessDenied"})
_MISSING = frozenset({"404", "NoSuchKey", "NotFound"})
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first time that a zip file can tell
_READABLE = 0o644 << 16


def publish(files: Iterable[File], s3_with: Callable[[str | None], Any], say: Say, *, account: str) -> int:
    """Upload what is not there; the keys are hashes of the content, so that what is there is right.

    Anybody can guess the bucket's name, and have it where the account does not: the code goes into no bucket of others.

    Args:
        files: of an assembly.
        s3_with: the client that works with the rights of a role.
        say: hears of each upload.
        account: whose bucket it has to be.

    Returns:
        How many were uploaded.

    Raises:
        DeploymentFailedError: the bucket may not be looked into.
    """
    uploaded = 0
    for file in files:
        client = s3_with(file.role)
        if _is_there(client, file, account):
            continue
        with tempfile.TemporaryFile() as body:
            _write(file, body)
            size = body.tell()
            body.seek(0)
            say(f"Uploading {file.name} ({size / 2**20:.1f} MB)")
            client.upload_fileobj(body, file.bucket, file.key, ExtraArgs={"ExpectedBucketOwner": account})
        uploaded += 1
    return uploaded


def _is_there(client: Any, file: File, account: str) -> bool:
    try:
        client.head_object(Bucket=file.bucket, Key=file.key, ExpectedBucketOwner=account)
    except ClientError as error:
        if error.response["Error"]["Code"] in _MISSING:
            return False
        if error.response["Error"]["Code"] in _CLOSED:
            raise DeploymentFailedError(
                f"The bucket {file.bucket} is closed to you, or another account's. Have an administrator of {account} "
                "look at it, or prepare the account for CDK again."
            ) from error
        raise
    return True


def _write(file: File, body: IO[bytes]) -> None:
    if file.packaging == "file":
        body.write(file.source.read_bytes())
        return
    with zipfile.ZipFile(body, "w") as archive:
        for path in sorted(path for path in file.source.rglob("*") if path.is_file()):
            archive.writestr(_entry(path, file.source), path.read_bytes(), zipfile.ZIP_DEFLATED)


def _entry(path: Path, root: Path) -> zipfile.ZipInfo:
    """Without times and owners, so that the same files make the same bytes."""
    entry = zipfile.ZipInfo(path.relative_to(root).as_posix(), _LONG_AGO)
    entry.external_attr = _READABLE
    return entry
