"""OpenAI's responses."""

import json

from . import openai, script
from .framing import JSON, SSE, sse

KNOWN = """model input instructions max_output_tokens max_tool_calls temperature top_p top_logprobs stream stream_options
tools tool_choice parallel_tool_calls text reasoning metadata store service_tier truncation include user background
previous_response_id prompt prompt_cache_key prompt_cache_retention safety_identifier conversation client_metadata
context_management""".split()


def asked(_path: str, body: dict) -> script.Asked:
    script.need(body, "model", "input")
    script.only(body, *KNOWN)
    told = script.Asked(model=body["model"], stream=bool(body.get("stream")), system=body.get("instructions") or "")
    items = body["input"]
    if isinstance(items, str):
        items = [{"role": "user", "content": items}]
    for item in items:
        match item.get("type", "message"):
            case "message":
                parts = item["content"] if isinstance(item["content"], list) else []
                text = item["content"] if isinstance(item["content"], str) else ""
                text += "".join(part["text"] for part in parts if part["type"] in ("input_text", "output_text"))
                if item["role"] in ("system", "developer"):
                    told.system += text
                elif item["role"] == "user":
                    urls = [part["image_url"] for part in parts if part["type"] == "input_image"]
                    told.images = [url.split("base64,")[-1] for url in urls]
                    told.user(text)
            case "function_call" | "custom_tool_call":
                told.called.append((item["call_id"], item["name"]))
            case "function_call_output" | "custom_tool_call_output":
                output = item["output"]
                parts = output if isinstance(output, list) else []
                text = "".join(part.get("text", "") for part in parts) if parts else output
                told.answered(item["call_id"], text)
    if body.get("tool_choice") != "none":
        functions = [tool for tool in body.get("tools") or [] if tool["type"] == "function"]
        told.tools = [(tool["name"], tool.get("parameters") or {}) for tool in functions]
    wanted = (body.get("text") or {}).get("format") or {}
    if wanted.get("type") == "json_schema":
        told.schema = wanted["schema"]
    reasoning = body.get("reasoning") or {}
    told.think = reasoning.get("effort") not in (None, "none")
    return told


def items(says: script.Says) -> list[dict]:
    """The output, item by item."""
    found = []
    if says.thoughts:
        summary = [{"type": "summary_text", "text": says.thoughts}]
        found.append({"type": "reasoning", "id": "rs_1", "summary": summary, "encrypted_content": script.SIGNATURE})
    if says.text:
        part = {"type": "output_text", "text": says.text, "annotations": [], "logprobs": []}
        message = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part]}
        found.append(message)
    if says.call:
        call = {"type": "function_call", "id": "fc_1", "call_id": "call_one", "name": says.call[0]}
        found.append({**call, "arguments": json.dumps(says.call[1]), "status": "completed"})
    return found


def response(told: script.Asked, status: str, output: list, usage=None) -> dict:
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_700_000_000,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": told.system or None,
        "metadata": {},
        "model": told.model,
        "output": output,
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "usage": usage,
    }


def usage(says: script.Says) -> dict:
    return {
        "input_tokens": script.INPUT,
        "input_tokens_details": {"cached_tokens": script.CACHED},
        "output_tokens": script.OUTPUT,
        "output_tokens_details": {"reasoning_tokens": script.THOUGHT if says.thoughts else 0},
        "total_tokens": script.INPUT + script.OUTPUT,
    }


def whole(told: script.Asked, says: script.Says) -> tuple[str, bytes]:
    return JSON, json.dumps(response(told, "completed", items(says), usage(says))).encode()


def stream(told: script.Asked, says: script.Says):
    """The pieces of the answer's stream."""
    number = iter(range(10_000))

    def event(kind: str, **members) -> bytes:
        return sse({"type": kind, "sequence_number": next(number), **members}, kind)

    yield event("response.created", response=response(told, "in_progress", []))
    yield event("response.in_progress", response=response(told, "in_progress", []))
    for index, item in enumerate(items(says)):
        at = {"output_index": index, "item_id": item["id"]}
        empty = {"reasoning": {"summary": []}, "message": {"content": []}, "function_call": {"arguments": ""}}
        begun = {**item, **empty[item["type"]]}
        if item["type"] != "reasoning":
            begun["status"] = "in_progress"
        yield event("response.output_item.added", output_index=index, item=begun)
        match item["type"]:
            case "reasoning":
                at["summary_index"] = 0
                part = {"type": "summary_text", "text": ""}
                yield event("response.reasoning_summary_part.added", **at, part=part)
                for piece in script.split(says.thoughts):
                    yield event("response.reasoning_summary_text.delta", **at, delta=piece)
                yield event("response.reasoning_summary_text.done", **at, text=says.thoughts)
                yield event("response.reasoning_summary_part.done", **at, part={**part, "text": says.thoughts})
            case "message":
                at["content_index"] = 0
                part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
                yield event("response.content_part.added", **at, part=part)
                for piece in says.pieces():
                    yield event("response.output_text.delta", **at, delta=piece, logprobs=[])
                yield event("response.output_text.done", **at, text=says.text, logprobs=[])
                yield event("response.content_part.done", **at, part={**part, "text": says.text})
            case "function_call":
                for piece in script.split(item["arguments"]):
                    yield event("response.function_call_arguments.delta", **at, delta=piece)
                yield event("response.function_call_arguments.done", **at, arguments=item["arguments"], name=item["name"])
        yield event("response.output_item.done", output_index=index, item=item)
    yield event("response.completed", response=response(told, "completed", items(says), usage(says)))


STREAMS, error = SSE, openai.error
