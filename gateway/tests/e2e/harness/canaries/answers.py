"""What a client reads of an answer, in whatever dialect and however it is framed."""

import json
import struct
from collections import defaultdict

import httpx


def frames(raw: bytes):
    """The payloads of a binary event stream."""
    while raw:
        length, heads = struct.unpack(">II", raw[:8])
        yield json.loads(raw[12 + heads : length - 4] or b"{}")
        raw = raw[length:]


def parts(answer: httpx.Response) -> list:
    """The JSON values of an answer, however they are framed."""
    kind = answer.headers.get("content-type", "")
    if "eventstream" in kind:
        return list(frames(answer.content))
    lines = answer.text.splitlines() if "json" not in kind or "ndjson" in kind else [answer.text]
    values = []
    for line in lines:
        line = line.removeprefix("data:").strip()
        if line.startswith(("{", "[")) and line != "[DONE]":
            values.append(json.loads(line))
    return values


def read(answer: httpx.Response) -> list[str]:
    """The texts of an answer; those that came in pieces put together."""
    texts = defaultdict(str)

    def gather(value, at: tuple) -> None:
        if isinstance(value, dict):
            for name, one in value.items():
                gather(one, (*at, value.get("type") if isinstance(value.get("type"), str) else None, name))
        elif isinstance(value, list):
            for number, one in enumerate(value):
                gather(one, (*at, number))
        elif isinstance(value, str):
            texts[at] += value

    for one in parts(answer):
        gather(one, ())
    return list(texts.values())
