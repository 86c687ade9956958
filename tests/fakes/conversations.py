"""Cases with turns, tools, passages and files, and the smallest files of each kind."""

import struct
import zlib
from typing import Any

from brainswap.core.cases import Case

TOOL = {
    "name": "weather",
    "description": "The weather of a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
TURNS: list[dict[str, Any]] = [
    {"role": "user", "content": "Is it warm in Rome?"},
    {
        "role": "assistant",
        "content": "Let me see.",
        "tool_calls": [{"id": "a1", "name": "weather", "arguments": {"city": "Rome"}}],
    },
    {"role": "tool", "tool_call_id": "a1", "content": {"degrees": 31}},
    {"role": "assistant", "content": "It is."},
]


def png(width: int = 1, height: int = 1) -> bytes:
    """A white image in shades of grey."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines = zlib.compress((b"\0" + b"\xff" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"


def conversation(**changes: Any) -> Case:
    """A case of which a test says what it holds."""
    return Case.model_validate({"id": "c", "input": {"question": "And tomorrow?"}, **changes})
