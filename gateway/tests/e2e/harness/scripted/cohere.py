"""Cohere's chat, version 2."""

import json

from . import openai, script
from .framing import JSON, SSE, sse

KNOWN = """model messages tools documents citation_options response_format safety_mode max_tokens stop_sequences
temperature seed frequency_penalty presence_penalty k p logprobs tool_choice strict_tools thinking stream priority
return_prompt raw_prompting""".split()


def asked(_path: str, body: dict) -> script.Asked:
    script.need(body, "model", "messages")
    script.only(body, *KNOWN)
    told = script.Asked(model=body["model"], stream=bool(body.get("stream")))
    for message in body["messages"]:
        content = message.get("content")
        match message["role"]:
            case "system":
                told.system += openai.text_of(content)
            case "user":
                parts = content if isinstance(content, list) else []
                urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
                told.images = [url.split("base64,")[-1] for url in urls]
                told.user(openai.text_of(content))
            case "assistant":
                told.called += [(call["id"], call["function"]["name"]) for call in message.get("tool_calls") or []]
            case "tool":
                told.answered(message["tool_call_id"], result(content))
            case other:
                raise script.Misshapen(f"role {other}")
    if body.get("tool_choice") != "NONE":
        functions = [tool["function"] for tool in body.get("tools") or []]
        told.tools = [(function["name"], function.get("parameters") or {}) for function in functions]
    wanted = body.get("response_format") or {}
    told.schema = wanted.get("json_schema") or wanted.get("schema")
    told.think = (body.get("thinking") or {}).get("type") == "enabled"
    return told


def result(content) -> str:
    """A tool's result: a text, or parts that are texts or documents."""
    if isinstance(content, str):
        return content
    found = ""
    for part in content:
        data = part.get("document", {}).get("data", "")
        found += part.get("text", "") if part["type"] == "text" else data if isinstance(data, str) else json.dumps(data)
    return found


def usage() -> dict:
    counts = {"input_tokens": script.INPUT, "output_tokens": script.OUTPUT}
    return {"billed_units": counts, "tokens": counts, "cached_tokens": script.CACHED}


def finish(says: script.Says) -> str:
    return "TOOL_CALL" if says.call else "COMPLETE"


def whole(_told: script.Asked, says: script.Says) -> tuple[str, bytes]:
    message = {"role": "assistant"}
    content = [{"type": "thinking", "thinking": says.thoughts}] if says.thoughts else []
    content += [{"type": "text", "text": says.text}] if says.text else []
    if content:
        message["content"] = content
    if says.call:
        function = {"name": says.call[0], "arguments": json.dumps(says.call[1])}
        message["tool_plan"] = "I will ask the tool."
        message["tool_calls"] = [{"id": "call_one", "type": "function", "function": function}]
    return JSON, json.dumps({"id": "c1", "message": message, "finish_reason": finish(says), "usage": usage()}).encode()


def stream(_told: script.Asked, says: script.Says):
    """The pieces of the answer's stream."""

    def event(kind: str, **members) -> bytes:
        return sse({"type": kind, **members}, kind)

    def message(**members) -> dict:
        return {"message": members}

    start = message(role="assistant", content=[], tool_plan="", tool_calls=[], citations=[])
    yield event("message-start", id="c1", delta=start)
    index = 0
    for kind, pieces in (("thinking", script.split(says.thoughts)), ("text", says.pieces())):
        if pieces:
            yield event("content-start", index=index, delta=message(content={"type": kind, kind: ""}))
            for piece in pieces:
                yield event("content-delta", index=index, delta=message(content={kind: piece}))
            yield event("content-end", index=index)
            index += 1
    if says.call:
        yield event("tool-plan-delta", delta=message(tool_plan="I will ask the tool."))
        call = {"id": "call_one", "type": "function", "function": {"name": says.call[0], "arguments": ""}}
        yield event("tool-call-start", index=0, delta=message(tool_calls=call))
        for piece in script.split(json.dumps(says.call[1])):
            yield event("tool-call-delta", index=0, delta=message(tool_calls={"function": {"arguments": piece}}))
        yield event("tool-call-end", index=0)
    yield event("message-end", id="c1", delta={"finish_reason": finish(says), "usage": usage()})


STREAMS = SSE


def error(_kind: str, text: str) -> dict:
    return {"id": "e1", "message": text}
