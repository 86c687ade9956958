"""Files anywhere in Amazon S3 that cases name by their address."""

from typing import TYPE_CHECKING

from brainswap.adapters.vendor_errors import storage_errors
from brainswap.core.errors import ArtifactMissingError, StorageAccessError

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_SCHEME = "s3://"


class S3Objects:
    """Objects that the caller may read."""

    def __init__(self, client: "S3Client") -> None:
        self._client = client

    def read(self, uri: str, most: int) -> bytes:
        bucket, _, key = uri.removeprefix(_SCHEME).partition("/")
        try:
            with storage_errors(uri):
                # A range beyond the end of an object is answered with what there is, but for an empty one.
                found = self._client.get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{most}")
                return found["Body"].read()
        except ArtifactMissingError:
            raise FileNotFoundError("S3 does not have it") from None
        except StorageAccessError as error:
            raise FileNotFoundError(str(error)) from error
