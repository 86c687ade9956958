"""The folder of a workload, wherever it lies."""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Protocol

from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.wording import printable


class Folder(Protocol):
    """Files by their names inside the folder, with ``/`` between the parts.

    Every method raises ``InvalidWorkloadError`` for a name that leaves the folder, and all but ``exists`` raise
    ``FileNotFoundError`` for a file that is not there.
    """

    def open(self, name: str) -> BinaryIO: ...

    def exists(self, name: str) -> bool: ...

    def local_path(self, name: str) -> Path:
        """A real file, for formats that need seeking."""
        ...

    def rows(self, name: str) -> Iterator[Mapping[str, Any]]:
        """The rows of a Parquet file in batches' worth of memory, by column, as plain values that JSON knows.

        Raises:
            InvalidWorkloadError: the file is not Parquet, or a column holds what JSON cannot.
        """
        ...


def outside(name: str) -> InvalidWorkloadError:
    """What a folder says of a name that leaves it."""
    wrong = f"`{printable(name)}` leaves the workload's folder"
    remedy = "Name a file inside the folder, without `..`, a leading slash or a link that leads out."
    return InvalidWorkloadError([Problem(place=printable(name), wrong=wrong, remedy=remedy)])


def stay_inside(name: str) -> None:
    """Refuse a name whose parts lead out of any folder.

    Raises:
        InvalidWorkloadError: they do.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name:
        raise outside(name)


class Objects(Protocol):
    """Files anywhere in Amazon S3 that cases name."""

    def read(self, uri: str, most: int) -> bytes:
        """The bytes of ``s3://bucket/key``, the first ``most`` and one more of a larger file.

        Raises:
            FileNotFoundError: there is none, or it may not be read; the message says which.
        """
        ...
