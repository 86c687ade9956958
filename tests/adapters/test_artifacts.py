"""Files: the same contract for S3 and for the fake."""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

import boto3
import pytest
from botocore.exceptions import ClientError

from brainswap.adapters.s3 import Retention, S3Artifacts
from brainswap.core.errors import ArtifactMissingError, StorageAccessError
from brainswap.ports import Artifacts
from local.cloud import BUCKET
from tests.fakes.clocks import StandingClock
from tests.fakes.stores import MemoryArtifacts

TEXT = "text/plain"


@pytest.fixture(params=["s3", "memory"])
def artifacts(request: pytest.FixtureRequest) -> Iterator[Artifacts]:
    if request.param == "memory":
        yield MemoryArtifacts()
        return
    request.getfixturevalue("aws")
    yield S3Artifacts(boto3.client("s3"), BUCKET, StandingClock())


@pytest.fixture
def key() -> str:
    return f"runs/{secrets.token_hex(4)}/file.txt"


def test_what_is_written_is_read(artifacts: Artifacts, key: str) -> None:
    artifacts.write(key, b"\x00 bytes", TEXT)

    assert artifacts.read(key) == b"\x00 bytes"
    assert artifacts.exists(key)


def test_a_missing_file_is_an_error_of_its_own(artifacts: Artifacts, key: str) -> None:
    assert not artifacts.exists(key)
    with pytest.raises(ArtifactMissingError):
        artifacts.read(key)
    with pytest.raises(ArtifactMissingError):
        list(artifacts.lines(key))


def test_lines_come_without_their_ends_and_survive_chunks(artifacts: Artifacts, key: str) -> None:
    lines = [b"x" * length for length in (0, 1, 700_000, 0, 1_500_000, 3)]
    artifacts.write(key, b"\n".join(lines) + b"\n", TEXT)

    assert list(artifacts.lines(key)) == lines


def test_a_file_appears_when_its_writing_ends(artifacts: Artifacts, key: str) -> None:
    with artifacts.writing(key, TEXT) as file:
        file.write(b"one ")
        file.write(b"two")

        assert not artifacts.exists(key)
    assert artifacts.read(key) == b"one two"


def test_a_large_file_comes_back_byte_for_byte(artifacts: Artifacts, key: str) -> None:
    lines = [bytes([number % 251]) * 99_999 for number in range(250) if number % 251 != 10]

    with artifacts.writing(key, TEXT) as file:
        for line in lines:
            file.write(line + b"\n")

    assert list(artifacts.lines(key)) == lines


def test_a_large_file_whose_writing_failed_leaves_nothing(artifacts: Artifacts, key: str) -> None:
    def write_and_fail() -> None:
        with artifacts.writing(key, TEXT) as file:
            file.write(b"x" * 12_000_000)
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        write_and_fail()

    assert not artifacts.exists(key)


def test_a_file_whose_writing_failed_does_not_appear(artifacts: Artifacts, key: str) -> None:
    def write_and_fail() -> None:
        with artifacts.writing(key, TEXT) as file:
            file.write(b"half")
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        write_and_fail()

    assert not artifacts.exists(key)


def test_keys_are_listed_by_their_prefix_in_order_over_all_pages(
    artifacts: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "3")
    prefix = f"history/{secrets.token_hex(4)}"
    names = [f"{prefix}/runs/{number}.json" for number in range(8)]
    for name in (*reversed(names), f"{prefix}/index.json", f"{prefix}-other/runs/1.json"):
        artifacts.write(name, b"x", TEXT)

    assert list(artifacts.keys(f"{prefix}/runs/")) == names
    assert list(artifacts.keys(f"{prefix}/nothing/")) == []


def test_folders_are_what_has_files_below_it(artifacts: Artifacts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
    prefix = f"history/{secrets.token_hex(4)}/"
    for name in ("b/index.json", "a/index.json", "a/runs/1.json", "c/x", "d/x", "e/x", "file.json"):
        artifacts.write(prefix + name, b"x", TEXT)

    assert list(artifacts.folders(prefix)) == ["a", "b", "c", "d", "e"]
    assert list(artifacts.folders(f"{prefix}nothing/")) == []


def test_a_folder_knows_its_files_by_name(artifacts: Artifacts, key: str) -> None:
    artifacts.write(key, b"inside", TEXT)
    folder = artifacts.folder(key.rpartition("/")[0])

    with folder.open("file.txt") as file:
        assert file.read() == b"inside"
    assert folder.exists("file.txt")
    assert not folder.exists("other.txt")
    with pytest.raises(FileNotFoundError):
        folder.open("other.txt")


@pytest.mark.usefixtures("aws")
def test_a_bucket_that_is_not_there_is_no_missing_file() -> None:
    artifacts = S3Artifacts(boto3.client("s3"), "nobody-has-this-bucket", StandingClock())

    with pytest.raises(StorageAccessError):
        artifacts.read("key")


@pytest.fixture
def locked() -> str:
    """A bucket with object lock."""
    name = f"locked-{secrets.token_hex(4)}"
    boto3.client("s3").create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


@pytest.mark.parametrize("mode", ["GOVERNANCE", "COMPLIANCE"])
@pytest.mark.usefixtures("aws")
def test_a_final_file_cannot_be_deleted_while_its_retention_lasts_and_others_can(
    locked: str, mode: Literal["GOVERNANCE", "COMPLIANCE"]
) -> None:
    s3 = boto3.client("s3")
    artifacts = S3Artifacts(s3, locked, StandingClock(), Retention(mode=mode, days=100_000))
    artifacts.write("runs/r/report.json", b"{}", TEXT, final=True)
    artifacts.write("runs/r/cases.jsonl", b"{}", TEXT)
    with artifacts.writing("runs/r/report.xlsx", TEXT, final=True) as file:
        file.write(b"x")

    for name in ("report.json", "report.xlsx"):
        found = s3.head_object(Bucket=locked, Key=f"runs/r/{name}")
        assert (found["ObjectLockMode"], found["ObjectLockRetainUntilDate"].year) == (mode, 2300)
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.delete_object(Bucket=locked, Key=f"runs/r/{name}", VersionId=found["VersionId"])
    free = s3.head_object(Bucket=locked, Key="runs/r/cases.jsonl")
    assert "ObjectLockMode" not in free
    s3.delete_object(Bucket=locked, Key="runs/r/cases.jsonl", VersionId=free["VersionId"])


@pytest.mark.usefixtures("aws")
def test_a_large_final_file_asks_for_its_retention_when_its_upload_begins(locked: str) -> None:
    s3, asked = boto3.client("s3"), []
    s3.meta.events.register("before-parameter-build.s3.CreateMultipartUpload", lambda params, **_: asked.append(params))
    artifacts = S3Artifacts(s3, locked, StandingClock(), Retention(mode="COMPLIANCE", days=1))

    with artifacts.writing("runs/r/report.xlsx", TEXT, final=True) as file:
        file.write(b"x" * 6_000_000)

    (parameters,) = asked
    assert parameters["ObjectLockMode"] == "COMPLIANCE"
    assert parameters["ObjectLockRetainUntilDate"] == StandingClock().now() + timedelta(days=1)


@pytest.mark.usefixtures("aws")
def test_without_a_retention_a_final_file_is_like_any_other(key: str) -> None:
    s3 = boto3.client("s3")

    S3Artifacts(s3, BUCKET, StandingClock()).write(key, b"x", TEXT, final=True)

    assert "ObjectLockMode" not in s3.head_object(Bucket=BUCKET, Key=key)


def test_a_retention_is_told_in_two_words() -> None:
    assert Retention.parse("COMPLIANCE 365") == Retention(mode="COMPLIANCE", days=365)
    assert Retention.parse("GOVERNANCE 1") == Retention(mode="GOVERNANCE", days=1)


@pytest.mark.usefixtures("aws")
def test_a_file_on_s3_can_be_had_as_a_local_one(key: str) -> None:
    artifacts = S3Artifacts(boto3.client("s3"), BUCKET, StandingClock())
    artifacts.write(key, b"inside", TEXT)

    path = artifacts.folder(key.rpartition("/")[0]).local_path("file.txt")

    assert path.read_bytes() == b"inside"
