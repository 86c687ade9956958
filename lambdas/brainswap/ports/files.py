"""Files, and where a browser finds them."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from brainswap.core.folder import Folder


class Artifacts(Protocol):
    """Files, by key."""

    def read(self, key: str) -> bytes:
        """Return a whole file.

        Raises:
            ArtifactMissingError: there is none.
        """
        ...

    def write(self, key: str, data: bytes, content_type: str, *, final: bool = False) -> None:
        """Write a whole file.

        Args:
            key: of the file; one that is there is replaced.
            data: its content.
            content_type: with which it is given to a browser.
            final: people sign it, so that it is kept from being deleted where the deployment says for how long.
        """
        ...

    def lines(self, key: str) -> Iterator[bytes]:
        """The lines of a file without their ends, streamed.

        Raises:
            ArtifactMissingError: there is none.
        """
        ...

    def writing(self, key: str, content_type: str, *, final: bool = False) -> AbstractContextManager[BinaryIO]:
        """A file that appears under its key when the block ends well, and not at all when it does not; see `write`."""
        ...

    def exists(self, key: str) -> bool: ...

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys that begin with the prefix, in their order; whatever was written before is among them."""
        ...

    def folders(self, prefix: str) -> Iterator[str]:
        """The names of what lies below a prefix that ends in ``/`` and has files below it, in their order."""
        ...

    def folder(self, prefix: str) -> "Folder":
        """The files under a prefix, by name."""
        ...


class Links(Protocol):
    """Where a browser finds a file."""

    def lasting(self, key: str) -> str:
        """For whoever has the right to read it."""
        ...

    def signed(self, key: str, name: str, seconds: int) -> str:
        """For anybody who has the link, for so long at the most; it is shown, or saved as ``name``."""
        ...
