"""The files of a batch job: what it reads and, in another order, writes."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Self

from local.bedrock.draws import uniform
from local.bedrock.faults import ServiceError
from local.bedrock.objects import Objects, ObjectsError, split_uri
from local.bedrock.records import offsets

_SUFFIX = ".jsonl"


@dataclass(slots=True, kw_only=True)
class Sheet:
    """An input file with its output file.

    Attributes:
        name: relative to the input's prefix.
        order: where the records begin, in the order in which they are answered; AWS keeps no order either.
    """

    name: str
    source: Path
    target: Path
    order: Sequence[int]
    _files: list[BinaryIO] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._files = [self.source.open("rb"), self.target.open("wb")]
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files:
            file.close()

    def records(self) -> Iterator[bytes]:
        for begin in self.order:
            self._files[0].seek(begin)
            yield self._files[0].readline()

    def write(self, line: bytes) -> None:
        self._files[1].write(line + b"\n")


def take(objects: Objects, uri: str, folder: Path, *, seed: int) -> list[Sheet]:
    """Copy a file, or all the JSON Lines below a prefix, and find their records; blocks.

    Raises:
        ObjectsError: something cannot be read, or there is nothing.
        ServiceError: ``ValidationException``: a line is no JSON object.
    """
    bucket, key = split_uri(uri)
    found = objects.keys(bucket, key)
    folder_key = key if key.endswith("/") or not key else key + "/"
    chosen = [key] if key in found else [each for each in found if each.startswith(folder_key)]
    chosen = [each for each in chosen if each.endswith(_SUFFIX)]
    if not chosen:
        raise ObjectsError(f"There is no {_SUFFIX} file at {uri}.")
    prefix = key.rpartition("/")[0] + "/" if key in found and "/" in key else "" if key in found else folder_key
    return [
        _sheet(objects, bucket, each, each.removeprefix(prefix), folder / f"{number}", seed=seed)
        for number, each in enumerate(chosen)
    ]


def give(objects: Objects, uri: str, job_id: str, name: str, source: Path) -> None:
    """Copy a file to where a job's output belongs; blocks."""
    bucket, prefix = split_uri(uri)
    objects.store(bucket, "/".join(filter(None, (prefix.strip("/"), job_id, f"{name}.out"))), source)


def write_json(path: Path, content: Mapping[str, int]) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def _sheet(objects: Objects, bucket: str, key: str, name: str, path: Path, *, seed: int) -> Sheet:
    source = path.with_suffix(".in")
    objects.fetch(bucket, key, source)
    try:
        begins = offsets(source)
    except ServiceError as error:
        raise ServiceError(error.code, f"s3://{bucket}/{key}: {error.message}") from None
    order = sorted(begins, key=lambda begin: uniform(seed, name, begin))
    return Sheet(name=name, source=source, target=path.with_suffix(".out"), order=order)
