"""Ollama's own chat."""

import json

from . import script
from .framing import JSON, NDJSON, line

KNOWN = "model messages tools think format options stream keep_alive logprobs top_logprobs".split()


def asked(_path: str, body: dict) -> script.Asked:
    script.need(body, "model", "messages")
    script.only(body, *KNOWN)
    # Here a stream is what comes if nothing else is said.
    told = script.Asked(model=body["model"], stream=body.get("stream", True))
    for message in body["messages"]:
        text = message.get("content") or ""
        if not isinstance(text, str):
            raise script.Misshapen("content is a text here")
        match message["role"]:
            case "system":
                told.system += text
            case "user":
                told.images = message.get("images") or told.images
                told.user(text)
            case "assistant":
                for call in message.get("tool_calls") or []:
                    if not isinstance(call["function"]["arguments"], dict):
                        raise script.Misshapen("arguments are an object here")
                    told.called.append((call["function"]["name"],) * 2)
            case "tool":
                told.answered(message.get("tool_name") or message.get("name"), text)
            case other:
                raise script.Misshapen(f"role {other}")
    functions = [tool["function"] for tool in body.get("tools") or []]
    told.tools = [(function["name"], function.get("parameters") or {}) for function in functions]
    if isinstance(body.get("format"), dict):
        told.schema = body["format"]
    elif body.get("format") == "json":
        told.schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    told.think = bool(body.get("think"))
    return told


def answer(told: script.Asked, message: dict, done: bool) -> dict:
    body = {"model": told.model, "created_at": "2026-01-01T00:00:00.000000Z"}
    body |= {"message": {"role": "assistant", "content": "", **message}, "done": done}
    if done:
        body |= {"done_reason": "stop", "total_duration": 9, "load_duration": 1, "prompt_eval_duration": 2}
        body |= {"prompt_eval_count": script.INPUT, "eval_count": script.OUTPUT, "eval_duration": 3}
    return body


def calls(says: script.Says) -> list:
    return [{"function": {"name": says.call[0], "arguments": says.call[1]}}]


def whole(told: script.Asked, says: script.Says) -> tuple[str, bytes]:
    message = {"content": says.text}
    message |= {"thinking": says.thoughts} if says.thoughts else {}
    message |= {"tool_calls": calls(says)} if says.call else {}
    return JSON, json.dumps(answer(told, message, True)).encode()


def stream(told: script.Asked, says: script.Says):
    """The pieces of the answer's stream."""
    for piece in script.split(says.thoughts):
        yield line(answer(told, {"thinking": piece}, False))
    for piece in says.pieces():
        yield line(answer(told, {"content": piece}, False))
    if says.call:
        yield line(answer(told, {"tool_calls": calls(says)}, False))
    yield line(answer(told, {}, True))


STREAMS = NDJSON


def error(_kind: str, text: str) -> dict:
    return {"error": text}
