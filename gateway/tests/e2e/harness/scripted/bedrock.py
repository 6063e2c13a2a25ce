"""Amazon Bedrock's Converse."""

import json
from urllib.parse import unquote

from . import script
from .framing import EVENT_STREAM, JSON
from .framing import message as frame

KNOWN = """messages system inferenceConfig toolConfig guardrailConfig additionalModelRequestFields promptVariables
additionalModelResponseFieldPaths requestMetadata performanceConfig serviceTier outputConfig""".split()


def asked(path: str, body: dict) -> script.Asked:
    script.need(body, "messages")
    script.only(body, *KNOWN)
    name, verb = path.split("/model/")[1].rsplit("/", 1)
    told = script.Asked(model=unquote(name), stream=verb == "converse-stream")
    told.system = text_of(body.get("system"))
    for message in body["messages"]:
        blocks = message["content"]
        if message["role"] == "user":
            told.images = [block["image"]["source"]["bytes"] for block in blocks if "image" in block] or told.images
            told.user(text_of(blocks))
        for block in blocks:
            if use := block.get("toolUse"):
                told.called.append((use["toolUseId"], use["name"]))
            elif result := block.get("toolResult"):
                text = text_of(result["content"]) or json.dumps([part["json"] for part in result["content"] if "json" in part])
                told.answered(result["toolUseId"], text)
    config = body.get("toolConfig") or {}
    specs = [tool["toolSpec"] for tool in config.get("tools") or [] if "toolSpec" in tool]
    told.tools = [(spec["name"], spec["inputSchema"]["json"]) for spec in specs]
    if told.called and not told.tools:
        raise script.Misshapen("tool blocks, and no toolConfig")
    wanted = ((body.get("outputConfig") or {}).get("textFormat") or {}).get("structure") or {}
    if schema := (wanted.get("jsonSchema") or {}).get("schema"):
        told.schema = json.loads(schema)
    more = body.get("additionalModelRequestFields") or {}
    thinking = more.get("thinking") or more.get("reasoning_config") or {}
    told.think = thinking.get("type") in ("enabled", "adaptive")
    return told


def text_of(blocks) -> str:
    return "".join(block["text"] for block in blocks or [] if "text" in block)


def usage() -> dict:
    counts = {"inputTokens": script.INPUT - script.CACHED, "outputTokens": script.OUTPUT}
    counts |= {"cacheReadInputTokens": script.CACHED, "cacheWriteInputTokens": 0}
    return {**counts, "totalTokens": script.INPUT + script.OUTPUT}


def stop(says: script.Says) -> str:
    return "tool_use" if says.call else "end_turn"


def whole(_told: script.Asked, says: script.Says) -> tuple[str, bytes]:
    content = []
    if says.thoughts:
        thought = {"text": says.thoughts, "signature": script.SIGNATURE}
        content.append({"reasoningContent": {"reasoningText": thought}})
    if says.text:
        content.append({"text": says.text})
    if says.call:
        content.append({"toolUse": {"toolUseId": "tooluse_one", "name": says.call[0], "input": says.call[1]}})
    output = {"message": {"role": "assistant", "content": content}}
    body = {"output": output, "stopReason": stop(says), "usage": usage(), "metrics": {"latencyMs": 5}}
    return JSON, json.dumps(body).encode()


def stream(_told: script.Asked, says: script.Says):
    """The pieces of the answer's stream."""
    yield frame("messageStart", {"role": "assistant"})
    index = 0

    def block(deltas: list, start=None):
        nonlocal index
        if start:
            yield frame("contentBlockStart", {"contentBlockIndex": index, "start": start})
        for delta in deltas:
            yield frame("contentBlockDelta", {"contentBlockIndex": index, "delta": delta})
        yield frame("contentBlockStop", {"contentBlockIndex": index})
        index += 1

    if says.thoughts:
        deltas = [{"reasoningContent": {"text": piece}} for piece in script.split(says.thoughts)]
        yield from block([*deltas, {"reasoningContent": {"signature": script.SIGNATURE}}])
    if says.text:
        yield from block([{"text": piece} for piece in says.pieces()])
    if says.call:
        deltas = [{"toolUse": {"input": piece}} for piece in script.split(json.dumps(says.call[1]))]
        yield from block(deltas, {"toolUse": {"toolUseId": "tooluse_one", "name": says.call[0]}})
    yield frame("messageStop", {"stopReason": stop(says)})
    yield frame("metadata", {"usage": usage(), "metrics": {"latencyMs": 5}})


STREAMS = EVENT_STREAM


def error(_kind: str, text: str) -> dict:
    return {"message": text}
