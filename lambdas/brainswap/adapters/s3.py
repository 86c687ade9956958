"""Files in an S3 bucket."""

import io
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, cast
from urllib.parse import quote

from brainswap.adapters.parquet import parquet_rows
from brainswap.adapters.vendor_errors import storage_errors
from brainswap.core.errors import ArtifactMissingError
from brainswap.core.folder import stay_inside
from brainswap.ports import Clock

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer
    from types_boto3_s3 import S3Client

CHUNK = 1 << 16
RANGE = 5 << 20  # bytes of one request, the least that S3 takes as a part: what a broken connection costs


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long nobody deletes a final file.

    Attributes:
        mode: ``GOVERNANCE``: but for whoever holds the right to; ``COMPLIANCE``: nobody at all.
    """

    mode: Literal["GOVERNANCE", "COMPLIANCE"]
    days: int

    @classmethod
    def parse(cls, text: str) -> "Retention":
        """Read ``MODE DAYS``."""
        mode, days = text.split(" ")
        return cls(mode="COMPLIANCE" if mode == "COMPLIANCE" else "GOVERNANCE", days=int(days))


class S3Artifacts:
    """Files in one bucket, encrypted as the bucket says.

    Args:
        client: of S3.
        bucket: with object lock, where there is a retention.
        clock: from which the retention counts.
        retention: of final files; None where nobody asks for one.
    """

    def __init__(self, client: "S3Client", bucket: str, clock: Clock, retention: Retention | None = None) -> None:
        self._client = client
        self._bucket = bucket
        self._clock = clock
        self._retention = retention

    def read(self, key: str) -> bytes:
        with storage_errors(key):
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def write(self, key: str, data: bytes, content_type: str, *, final: bool = False) -> None:
        with storage_errors(key):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=data, **self._kind(content_type, final=final))

    def lines(self, key: str) -> Iterator[bytes]:
        with self.stream(key) as body:
            for line in body:
                yield line.rstrip(b"\n")

    @contextmanager
    def writing(self, key: str, content_type: str, *, final: bool = False) -> Iterator[BinaryIO]:
        parts = _Parts(self._client, self._bucket, key, self._kind(content_type, final=final))
        try:
            yield cast("BinaryIO", parts)
        except BaseException:
            parts.abort()
            raise
        parts.complete()

    def exists(self, key: str) -> bool:
        try:
            with storage_errors(key):
                self._client.head_object(Bucket=self._bucket, Key=key)
        except ArtifactMissingError:
            return False
        return True

    def keys(self, prefix: str) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        with storage_errors(prefix):
            for page in pages:
                yield from (entry["Key"] for entry in page.get("Contents", ()))

    def folders(self, prefix: str) -> Iterator[str]:
        lister = self._client.get_paginator("list_objects_v2")
        with storage_errors(prefix):
            for page in lister.paginate(Bucket=self._bucket, Prefix=prefix, Delimiter="/"):
                found = (entry["Prefix"] for entry in page.get("CommonPrefixes", ()))
                yield from (name.removeprefix(prefix).removesuffix("/") for name in found)

    def folder(self, prefix: str) -> "S3Folder":
        return S3Folder(self, prefix)

    def _kind(self, content_type: str, *, final: bool) -> dict[str, Any]:
        """What an object is created with besides its content."""
        kind: dict[str, Any] = {"ContentType": content_type}
        if final and self._retention is not None:
            until = self._clock.now() + timedelta(days=self._retention.days)
            kind |= {"ObjectLockMode": self._retention.mode, "ObjectLockRetainUntilDate": until}
        return kind

    def stream(self, key: str) -> io.BufferedReader:
        """A file that is fetched a range at a time, as it is read."""
        with storage_errors(key):
            size = self._client.head_object(Bucket=self._bucket, Key=key)["ContentLength"]
        return io.BufferedReader(_Ranges(self._client, self._bucket, key, size), CHUNK)


class S3Links:
    """Links to files in one bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def lasting(self, key: str) -> str:
        """In the console of the account."""
        region = self._client.meta.region_name
        return f"https://{region}.console.aws.amazon.com/s3/object/{self._bucket}?region={region}&prefix={quote(key)}"

    def signed(self, key: str, name: str, seconds: int) -> str:
        parameters = {
            "Bucket": self._bucket,
            "Key": key,
            "ResponseContentDisposition": f'inline; filename="{name}"',
        }
        return self._client.generate_presigned_url("get_object", Params=parameters, ExpiresIn=seconds)


class S3Folder:
    """The files under a prefix, by name."""

    def __init__(self, artifacts: S3Artifacts, prefix: str) -> None:
        self._artifacts = artifacts
        self._prefix = prefix.rstrip("/")

    def open(self, name: str) -> BinaryIO:
        try:
            return self._artifacts.stream(self._key(name))
        except ArtifactMissingError:
            raise FileNotFoundError(name) from None

    def exists(self, name: str) -> bool:
        return self._artifacts.exists(self._key(name))

    def local_path(self, name: str) -> Path:
        target = Path(tempfile.mkdtemp(prefix="brainswap-")) / Path(name).name
        with self.open(name) as body, target.open("wb") as file:
            shutil.copyfileobj(body, file, CHUNK)
        return target

    def rows(self, name: str) -> Iterator[Mapping[str, Any]]:
        path = self.local_path(name)
        try:
            yield from parquet_rows(name, path)
        finally:
            shutil.rmtree(path.parent)

    def _key(self, name: str) -> str:
        stay_inside(name)
        return f"{self._prefix}/{name}"


class _Parts(io.RawIOBase):
    """An object that grows a part at a time and appears when it is complete; a small one is put at once."""

    def __init__(self, client: "S3Client", bucket: str, key: str, kind: Mapping[str, Any]) -> None:
        self._client = client
        self._where: Any = {"Bucket": bucket, "Key": key}
        self._kind = kind
        self._pending = bytearray()
        self._upload_id: str | None = None
        self._etags: list[str] = []

    def writable(self) -> bool:
        return True

    def write(self, data: "ReadableBuffer") -> int:
        view = memoryview(data).cast("B")
        self._pending += view
        while len(self._pending) >= RANGE:
            self._send(RANGE)
        return len(view)

    def complete(self) -> None:
        with storage_errors(self._where["Key"]):
            if self._upload_id is None:
                self._client.put_object(**self._where, Body=bytes(self._pending), **self._kind)
                return
            if self._pending:
                self._send(len(self._pending))
            parts: Any = [{"ETag": etag, "PartNumber": number} for number, etag in enumerate(self._etags, 1)]
            self._client.complete_multipart_upload(
                **self._where, UploadId=self._upload_id, MultipartUpload={"Parts": parts}
            )

    def abort(self) -> None:
        if self._upload_id is not None:
            with storage_errors(self._where["Key"]):
                self._client.abort_multipart_upload(**self._where, UploadId=self._upload_id)

    def _send(self, size: int) -> None:
        with storage_errors(self._where["Key"]):
            if self._upload_id is None:
                begun = self._client.create_multipart_upload(**self._where, **self._kind)
                self._upload_id = begun["UploadId"]
            sent = self._client.upload_part(
                **self._where,
                UploadId=self._upload_id,
                PartNumber=len(self._etags) + 1,
                Body=bytes(self._pending[:size]),
            )
        self._etags.append(sent["ETag"])
        del self._pending[:size]


class _Ranges(io.RawIOBase):
    """An object as a file, a range at a time."""

    def __init__(self, client: "S3Client", bucket: str, key: str, size: int) -> None:
        self._client = client
        self._bucket = bucket
        self._key = key
        self._size = size
        self._next = 0
        self._range = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        if not self._range and self._next < self._size:
            self._fetch()
        view = memoryview(buffer).cast("B")
        count = min(len(view), len(self._range))
        view[:count] = self._range[:count]
        self._range = self._range[count:]
        return count

    def _fetch(self) -> None:
        last = min(self._next + RANGE, self._size) - 1
        with storage_errors(self._key):
            found = self._client.get_object(Bucket=self._bucket, Key=self._key, Range=f"bytes={self._next}-{last}")
            self._range = memoryview(found["Body"].read())
        self._next = last + 1
