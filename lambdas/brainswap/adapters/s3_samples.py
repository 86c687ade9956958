"""Sampled answers of applications, in the bucket."""

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from brainswap.adapters.vendor_errors import storage_errors
from brainswap.core.errors import ArtifactMissingError
from brainswap.core.rollout.reporting import samples_of
from brainswap.core.rollout.samples import LARGEST
from brainswap.rollout.ports import Variant

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

MOST_BYTES = 64 << 20  # of one variant, so that no application decides how much memory its judge takes
AT_ONCE = 16
_NAME = re.compile(r"([0-9a-f]{64})\.json")


class S3Samples:
    """Objects whose names are their ranks: S3 lists keys in their order, so that a page begins with the lowest."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def lowest(self, workload: str, step: str, variant: Variant, most: int) -> Mapping[str, bytes]:
        prefix = samples_of(workload, step, variant)
        ranks = list(self._ranks(prefix, most))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(lambda rank: self._read(f"{prefix}{rank}.json"), ranks))
        return {rank: data for rank, data in zip(ranks, found, strict=True) if data is not None}

    def _ranks(self, prefix: str, most: int) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        found = size = 0
        with storage_errors(prefix):
            for page in pages:
                for entry in page.get("Contents", ()):
                    name = _NAME.fullmatch(entry["Key"].removeprefix(prefix))
                    if name is None or entry["Size"] > LARGEST:
                        continue
                    found, size = found + 1, size + entry["Size"]
                    if found > most or size > MOST_BYTES:
                        return
                    yield name[1]

    def _read(self, key: str) -> bytes | None:
        """None where it was deleted meanwhile."""
        try:
            with storage_errors(key):
                return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read(LARGEST + 1)
        except ArtifactMissingError:
            return None
