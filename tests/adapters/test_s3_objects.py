"""Files anywhere in S3 that cases name, and the names that a workload's folder refuses there."""

import boto3
import pytest

from brainswap.adapters.s3 import S3Artifacts
from brainswap.adapters.s3_objects import S3Objects
from brainswap.core.errors import InvalidWorkloadError
from local.cloud import BUCKET
from tests.fakes.clocks import StandingClock


@pytest.fixture
def objects(aws: None) -> S3Objects:  # noqa: ARG001 - moto has to be there
    client = boto3.client("s3")
    client.create_bucket(Bucket="documents")
    client.put_object(Bucket="documents", Key="a folder/é.txt", Body=b"0123456789")
    return S3Objects(client)


@pytest.mark.parametrize(("most", "data"), [(20, b"0123456789"), (10, b"0123456789"), (4, b"01234")])
def test_no_more_is_read_than_one_byte_too_many(objects: S3Objects, most: int, data: bytes) -> None:
    assert objects.read("s3://documents/a folder/é.txt", most) == data


@pytest.mark.parametrize("uri", ["s3://documents/none.txt", "s3://no-such-bucket/a.txt"])
def test_what_cannot_be_read_is_a_file_that_is_not_there(objects: S3Objects, uri: str) -> None:
    with pytest.raises(FileNotFoundError):
        objects.read(uri, 10)


@pytest.mark.parametrize("name", ["../other/a.txt", "/a.txt", "a/../../b", "a\0b"])
@pytest.mark.usefixtures("aws")
def test_a_folder_in_s3_is_not_left_either(name: str) -> None:
    folder = S3Artifacts(boto3.client("s3"), BUCKET, StandingClock()).folder("workloads/x/1")

    for look in (folder.open, folder.exists):
        with pytest.raises(InvalidWorkloadError, match="leaves the workload's folder"):
            look(name)
