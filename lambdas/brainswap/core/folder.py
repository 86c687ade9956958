"""The folder of a workload, wherever it lies."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Protocol


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


class Objects(Protocol):
    """Files anywhere in Amazon S3 that cases name."""

    def read(self, uri: str, most: int) -> bytes:
        """The bytes of ``s3://bucket/key``, the first ``most`` and one more of a larger file.

        Raises:
            FileNotFoundError: there is none, or it may not be read; the message says which.
        """
        ...
