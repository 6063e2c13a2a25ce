"""OpenAI's chat."""

import json
from dataclasses import replace

from ..place import BOTH, HELLO, SCHEMA, Place, Request, described, escaped, flagged, nested, note, places, post, schemas

PATH = "/v1/chat/completions"


def chat(*messages, **more) -> dict:
    return {"model": "o/m", "messages": list(messages) or [HELLO], **more}


def function(name="pay", description="Pays.", parameters=None, **more) -> dict:
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters or SCHEMA, **more}}


def chat_call(arguments="{}", identity="call_1", name="pay", result="done") -> dict:
    call = {"id": identity, "type": "function", "function": {"name": name, "arguments": arguments}}
    answer = {"role": "tool", "tool_call_id": identity, "content": result}
    return chat(HELLO, {"role": "assistant", "content": None, "tool_calls": [call]}, answer)


def chat_schema(**more) -> dict:
    return chat(response_format={"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA, **more}})


CHAT = {
    "system": lambda v: chat({"role": "system", "content": note(v)}, HELLO),
    "developer": lambda v: chat({"role": "developer", "content": note(v)}, HELLO),
    "user text": lambda v: chat({"role": "user", "content": note(v)}),
    "user text alone": lambda v: chat({"role": "user", "content": v}),
    "user content part": lambda v: chat({"role": "user", "content": [{"type": "text", "text": note(v)}]}),
    "second content part": lambda v: chat({"role": "user", "content": [{"type": "text", "text": "Hello"}, {"type": "text", "text": note(v)}]}),
    "json in user text*": lambda v: chat({"role": "user", "content": json.dumps({"given": v})}),
    "picture address": lambda v: chat({"role": "user", "content": [{"type": "image_url", "image_url": {"url": f"https://a.example/p.png?of={v}"}}]}),
    "file name": lambda v: chat({"role": "user", "content": [{"type": "file", "file": {"filename": f"{v}.pdf", "file_data": "data:application/pdf;base64,JVBERi0xLjQK"}}]}),
    "assistant history": lambda v: chat(HELLO, {"role": "assistant", "content": note(v)}, HELLO),
    "assistant content part": lambda v: chat(HELLO, {"role": "assistant", "content": [{"type": "text", "text": note(v)}]}, HELLO),
    "assistant refusal": lambda v: chat(HELLO, {"role": "assistant", "content": None, "refusal": note(v)}, HELLO),
    "assistant reasoning": lambda v: chat(HELLO, {"role": "assistant", "content": "Yes", "reasoning_content": note(v)}, HELLO),
    "speaker name": lambda v: chat({**HELLO, "name": v}),
    "tool name": lambda v: chat(tools=[function(name=f"pay_{v}")]),
    "tool description": lambda v: chat(tools=[function(description=note(v))]),
    "tool choice": lambda v: chat(tools=[function(name=v)], tool_choice={"type": "function", "function": {"name": v}}),
    "custom tool grammar": lambda v: chat(
        tools=[{"type": "custom", "custom": {"name": "c", "description": note(v), "format": {"type": "grammar", "grammar": {"syntax": "regex", "definition": f"{v}"}}}}]
    ),
    "old function description": lambda v: chat(functions=[{"name": "pay", "description": note(v), "parameters": SCHEMA}]),
    "old function arguments": lambda v: chat(
        HELLO,
        {"role": "assistant", "content": None, "function_call": {"name": "pay", "arguments": json.dumps({"given": v})}},
        {"role": "function", "name": "pay", "content": note(v)},
    ),
    "tool call arguments*": lambda v: chat_call(json.dumps({"given": v})),
    "tool call arguments name": lambda v: chat_call(json.dumps({str(v): True})),
    "tool call nested arguments": lambda v: chat_call(nested(v)),
    "tool call broken arguments": lambda v: chat_call(f'{{"given": "{v}", "more'),
    "tool call name": lambda v: chat_call(name=f"pay_{v}"),
    "tool call identity": lambda v: chat_call(identity=f"call_{v}"),
    "tool result text": lambda v: chat_call(result=note(v)),
    "tool result json*": lambda v: chat_call(result=json.dumps({"given": v})),
    "tool result nested json": lambda v: chat_call(result=nested(v)),
    "tool result content part": lambda v: chat_call(result=[{"type": "text", "text": note(v)}]),
    "metadata": lambda v: chat(metadata={"given": v}),
    "metadata name": lambda v: chat(metadata={str(v): "given"}),
    "user": lambda v: chat(user=v),
    "safety identifier": lambda v: chat(safety_identifier=v),
    "cache key": lambda v: chat(prompt_cache_key=v),
    "stop": lambda v: chat(stop=v),
    "stop list": lambda v: chat(stop=["END", v]),
    "response schema description": lambda v: chat_schema(description=note(v)),
    "response schema": lambda v: chat_schema(schema=described(v)),
    "response schema name": lambda v: chat_schema(name=f"of_{v}"),
    "prediction": lambda v: chat(prediction={"type": "content", "content": note(v)}),
    "prediction part": lambda v: chat(prediction={"type": "content", "content": [{"type": "text", "text": note(v)}]}),
    "logit bias": lambda v: chat(logit_bias={str(v): -100}),
    "search location": lambda v: chat(web_search_options={"user_location": {"type": "approximate", "approximate": {"city": note(v)}}}),
    "seed": lambda v: chat(seed=v),
    "unknown member*": lambda v: chat(session_note={"deep": [v]}),
    "unknown member name": lambda v: chat(**{f"note {v}": "given"}),
    "unknown message member": lambda v: chat({**HELLO, "annotations": [{"note": note(v)}]}),
    **schemas(lambda schema: chat(tools=[function(parameters=schema)])),
}


def spelled(value, stream: bool) -> Request:
    body = json.dumps(chat({"role": "user", "content": "HERE"}, stream=stream)).replace("HERE", escaped(note(value)))
    return post(PATH, content=body.encode(), headers={"content-type": "application/json"})


def again(value, stream: bool) -> Request:
    """Asked twice of a model whose answers are kept."""
    asked = flagged(PATH)({**chat({"role": "user", "content": note(value)}), "model": "kept"}, stream)
    return replace(asked, times=2)


PLACES = [
    *places("chat_completions", flagged(PATH), CHAT, BOTH),
    Place("chat_completions", "user text in escapes", spelled, BOTH),
    Place("chat_completions", "user text of a kept answer", again, BOTH),
]
