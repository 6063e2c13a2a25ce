"""How streams are framed: server-sent events, JSON lines, Amazon's binary event stream."""

import json
import struct
import zlib

JSON, SSE = "application/json", "text/event-stream"
NDJSON, EVENT_STREAM = "application/x-ndjson", "application/vnd.amazon.eventstream"


def sse(data: dict, event: str | None = None) -> bytes:
    """One server-sent event."""
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {json.dumps(data)}\n\n".encode()


def line(data: dict) -> bytes:
    """One line of JSON."""
    return json.dumps(data).encode() + b"\n"


def message(name: str, payload: dict | None, kind: str = "event", raw: bytes | None = None) -> bytes:
    """One message of a binary event stream."""
    which = ":exception-type" if kind == "exception" else ":event-type"
    fields = {which: name, ":content-type": JSON, ":message-type": kind}
    headers = b"".join(
        bytes([len(key)]) + key.encode() + b"\x07" + struct.pack(">H", len(text)) + text.encode()
        for key, text in fields.items()
    )
    body = json.dumps(payload).encode() if raw is None else raw
    prelude = struct.pack(">II", 16 + len(headers) + len(body), len(headers))
    framed = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + body
    return framed + struct.pack(">I", zlib.crc32(framed))
