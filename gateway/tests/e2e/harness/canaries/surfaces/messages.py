"""Anthropic's messages."""

import json

from ..place import BOTH, HELLO, SCHEMA, described, flagged, nested, note, places, schemas

PATH = "/v1/messages"


def message(*contents, **more) -> dict:
    turns = [{"role": "user", "content": list(contents) if contents else "Hello"}]
    return {"model": "a/m", "max_tokens": 64, "messages": more.pop("messages", turns), **more}


def tool(**more) -> dict:
    return {"name": "pay", "description": "Pays.", "input_schema": SCHEMA, **more}


def used(given=None, result="done", kind="tool_use", result_kind="tool_result", **more) -> dict:
    call = {"type": kind, "id": "toolu_1", "name": "pay", "input": given or {}, **more}
    back = {"type": result_kind, "tool_use_id": "toolu_1", "content": result}
    if result_kind != "tool_result":
        return message(messages=[HELLO, {"role": "assistant", "content": [call, back]}, HELLO])
    return message(messages=[HELLO, {"role": "assistant", "content": [call]}, {"role": "user", "content": [back]}])


def spoken(*blocks) -> dict:
    return message(messages=[HELLO, {"role": "assistant", "content": list(blocks)}, HELLO])


def document(source: dict, **more) -> dict:
    return message({"type": "document", "source": source, **more}, {"type": "text", "text": "Hello"})


PLAIN = {"type": "text", "media_type": "text/plain", "data": "Hello"}
MESSAGES = {
    "system": lambda v: message(system=note(v)),
    "system block": lambda v: message(system=[{"type": "text", "text": "Be kind."}, {"type": "text", "text": note(v)}]),
    "user text": lambda v: message(messages=[{"role": "user", "content": note(v)}]),
    "user text alone": lambda v: message(messages=[{"role": "user", "content": v}]),
    "text block": lambda v: message({"type": "text", "text": note(v)}),
    "assistant text": lambda v: spoken({"type": "text", "text": note(v)}),
    "assistant prefill": lambda v: message(messages=[HELLO, {"role": "assistant", "content": note(v)}]),
    "thinking": lambda v: spoken({"type": "thinking", "thinking": note(v), "signature": "c2ln"}, {"type": "text", "text": "Yes"}),
    "citation": lambda v: spoken(
        {
            "type": "text",
            "text": "Yes",
            "citations": [{"type": "char_location", "cited_text": note(v), "document_index": 0, "document_title": note(v), "start_char_index": 0, "end_char_index": 1}],
        }
    ),
    "tool use input*": lambda v: used({"given": v}),
    "tool use input name": lambda v: used({str(v): True}),
    "tool use nested input": lambda v: used({"given": nested(v), "list": [[{"deep": str(v)}]]}),
    "tool result text": lambda v: used(result=note(v)),
    "tool result json*": lambda v: used(result=json.dumps({"given": v})),
    "tool result block": lambda v: used(result=[{"type": "text", "text": note(v)}]),
    "tool result document": lambda v: used(result=[{"type": "document", "source": {**PLAIN, "data": note(v)}}]),
    "tool result search result": lambda v: used(
        result=[{"type": "search_result", "source": f"https://a.example/?of={v}", "title": note(v), "content": [{"type": "text", "text": note(v)}]}]
    ),
    "server tool input": lambda v: used({"query": note(v)}, [], "server_tool_use", "web_search_tool_result"),
    "web search result": lambda v: used(
        {}, [{"type": "web_search_result", "title": note(v), "url": f"https://a.example/?of={v}", "encrypted_content": "c2ln"}], "server_tool_use", "web_search_tool_result"
    ),
    "code result": lambda v: used(
        {"code": f"print('{v}')"},
        {"type": "code_execution_result", "stdout": note(v), "stderr": "", "return_code": 0, "content": []},
        "server_tool_use",
        "code_execution_tool_result",
    ),
    "mcp tool input": lambda v: used({"given": v}, [{"type": "text", "text": note(v)}], "mcp_tool_use", "mcp_tool_result", server_name="s"),
    "document text": lambda v: document({**PLAIN, "data": note(v)}),
    "document content": lambda v: document({"type": "content", "content": [{"type": "text", "text": note(v)}]}),
    "document title": lambda v: document(PLAIN, title=note(v)),
    "document context": lambda v: document(PLAIN, context=note(v), citations={"enabled": True}),
    "document address": lambda v: document({"type": "url", "url": f"https://a.example/{v}.pdf"}),
    "picture address": lambda v: message({"type": "image", "source": {"type": "url", "url": f"https://a.example/p.png?of={v}"}}),
    "search result": lambda v: message(
        {"type": "search_result", "source": "https://a.example", "title": note(v), "content": [{"type": "text", "text": note(v)}], "citations": {"enabled": True}}
    ),
    "metadata user": lambda v: message(metadata={"user_id": v}),
    "tool description": lambda v: message(tools=[tool(description=note(v))]),
    "tool name": lambda v: message(tools=[tool(name=f"pay_{v}")], tool_choice={"type": "tool", "name": f"pay_{v}"}),
    "tool input example": lambda v: message(tools=[tool(input_examples=[{"given": v}])]),
    "stop sequence": lambda v: message(stop_sequences=["END", v]),
    "answer schema": lambda v: message(output_config={"format": {"type": "json_schema", "schema": described(v)}}),
    "mcp server": lambda v: message(mcp_servers=[{"type": "url", "name": "s", "url": f"https://mcp.example/?of={v}"}]),
    "unknown member*": lambda v: message(session_note={"deep": [v]}),
    "unknown block": lambda v: message({"type": "letter_from_tomorrow", "of": {"deep": [note(v)]}}),
    **schemas(lambda schema: message(tools=[tool(input_schema=schema)])),
}
PLACES = places("messages", flagged(PATH), MESSAGES, BOTH)
