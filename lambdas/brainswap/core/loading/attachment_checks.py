"""Look at the files that cases name: whether they are there, what they are, whether models take them."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from brainswap.core.attachments.kinds import FORMATS, LONGEST_SIDE, Format, format_of
from brainswap.core.attachments.weights import dimensions, estimated_tokens_of
from brainswap.core.conversations import Attachment
from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.folder import Folder, Objects
from brainswap.core.wording import listed, printable

_REMEMBERED = 4096
_TOLD_APART = "Name it with its right ending, or say what it is with `media_type`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a file turned out to be.

    Attributes:
        of: None where it is nothing that models take, or was not looked at.
        problem: what is wrong with it, and what would be right; None where nothing is.
        sha256: empty where it was not read.
        tokens: about as many as it takes.
        looked_at: False of a file in S3 while nobody can read it.
    """

    of: Format | None = None
    problem: tuple[str, str] | None = None
    sha256: str = ""
    size: int = 0
    tokens: int = 0
    looked_at: bool = True


class Looker:
    """Looks at files; of the latest few thousand it remembers what they were, because cases often share them.

    Args:
        objects: None where no file in S3 can be read yet.
    """

    def __init__(self, folder: Folder, objects: Objects | None) -> None:
        self._folder = folder
        self._objects = objects
        self._remembered: OrderedDict[tuple[str, str | None], Looked] = OrderedDict()

    def look(self, attachment: Attachment) -> Looked:
        key = (attachment.source, attachment.media_type)
        looked = self._remembered.get(key)
        if looked is None:
            looked = self._remembered[key] = self._look(attachment)
            if len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        if attachment.sha256 is not None and looked.sha256 and attachment.sha256 != looked.sha256:
            wrong = f"`{printable(attachment.source)}` has the SHA-256 {looked.sha256}"
            return Looked(problem=(wrong, "Correct `sha256`, or put the file back that had it."))
        return looked

    def read(self, attachment: Attachment, of: Format) -> bytes:
        """The bytes of a file, one more than models take where it is larger.

        Raises:
            FileNotFoundError: there is none.
            InvalidWorkloadError: its name leaves the folder.
        """
        if attachment.file is not None:
            with self._folder.open(attachment.file) as stream:
                return stream.read(of.largest + 1)
        if self._objects is None or attachment.s3 is None:
            raise FileNotFoundError(attachment.source)
        return self._objects.read(attachment.s3, of.largest)

    def _look(self, attachment: Attachment) -> Looked:
        if (attachment.file is None) == (attachment.s3 is None):
            return Looked(problem=("give either `file` or `s3`", "Write {file: …} or {s3: s3://bucket/key}."))
        of = format_of(attachment.source, attachment.media_type)
        if of is None:
            return Looked(problem=_unknown(attachment))
        if attachment.s3 is not None and self._objects is None:
            return Looked(of=of, tokens=0, looked_at=False)
        try:
            data = self.read(attachment, of)
        except FileNotFoundError as error:
            said = f": {printable(str(error), limit=200)}" if attachment.s3 is not None else ""
            wrong = f"there is no file `{printable(attachment.source)}`{said}"
            return Looked(of=of, problem=(wrong, "Name a file of the workload's folder, or one in S3."))
        except InvalidWorkloadError as error:
            return Looked(of=of, problem=(error.problems[0].wrong, error.problems[0].remedy))
        problem = next(_problems(attachment.source, of, data), None)
        return Looked(
            of=of,
            problem=problem,
            sha256=hashlib.sha256(data).hexdigest(),
            size=len(data),
            tokens=estimated_tokens_of(of, data),
        )


def _unknown(attachment: Attachment) -> tuple[str, str]:
    if attachment.media_type is not None:
        known = listed(each.media_type for each in FORMATS.values())
        return f"no model takes files of the type `{printable(attachment.media_type)}`", f"Types: {known}."
    known = listed(ending for each in FORMATS.values() for ending in each.endings)
    return (
        f"`{printable(attachment.source)}` has no ending that tells what it is",
        f"Endings: {known}; or `media_type`.",
    )


def _problems(source: str, of: Format, data: bytes) -> Iterator[tuple[str, str]]:
    shown = printable(source)
    if not data:
        yield f"`{shown}` is empty", "Put something into it, or leave it out."
    elif len(data) > of.largest:
        most = f"{of.largest / 1_000_000:.2f} MB"
        yield f"`{shown}` is larger than the {most} that models take of a file of its kind", "Make it smaller."
    elif of.signature is not None and not of.signature.match(data):
        yield f"`{shown}` does not begin as a file of the format {of.name} does", _TOLD_APART
    elif of.text and b"\0" in data[:4096]:
        yield f"`{shown}` is no text", _TOLD_APART
    elif of.kind == "image" and max(dimensions(data) or (0,)) > LONGEST_SIDE:
        yield f"`{shown}` has a side of more than {LONGEST_SIDE:,} pixels", "Make it smaller."
