"""Frames of ``application/vnd.amazon.eventstream``, as botocore reads them."""

import json
import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from zlib import crc32

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_TEXT_HEADER = 7
_PRELUDE = struct.Struct("!II")
_ENCODER = json.JSONEncoder(separators=(",", ":"))
_CRC = struct.Struct("!I")


def event(name: str, payload: Mapping[str, Any]) -> bytes:
    """One event, whose payload is a structure of the service model."""
    return frame(_headers("event", name), _ENCODER.encode(payload).encode())


def exception(name: str, message: str) -> bytes:
    """The frame that ends a stream with one of the exceptions that its service model lists."""
    return frame(_headers("exception", name), _ENCODER.encode({"message": message}).encode())


def frame(headers: bytes, payload: bytes) -> bytes:
    """Total length, header length, CRC of both, headers, payload, CRC of everything before; big-endian."""
    total = _PRELUDE.size + _CRC.size + len(headers) + len(payload) + _CRC.size
    prelude = _PRELUDE.pack(total, len(headers))
    message = b"".join((prelude, _CRC.pack(crc32(prelude)), headers, payload))
    return message + _CRC.pack(crc32(message))


@lru_cache(maxsize=64)
def _headers(kind: str, name: str) -> bytes:
    headers = {f":{kind}-type": name, ":content-type": "application/json", ":message-type": kind}
    return b"".join(
        struct.pack("!B", len(key)) + key.encode() + struct.pack("!BH", _TEXT_HEADER, len(value)) + value.encode()
        for key, value in headers.items()
    )
