"""Files in an S3 bucket."""

import io
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from brainswap.adapters.parquet import parquet_rows
from brainswap.adapters.vendor_errors import storage_errors
from brainswap.core.errors import ArtifactMissingError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from botocore.response import StreamingBody
    from types_boto3_s3 import S3Client

CHUNK = 1 << 20
SPOOL = 8 << 20


class S3Artifacts:
    """Files in one bucket, encrypted as the bucket says."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def read(self, key: str) -> bytes:
        with storage_errors(key):
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def write(self, key: str, data: bytes, content_type: str) -> None:
        with storage_errors(key):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=data, ContentType=content_type)

    def lines(self, key: str) -> Iterator[bytes]:
        with self._open(key) as body:
            for line in body:
                yield line.rstrip(b"\n")

    @contextmanager
    def writing(self, key: str, content_type: str) -> Iterator[BinaryIO]:
        with tempfile.SpooledTemporaryFile(max_size=SPOOL) as spool:
            yield cast("BinaryIO", spool)
            spool.seek(0)
            with storage_errors(key):
                self._client.upload_fileobj(
                    cast("BinaryIO", spool), self._bucket, key, ExtraArgs={"ContentType": content_type}
                )

    def exists(self, key: str) -> bool:
        try:
            with storage_errors(key):
                self._client.head_object(Bucket=self._bucket, Key=key)
        except ArtifactMissingError:
            return False
        return True

    def folder(self, prefix: str) -> "S3Folder":
        return S3Folder(self, prefix)

    def _open(self, key: str) -> io.BufferedReader:
        with storage_errors(key):
            body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"]
        return io.BufferedReader(_Readable(body, key), CHUNK)


class S3Folder:
    """The files under a prefix, by name."""

    def __init__(self, artifacts: S3Artifacts, prefix: str) -> None:
        self._artifacts = artifacts
        self._prefix = prefix.rstrip("/")

    def open(self, name: str) -> BinaryIO:
        try:
            return self._artifacts._open(self._key(name))  # noqa: SLF001 - two halves of one adapter
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
        return parquet_rows(name, self.local_path(name))

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}"


class _Readable(io.RawIOBase):
    """A response's body as a file, so that its lines can be read as they arrive."""

    def __init__(self, body: "StreamingBody", key: str) -> None:
        self._body = body
        self._key = key

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        with storage_errors(self._key):
            data = self._body.read(len(view))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._body.close()
        super().close()
