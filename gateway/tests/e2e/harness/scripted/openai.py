"""OpenAI's chat completions."""

import json

from . import script
from .framing import JSON, SSE, sse

KNOWN = """model messages max_tokens max_completion_tokens temperature top_p n stream stream_options stop tools tool_choice
parallel_tool_calls response_format reasoning_effort seed user metadata store logprobs top_logprobs logit_bias
presence_penalty frequency_penalty service_tier verbosity prediction modalities audio functions function_call
safety_identifier prompt_cache_key prompt_cache_retention web_search_options""".split()


def asked(_path: str, body: dict) -> script.Asked:
    script.need(body, "model", "messages")
    script.only(body, *KNOWN)
    told = script.Asked(model=body["model"], stream=bool(body.get("stream")))
    for message in body["messages"]:
        text = text_of(message.get("content"))
        match message["role"]:
            case "system" | "developer":
                told.system += text
            case "user":
                parts = message["content"] if isinstance(message["content"], list) else []
                urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
                told.images = [url.split("base64,")[-1] for url in urls]
                told.user(text)
            case "assistant":
                told.called += [(call["id"], call["function"]["name"]) for call in message.get("tool_calls") or []]
            case "tool":
                told.answered(message["tool_call_id"], text)
            case other:
                raise script.Misshapen(f"role {other}")
    if body.get("tool_choice") != "none":
        functions = [tool["function"] for tool in body.get("tools") or [] if tool["type"] == "function"]
        told.tools = [(function["name"], function.get("parameters") or {}) for function in functions]
    wanted = body.get("response_format") or {}
    if wanted.get("type") == "json_schema":
        told.schema = wanted["json_schema"]["schema"]
    elif wanted.get("type") == "json_object":
        told.schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    told.think = body.get("reasoning_effort") not in (None, "none")
    told.usage_wanted = bool((body.get("stream_options") or {}).get("include_usage"))
    return told


def text_of(content) -> str:
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in content or [] if part["type"] == "text")


def usage(says: script.Says) -> dict:
    return {
        "prompt_tokens": script.INPUT,
        "completion_tokens": script.OUTPUT,
        "total_tokens": script.INPUT + script.OUTPUT,
        "prompt_tokens_details": {"cached_tokens": script.CACHED},
        "completion_tokens_details": {"reasoning_tokens": script.THOUGHT if says.thoughts else 0},
    }


def whole(told: script.Asked, says: script.Says) -> tuple[str, bytes]:
    message = {"role": "assistant", "content": says.text or None, "refusal": None}
    if says.thoughts:
        message["reasoning_content"] = says.thoughts
    if says.call:
        function = {"name": says.call[0], "arguments": json.dumps(says.call[1])}
        message["tool_calls"] = [{"id": "call_one", "type": "function", "function": function}]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "tool_calls" if says.call else "stop"}
    body = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000, "model": told.model}
    return JSON, json.dumps({**body, "choices": [choice], "usage": usage(says)}).encode()


def stream(told: script.Asked, says: script.Says):
    """The pieces of the answer's stream."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": told.model}

    def chunk(delta: dict, finish=None) -> bytes:
        return sse({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    yield chunk({"role": "assistant", "content": ""})
    for piece in script.split(says.thoughts):
        yield chunk({"reasoning_content": piece})
    for piece in says.pieces():
        yield chunk({"content": piece})
    if says.call:
        function = {"name": says.call[0], "arguments": ""}
        yield chunk({"tool_calls": [{"index": 0, "id": "call_one", "type": "function", "function": function}]})
        for piece in script.split(json.dumps(says.call[1])):
            yield chunk({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
    yield chunk({}, "tool_calls" if says.call else "stop")
    if told.usage_wanted:
        yield sse({**head, "choices": [], "usage": usage(says)})
    yield b"data: [DONE]\n\n"


STREAMS = SSE


def error(kind: str, message: str) -> dict:
    return {"error": {"message": message, "type": kind, "param": None, "code": None}}
