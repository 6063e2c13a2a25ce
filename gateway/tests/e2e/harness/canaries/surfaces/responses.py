"""OpenAI's responses."""

import json

from ..place import BOTH, HELLO, SCHEMA, described, flagged, nested, note, places, schemas

PATH = "/v1/responses"


def respond(items=None, **more) -> dict:
    return {"model": "r/m", "input": items if items is not None else "Hello", **more}


def turn(*contents, role="user") -> dict:
    return {"type": "message", "role": role, "content": list(contents)}


def item(kind: str, **more) -> dict:
    return {"type": kind, **more}


def called_item(arguments="{}", output="done") -> dict:
    call = item("function_call", call_id="call_1", name="pay", arguments=arguments)
    return respond([turn(item("input_text", text="Hello")), call, item("function_call_output", call_id="call_1", output=output)])


def history(*items) -> dict:
    return respond([turn(item("input_text", text="Hello")), *items])


RESPONSES = {
    "instructions": lambda v: respond(instructions=note(v)),
    "input": lambda v: respond(note(v)),
    "input alone": lambda v: respond(v),
    "message text": lambda v: respond([{"role": "user", "content": note(v)}]),
    "message input text": lambda v: respond([turn(item("input_text", text=note(v)))]),
    "developer message": lambda v: respond([turn(item("input_text", text=note(v)), role="developer"), HELLO]),
    "message output text": lambda v: history(turn(item("output_text", text=note(v), annotations=[]), role="assistant")),
    "output annotation": lambda v: history(
        turn(
            item("output_text", text="Yes", annotations=[item("url_citation", url=f"https://a.example/?of={v}", title=note(v), start_index=0, end_index=1)]),
            role="assistant",
        )
    ),
    "message refusal": lambda v: history(turn(item("refusal", refusal=note(v)), role="assistant")),
    "picture address": lambda v: respond([turn(item("input_image", image_url=f"https://a.example/p.png?of={v}", detail="auto"))]),
    "file name": lambda v: respond([turn(item("input_file", filename=f"{v}.pdf", file_data="data:application/pdf;base64,JVBERi0xLjQK"))]),
    "file address": lambda v: respond([turn(item("input_file", file_url=f"https://a.example/{v}.pdf"))]),
    "function call arguments*": lambda v: called_item(json.dumps({"given": v})),
    "function call nested arguments": lambda v: called_item(nested(v)),
    "function call output": lambda v: called_item(output=note(v)),
    "function call output json*": lambda v: called_item(output=json.dumps({"given": v})),
    "function call output part": lambda v: called_item(output=[item("input_text", text=note(v))]),
    "custom tool input": lambda v: history(item("custom_tool_call", call_id="c", name="t", input=note(v)), item("custom_tool_call_output", call_id="c", output="done")),
    "custom tool output": lambda v: history(item("custom_tool_call", call_id="c", name="t", input="go"), item("custom_tool_call_output", call_id="c", output=note(v))),
    "reasoning summary": lambda v: history(item("reasoning", id="rs_1", summary=[item("summary_text", text=note(v))])),
    "reasoning content": lambda v: history(item("reasoning", id="rs_1", summary=[], content=[item("reasoning_text", text=note(v))])),
    "web search query": lambda v: history(item("web_search_call", id="ws_1", status="completed", action={"type": "search", "query": note(v), "queries": [note(v)]})),
    "file search query": lambda v: history(
        item("file_search_call", id="fs_1", status="completed", queries=[note(v)], results=[{"text": note(v), "filename": f"{v}.txt", "attributes": {"of": v}}])
    ),
    "computer call": lambda v: history(
        item("computer_call", id="cu_1", call_id="cu", status="completed", pending_safety_checks=[], action={"type": "type", "text": note(v)})
    ),
    "code interpreter code": lambda v: history(item("code_interpreter_call", id="ci_1", status="completed", code=f"print('{v}')", outputs=[item("logs", logs=note(v))])),
    "local shell command": lambda v: history(
        item("local_shell_call", id="ls_1", call_id="ls", status="completed", action={"type": "exec", "command": ["echo", v], "env": {"GIVEN": v}})
    ),
    "local shell output": lambda v: history(item("local_shell_call_output", id="ls_1", output=json.dumps({"stdout": note(v)}))),
    "shell call": lambda v: history(
        item("shell_call", call_id="sh", action={"commands": [f"echo {v}"]}),
        item("shell_call_output", call_id="sh", output=[{"stdout": note(v), "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}]),
    ),
    "apply patch": lambda v: history(
        item("apply_patch_call", call_id="ap", status="completed", operation={"type": "create_file", "path": f"{v}.txt", "diff": f"+{note(v)}"})
    ),
    "mcp arguments": lambda v: history(item("mcp_call", id="mcp_1", server_label="s", name="t", arguments=json.dumps({"given": v}), output=note(v))),
    "mcp tools list": lambda v: history(item("mcp_list_tools", id="mcpl_1", server_label="s", tools=[{"name": "t", "description": note(v), "input_schema": described(v)}])),
    "mcp approval request": lambda v: history(item("mcp_approval_request", id="mcpr_1", server_label="s", name="t", arguments=json.dumps({"given": v}))),
    "mcp approval reason": lambda v: history(item("mcp_approval_response", approval_request_id="mcpr_1", approve=False, reason=note(v))),
    "picture prompt": lambda v: history(item("image_generation_call", id="ig_1", status="completed", result=None, revised_prompt=note(v))),
    "unknown item": lambda v: history(item("letter_from_tomorrow", of={"deep": [note(v)]})),
    "tool description": lambda v: respond(tools=[item("function", name="pay", description=note(v), parameters=SCHEMA)]),
    "tool name": lambda v: respond(tools=[item("function", name=f"pay_{v}", parameters=SCHEMA)]),
    "mcp server": lambda v: respond(tools=[item("mcp", server_label="s", server_url="https://mcp.example", server_description=note(v), headers={"x-of": v})]),
    "web search location": lambda v: respond(tools=[item("web_search", user_location={"type": "approximate", "city": note(v)})]),
    "answer schema": lambda v: respond(text={"format": item("json_schema", name="answer", schema=described(v))}),
    "answer schema description": lambda v: respond(text={"format": item("json_schema", name="answer", description=note(v), schema=SCHEMA)}),
    "metadata": lambda v: respond(metadata={"given": v}),
    "metadata name": lambda v: respond(metadata={str(v): "given"}),
    "user": lambda v: respond(user=v),
    "safety identifier": lambda v: respond(safety_identifier=v),
    "cache key": lambda v: respond(prompt_cache_key=v),
    "client metadata": lambda v: respond(client_metadata={"given": v}),
    "unknown member*": lambda v: respond(session_note={"deep": [v]}),
    **schemas(lambda schema: respond(tools=[item("function", name="pay", parameters=schema)])),
}
PLACES = places("responses", flagged(PATH), RESPONSES, BOTH)
