"""The kinds of files that Amazon Bedrock's Converse takes, how each is told by its first bytes, and its limits."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["image", "document"]

# Amazon Bedrock API reference, `Message`, as of mid-2026.
MOST_IMAGES = 20
MOST_DOCUMENTS = 5
LARGEST_IMAGE = 3_750_000
LARGEST_DOCUMENT = 4_500_000
LONGEST_SIDE = 8_000  # pixels of an image


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One kind of file.

    Attributes:
        name: as Converse calls it.
        text: whether its bytes are text.
        signature: what its first bytes look like; None where they may be anything.
    """

    name: str
    kind: Kind
    media_type: str
    endings: tuple[str, ...]
    text: bool = False
    signature: re.Pattern[bytes] | None = None

    @property
    def largest(self) -> int:
        """Bytes that such a file may have."""
        return LARGEST_IMAGE if self.kind == "image" else LARGEST_DOCUMENT


_ZIP = re.compile(rb"PK\x03\x04")
_OLE = re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_OPEN_XML = "application/vnd.openxmlformats-officedocument"

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        each.name: each
        for each in (
            Format(
                name="png",
                kind="image",
                media_type="image/png",
                endings=("png",),
                signature=re.compile(rb"\x89PNG\r\n\x1a\n"),
            ),
            Format(
                name="jpeg",
                kind="image",
                media_type="image/jpeg",
                endings=("jpg", "jpeg"),
                signature=re.compile(rb"\xff\xd8\xff"),
            ),
            Format(
                name="gif",
                kind="image",
                media_type="image/gif",
                endings=("gif",),
                signature=re.compile(rb"GIF8[79]a"),
            ),
            Format(
                name="webp",
                kind="image",
                media_type="image/webp",
                endings=("webp",),
                signature=re.compile(rb"RIFF....WEBP", re.DOTALL),
            ),
            Format(
                name="pdf",
                kind="document",
                media_type="application/pdf",
                endings=("pdf",),
                signature=re.compile(rb".{0,1019}%PDF-", re.DOTALL),
            ),
            Format(name="csv", kind="document", media_type="text/csv", endings=("csv",), text=True),
            Format(name="doc", kind="document", media_type="application/msword", endings=("doc",), signature=_OLE),
            Format(
                name="docx",
                kind="document",
                media_type=f"{_OPEN_XML}.wordprocessingml.document",
                endings=("docx",),
                signature=_ZIP,
            ),
            Format(
                name="xls",
                kind="document",
                media_type="application/vnd.ms-excel",
                endings=("xls",),
                signature=_OLE,
            ),
            Format(
                name="xlsx",
                kind="document",
                media_type=f"{_OPEN_XML}.spreadsheetml.sheet",
                endings=("xlsx",),
                signature=_ZIP,
            ),
            Format(name="html", kind="document", media_type="text/html", endings=("html", "htm"), text=True),
            Format(name="txt", kind="document", media_type="text/plain", endings=("txt",), text=True),
            Format(name="md", kind="document", media_type="text/markdown", endings=("md",), text=True),
        )
    }
)
MEDIA_TYPES: tuple[str, ...] = tuple(each.media_type for each in FORMATS.values())
_BY_ENDING = {ending: each for each in FORMATS.values() for ending in each.endings}
_BY_MEDIA_TYPE = {each.media_type: each for each in FORMATS.values()}


def format_of(source: str, media_type: str | None) -> Format | None:
    """What a file is, by its media type or else the ending of its name; None for what no model takes."""
    if media_type is not None:
        return _BY_MEDIA_TYPE.get(media_type)
    return _BY_ENDING.get(source.rpartition(".")[2].lower())
