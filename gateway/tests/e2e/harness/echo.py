"""A provider that calls a tool with what it was told, and remembers every byte that reached its socket."""

import json

from .scripted.framing import JSON, SSE
from .serving import Handler, Served


def openai_stream(given: str) -> bytes:
    """A chat completion of one tool call, its arguments eight characters an event."""

    def event(delta: dict, finish=None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        return f"data: {json.dumps(chunk)}\n\n"

    call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "pay", "arguments": ""}}
    text = event({"role": "assistant", "tool_calls": [call]})
    for at in range(0, len(given), 8):
        text += event({"tool_calls": [{"index": 0, "function": {"arguments": given[at : at + 8]}}]})
    text += event({}, "tool_calls")
    return (text + "data: [DONE]\n\n").encode()


def anthropic_stream(given: str) -> bytes:
    """A message of one tool call, its input eight characters an event."""
    usage = {"input_tokens": 10, "output_tokens": 1}
    message = {"id": "m1", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": usage}
    block = {"type": "tool_use", "id": "toolu_1", "name": "pay", "input": {}}
    events = [
        {"type": "message_start", "message": {**message, "stop_reason": None, "stop_sequence": None}},
        {"type": "content_block_start", "index": 0, "content_block": block},
    ]
    for at in range(0, len(given), 8):
        delta = {"type": "input_json_delta", "partial_json": given[at : at + 8]}
        events.append({"type": "content_block_delta", "index": 0, "delta": delta})
    events += [
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 9}},
        {"type": "message_stop"},
    ]
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()


def openai_whole(given: str) -> bytes:
    call = {"id": "call_1", "type": "function", "function": {"name": "pay", "arguments": given}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    usage = {"prompt_tokens": 10, "completion_tokens": 9, "total_tokens": 19}
    body = {"id": "c1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
    return json.dumps(body).encode()


def anthropic_whole(given: str) -> bytes:
    block = {"type": "tool_use", "id": "toolu_1", "name": "pay", "input": json.loads(given)}
    usage = {"input_tokens": 10, "output_tokens": 9}
    body = {"id": "m1", "type": "message", "role": "assistant", "model": "m", "content": [block], "usage": usage}
    return json.dumps({**body, "stop_reason": "tool_use", "stop_sequence": None}).encode()


def last_given(body: dict) -> str:
    """The arguments of the last tool call in the request: what this provider calls its own tool with."""
    for message in reversed(body["messages"]):
        if calls := message.get("tool_calls"):
            return calls[-1]["function"]["arguments"]
        for block in message["content"] if isinstance(message.get("content"), list) else []:
            if block["type"] == "tool_use":
                return json.dumps(block["input"])
    return "{}"


class Answers(Handler):
    """Calls the tool in the asker's dialect, whole or streamed."""

    def do_POST(self):
        asked = json.loads(self.body())
        stream = bool(asked.get("stream"))
        writers = [[openai_whole, openai_stream], [anthropic_whole, anthropic_stream]]
        answer = writers["/messages" in self.path][stream](last_given(asked))
        self.pieces(SSE if stream else JSON, self.served.parted(answer))


class Echo(Served):
    """Listens; `raw` is all that came in, `cut` says where a stream's bytes are parted (0: after every byte)."""

    def __init__(self):
        self.cut = 0
        super().__init__(Answers, keep=True)

    def parted(self, answer: bytes) -> list[bytes]:
        if self.cut == 0:
            return [answer[at : at + 1] for at in range(len(answer))]
        return [piece for piece in (answer[: self.cut], answer[self.cut :]) if piece]
