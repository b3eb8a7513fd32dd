"""AWS's binary frames as a service writes them, and the events of a streamed Converse."""

import json
import struct
from binascii import crc32
from collections.abc import Mapping
from typing import Any

STREAM = "application/vnd.amazon.eventstream"


def header(name: str, kind: int, value: bytes) -> bytes:
    """One header; texts (7) and bytes (6) bring their length."""
    sized = struct.pack(">H", len(value)) + value if kind in (6, 7) else value
    return bytes([len(name.encode())]) + name.encode() + bytes([kind]) + sized


def frame(headers: bytes, payload: bytes) -> bytes:
    """A whole message around encoded headers."""
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    start = prelude + struct.pack(">I", crc32(prelude)) + headers + payload
    return start + struct.pack(">I", crc32(start))


def message(texts: Mapping[str, str], payload: bytes = b"") -> bytes:
    """A message whose headers are all text."""
    return frame(b"".join(header(name, 7, value.encode()) for name, value in texts.items()), payload)


def event(kind: str, **content: Any) -> bytes:
    """An event of Converse, with the padding that AWS puts into each."""
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return message(headers, json.dumps({**content, "p": "abcdefg"}).encode())


def exception(kind: str, words: str) -> bytes:
    """A failure in the middle of a stream."""
    headers = {":exception-type": kind, ":content-type": "application/json", ":message-type": "exception"}
    return message(headers, json.dumps({"message": words}).encode())


def delta(**change: Any) -> bytes:
    """A change to the only block."""
    return event("contentBlockDelta", contentBlockIndex=0, delta=change)


def streamed(*words: str, stop: str = "end_turn") -> list[bytes]:
    """The frames of one streamed answer."""
    usage = {"inputTokens": 12, "outputTokens": 5, "totalTokens": 17}
    return [
        event("messageStart", role="assistant"),
        *(delta(text=each) for each in words),
        event("contentBlockStop", contentBlockIndex=0),
        event("messageStop", stopReason=stop),
        event("metadata", usage=usage, metrics={"latencyMs": 40}),
    ]
