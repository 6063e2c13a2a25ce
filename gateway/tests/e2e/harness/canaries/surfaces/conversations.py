"""Conversations in the dialects of Amazon Bedrock, Cohere and Ollama."""

import json

from ..place import BOTH, HELLO, SCHEMA, Request, described, flagged, nested, note, places, post, schemas
from .chat_completions import function


def converse(*own, **more) -> dict:
    return {"messages": more.pop("messages", [{"role": "user", "content": list(own) or [{"text": "Hello"}]}]), **more}


def bedrock_call(given=None, result=None) -> dict:
    call = {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t1", "name": "pay", "input": given or {}}}]}
    back = {"toolResult": {"toolUseId": "t1", "content": [result or {"text": "done"}]}}
    asked = {"tools": [{"toolSpec": {"name": "pay", "inputSchema": {"json": SCHEMA}}}]}
    return converse(messages=[{"role": "user", "content": [{"text": "Hello"}]}, call, {"role": "user", "content": [back]}], toolConfig=asked)


def spec(**more) -> dict:
    return converse(toolConfig={"tools": [{"toolSpec": {"name": "pay", "inputSchema": {"json": SCHEMA}, **more}}]})


BEDROCK = {
    "system": lambda v: converse(system=[{"text": note(v)}]),
    "text": lambda v: converse({"text": note(v)}),
    "assistant text": lambda v: converse(
        messages=[{"role": "user", "content": [{"text": "Hello"}]}, {"role": "assistant", "content": [{"text": note(v)}]}, {"role": "user", "content": [{"text": "Hello"}]}]
    ),
    "reasoning": lambda v: converse(
        messages=[
            {"role": "user", "content": [{"text": "Hello"}]},
            {"role": "assistant", "content": [{"reasoningContent": {"reasoningText": {"text": note(v), "signature": "c2ln"}}}, {"text": "Yes"}]},
            {"role": "user", "content": [{"text": "Hello"}]},
        ]
    ),
    "tool use input*": lambda v: bedrock_call({"given": v}),
    "tool use nested input": lambda v: bedrock_call({"given": nested(v)}),
    "tool result text": lambda v: bedrock_call(result={"text": note(v)}),
    "tool result json*": lambda v: bedrock_call(result={"json": {"given": v}}),
    "document name": lambda v: converse({"text": "Hello"}, {"document": {"format": "txt", "name": f"of {v}", "source": {"text": "Hello"}}}),
    "document text": lambda v: converse({"text": "Hello"}, {"document": {"format": "txt", "name": "d", "source": {"text": note(v)}}}),
    "guarded text": lambda v: converse({"guardContent": {"text": {"text": note(v)}}}),
    "tool description": lambda v: spec(description=note(v)),
    "stop sequence": lambda v: converse(inferenceConfig={"stopSequences": ["END", v]}),
    "additional fields*": lambda v: converse(additionalModelRequestFields={"session_note": v}),
    "request metadata": lambda v: converse(requestMetadata={"given": v}),
    "prompt variable": lambda v: converse(promptVariables={"given": {"text": note(v)}}),
    **schemas(lambda schema: spec(inputSchema={"json": schema})),
}

COHERE = {
    "system": lambda v: {"messages": [{"role": "system", "content": note(v)}, HELLO]},
    "user text": lambda v: {"messages": [{"role": "user", "content": note(v)}]},
    "content part": lambda v: {"messages": [{"role": "user", "content": [{"type": "text", "text": note(v)}]}]},
    "tool plan": lambda v: {
        "messages": [
            HELLO,
            {
                "role": "assistant",
                "tool_plan": note(v),
                "tool_calls": [{"id": "c", "type": "function", "function": {"name": "pay", "arguments": json.dumps({"given": v})}}],
            },
            {"role": "tool", "tool_call_id": "c", "content": "done"},
        ]
    },
    "tool result": lambda v: {
        "messages": [
            HELLO,
            {"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "pay", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "c", "content": [{"type": "document", "document": {"data": note(v)}}]},
        ]
    },
    "document text": lambda v: {"messages": [HELLO], "documents": [note(v)]},
    "document data*": lambda v: {"messages": [HELLO], "documents": [{"id": "d1", "data": {"given": v}}]},
    "stop sequence": lambda v: {"messages": [HELLO], "stop_sequences": [v]},
    "tool description": lambda v: {"messages": [HELLO], "tools": [function(description=note(v))]},
}

OLLAMA = {
    "system": lambda v: {"messages": [{"role": "system", "content": note(v)}, HELLO]},
    "user text": lambda v: {"messages": [{"role": "user", "content": note(v)}]},
    "tool call arguments*": lambda v: {
        "messages": [
            HELLO,
            {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "pay", "arguments": {"given": v}}}]},
            {"role": "tool", "tool_name": "pay", "content": "done"},
        ]
    },
    "tool result": lambda v: {
        "messages": [
            HELLO,
            {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "pay", "arguments": {}}}]},
            {"role": "tool", "tool_name": "pay", "content": note(v)},
        ]
    },
    "thinking": lambda v: {"messages": [HELLO, {"role": "assistant", "content": "Yes", "thinking": note(v)}, HELLO]},
    "format": lambda v: {"messages": [HELLO], "format": described(v)},
    "stop": lambda v: {"messages": [HELLO], "options": {"stop": [v]}},
    "tool description": lambda v: {"messages": [HELLO], "tools": [function(description=note(v))]},
}


def bedrock(body: dict, stream: bool) -> Request:
    return post("/bedrock/model/b%2Fm/converse" + ("-stream" if stream else ""), body)


def cohere(body: dict, stream: bool) -> Request:
    return flagged("/v2/chat")({"model": "c/m", **body}, stream)


def ollama(body: dict, stream: bool) -> Request:
    return post("/api/chat", {"model": "l/m", "stream": stream, **body})


PLACES = [
    *places("converse", bedrock, BEDROCK, BOTH),
    *places("cohere_chat", cohere, COHERE, BOTH),
    *places("ollama_chat", ollama, OLLAMA, BOTH),
]
