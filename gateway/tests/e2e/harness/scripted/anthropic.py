"""Anthropic's messages."""

import json

from . import script
from .framing import JSON, SSE, sse

KNOWN = """model messages max_tokens system temperature top_p top_k stop_sequences stream tools tool_choice thinking
metadata service_tier output_config output_format container mcp_servers context_management cache_control inference_geo
speed anthropic_version anthropic_beta""".split()


def asked(_path: str, body: dict) -> script.Asked:
    script.need(body, "model", "messages", "max_tokens")
    script.only(body, *KNOWN)
    told = script.Asked(model=body["model"], stream=bool(body.get("stream")), system=text_of(body.get("system")))
    for message in body["messages"]:
        blocks = message["content"]
        if isinstance(blocks, str):
            blocks = [{"type": "text", "text": blocks}]
        if message["role"] == "user":
            told.images = [block["source"]["data"] for block in blocks if block["type"] == "image"] or told.images
            told.user(text_of([block for block in blocks if block["type"] == "text"]))
        for block in blocks:
            if block["type"] == "tool_use":
                told.called.append((block["id"], block["name"]))
            elif block["type"] == "tool_result":
                told.answered(block["tool_use_id"], text_of(block.get("content")))
            elif block["type"] == "thinking" and not block.get("signature"):
                raise script.Misshapen("a thinking block without its signature")
    if (body.get("tool_choice") or {}).get("type") != "none":
        told.tools = [(tool["name"], tool["input_schema"]) for tool in body.get("tools") or [] if "input_schema" in tool]
    wanted = (body.get("output_config") or {}).get("format") or body.get("output_format") or {}
    told.schema = wanted.get("schema")
    thinking = body.get("thinking") or {}
    told.think = thinking.get("type") in ("enabled", "adaptive")
    if thinking.get("type") == "enabled" and not 1024 <= thinking["budget_tokens"] < body["max_tokens"]:
        raise script.Misshapen("budget_tokens is not between 1024 and max_tokens")
    return told


def text_of(content) -> str:
    if isinstance(content, str):
        return content
    return "".join(block["text"] for block in content or [] if block["type"] == "text")


def blocks(says: script.Says) -> list[dict]:
    found = []
    if says.thoughts:
        found.append({"type": "thinking", "thinking": says.thoughts, "signature": script.SIGNATURE})
    if says.text:
        found.append({"type": "text", "text": says.text})
    if says.call:
        found.append({"type": "tool_use", "id": "toolu_one", "name": says.call[0], "input": says.call[1]})
    return found


def message(told: script.Asked, content: list, stop, written: int) -> dict:
    used = {"input_tokens": script.INPUT - script.CACHED, "cache_read_input_tokens": script.CACHED}
    used |= {"cache_creation_input_tokens": 0, "output_tokens": written}
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": told.model, "content": content}
    return {**head, "stop_reason": stop, "stop_sequence": None, "usage": used}


def stop(says: script.Says) -> str:
    return "tool_use" if says.call else "end_turn"


def whole(told: script.Asked, says: script.Says) -> tuple[str, bytes]:
    return JSON, json.dumps(message(told, blocks(says), stop(says), script.OUTPUT)).encode()


def events(told: script.Asked, says: script.Says):
    """The events of the answer's stream, unframed."""
    yield {"type": "message_start", "message": message(told, [], None, 1)}
    for index, block in enumerate(blocks(says)):
        empty = {"text": {"text": ""}, "thinking": {"thinking": "", "signature": ""}, "tool_use": {"input": {}}}
        yield {"type": "content_block_start", "index": index, "content_block": {**block, **empty[block["type"]]}}
        if index == 0:
            yield {"type": "ping"}
        for delta in deltas(block):
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    delta = {"stop_reason": stop(says), "stop_sequence": None}
    yield {"type": "message_delta", "delta": delta, "usage": message(told, [], None, script.OUTPUT)["usage"]}
    yield {"type": "message_stop"}


def deltas(block: dict):
    match block["type"]:
        case "text":
            for piece in script.split(block["text"]):
                yield {"type": "text_delta", "text": piece}
        case "thinking":
            for piece in script.split(block["thinking"]):
                yield {"type": "thinking_delta", "thinking": piece}
            yield {"type": "signature_delta", "signature": block["signature"]}
        case "tool_use":
            for piece in script.split(json.dumps(block["input"])):
                yield {"type": "input_json_delta", "partial_json": piece}


def stream(told: script.Asked, says: script.Says):
    """The pieces of the answer's stream."""
    for event in events(told, says):
        yield sse(event, event["type"])


STREAMS = SSE


def error(kind: str, text: str) -> dict:
    return {"type": "error", "error": {"type": kind, "message": text}}
