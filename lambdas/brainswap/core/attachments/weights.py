"""What an attached file takes of a prompt: about how many tokens, and how many at the most."""

import struct

from brainswap.core.attachments.kinds import FORMATS, Format

# Anthropic's guide to vision: width times height by 750, and a large image is made smaller first.
_PIXELS_A_TOKEN = 750
_TOKENS_OF_A_LARGE_IMAGE = 1_600
_CHARACTERS_A_TOKEN = 4
# A page of a PDF is some 50 kB and some 2,500 tokens, with its picture; of a Word file, some 15 kB and 700.
_BYTES_A_TOKEN = 20

# gpt-4o-mini counts up to 48,169 for an image (OpenAI's guide: 2,833 and 5,667 for each of eight tiles); Claude 4,784.
MOST_OF_AN_IMAGE = 50_000
# A file of text has no more tokens than bytes. A packed one may have more, but no more than a model's context has.
_MOST_A_PACKED_BYTE = 50
MOST_OF_A_DOCUMENT = 1_000_000

_GIF = struct.Struct("<HH")
_PNG = struct.Struct(">II")
_JPEG = struct.Struct(">HH")
_NO_FRAME = frozenset({0xC4, 0xC8, 0xCC})  # segments among the frames' numbers that are tables


def estimated_tokens_of(of: Format, data: bytes) -> int:
    """About how many tokens a file takes; models differ by a factor of two or three."""
    if of.kind == "image":
        width, height = dimensions(data) or (0, 0)
        pixels = width * height
        return min(-(-pixels // _PIXELS_A_TOKEN), _TOKENS_OF_A_LARGE_IMAGE) if pixels else _TOKENS_OF_A_LARGE_IMAGE
    return -(-len(data) // (_CHARACTERS_A_TOKEN if of.text else _BYTES_A_TOKEN))


def most_tokens_of(format_name: str, size: int) -> int:
    """How many tokens a file of so many bytes takes at the most."""
    found = FORMATS[format_name]
    if found.kind == "image":
        return MOST_OF_AN_IMAGE
    return min(size if found.text else size * _MOST_A_PACKED_BYTE, MOST_OF_A_DOCUMENT)


def dimensions(data: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, GIF, JPEG or WebP image in pixels; None where its header does not tell."""
    try:
        if data.startswith(b"\x89PNG"):
            return _PNG.unpack_from(data, 16)
        if data.startswith(b"GIF8"):
            return _GIF.unpack_from(data, 6)
        if data.startswith(b"\xff\xd8"):
            return _of_jpeg(data)
        return _of_webp(data) if data[8:12] == b"WEBP" else None
    except (struct.error, IndexError):
        return None


def _of_jpeg(data: bytes) -> tuple[int, int] | None:
    """The size stands in the header of the first frame; the segments before it are passed over."""
    place = 2
    while data[place] == 0xFF:  # noqa: PLR2004 - the byte that begins a segment
        marker = data[place + 1]
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:  # noqa: PLR2004 - JPEG's frames
            height, width = _JPEG.unpack_from(data, place + 5)
            return width, height
        if marker == 0xFF:  # noqa: PLR2004 - padding
            place += 1
            continue
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return None


def _of_webp(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8 ":
        width, height = _GIF.unpack_from(data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None
