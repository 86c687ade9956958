"""Where the files of a run are: in a folder on this machine, or in the account."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from brainswap.adapters.s3 import S3Artifacts
from brainswap.core.errors import BrainswapError
from brainswap.core.wording import printable
from brainswap.run_files import RunFiles
from brainswap.runtime import SystemClock
from local.account.stack import NoStackError, find_stack
from local.exports.runs import CannotExportError, find_run
from local.labels.drawing import CannotLabelError


class Place(Protocol):
    """The files of one run, by name.

    Methods raise `CannotLabelError` where a file cannot be read or written.
    """

    def has(self, name: str) -> bool: ...

    def read(self, name: str) -> bytes: ...

    def lines(self, name: str) -> Iterator[bytes]: ...

    def write(self, name: str, data: bytes, content_type: str) -> None: ...


@dataclass(frozen=True, slots=True)
class FolderPlace:
    """What a run on this machine left."""

    folder: Path

    def has(self, name: str) -> bool:
        return (self.folder / name).is_file()

    def read(self, name: str) -> bytes:
        try:
            return (self.folder / name).read_bytes()
        except OSError as error:
            raise CannotLabelError(f"{self._shown(name)} cannot be read: {error.strerror}.") from None

    def lines(self, name: str) -> Iterator[bytes]:
        try:
            with (self.folder / name).open("rb") as file:
                yield from file
        except OSError as error:
            raise CannotLabelError(f"{self._shown(name)} cannot be read: {error.strerror}.") from None

    def write(self, name: str, data: bytes, content_type: str) -> None:  # noqa: ARG002 - a file has none
        path = self.folder / name
        fresh = path.with_name(path.name + ".new")
        try:
            fresh.write_bytes(data)
            fresh.replace(path)
        except OSError as error:
            raise CannotLabelError(f"{self._shown(name)} cannot be written: {error.strerror}.") from None

    def _shown(self, name: str) -> str:
        return printable(str(self.folder / name), 300)


@dataclass(frozen=True, slots=True)
class AccountPlace:
    """What a run in the account left, in the bucket of its stack."""

    artifacts: S3Artifacts
    run_id: str

    def has(self, name: str) -> bool:
        try:
            return self.artifacts.exists(self._key(name))
        except BrainswapError as error:
            raise CannotLabelError(str(error)) from None

    def read(self, name: str) -> bytes:
        try:
            return self.artifacts.read(self._key(name))
        except BrainswapError as error:
            raise CannotLabelError(str(error)) from None

    def lines(self, name: str) -> Iterator[bytes]:
        try:
            yield from self.artifacts.lines(self._key(name))
        except BrainswapError as error:
            raise CannotLabelError(str(error)) from None

    def write(self, name: str, data: bytes, content_type: str) -> None:
        try:
            self.artifacts.write(self._key(name), data, content_type)
        except BrainswapError as error:
            raise CannotLabelError(str(error)) from None

    def _key(self, name: str) -> str:
        return RunFiles(self.artifacts, self.run_id).key(name)


def find_place(run: str, stack_name: str | None) -> Place:
    """The folder of a run on this machine, or else the run with this id in the account.

    Raises:
        CannotLabelError: there is neither.
    """
    if stack_name is None:
        try:
            return FolderPlace(find_run(run).folder)
        except CannotExportError as error:
            here = str(error)
    else:
        here = f"A stack was named, so that only runs in the account were looked for; {printable(run, 200)} is none."
    try:
        stack = find_stack(stack_name)
        place = AccountPlace(S3Artifacts(stack.client("s3"), stack.bucket, SystemClock()), run)
    except NoStackError as error:
        raise CannotLabelError(f"{here} In the account: {error}") from None
    if not place.has("report.json"):
        raise CannotLabelError(f"{here} The stack {stack.name} has no report of such a run either.")
    return place
