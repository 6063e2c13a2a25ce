"""A provider that calls a tool with what it was told, and remembers every byte that reached its socket."""

import json
import socket
import threading

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"


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


class Echo:
    """Listens; `raw` is all that came in, `cut` says where a stream's bytes are parted (0: after every byte)."""

    def __init__(self):
        self.raw, self.cut = bytearray(), 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            request = b""
            while b"\r\n\r\n" not in request:
                request += self._read(connection)
            head, _, body = request.partition(b"\r\n\r\n")
            fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
            while len(body) < int(fields[b"content-length"]):
                body += self._read(connection)
            asked = json.loads(body)
            anthropic, stream = b"/messages" in head.split(b"\r\n")[0], asked.get("stream")
            writers = [[openai_whole, openai_stream], [anthropic_whole, anthropic_stream]]
            answer = writers[anthropic][bool(stream)](last_given(asked))
            connection.sendall(HEAD % (b"text/event-stream" if stream else b"application/json"))
            for piece in self._pieces(answer):
                connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
            connection.sendall(b"0\r\n\r\n")

    def _pieces(self, answer: bytes) -> list[bytes]:
        if self.cut == 0:
            return [answer[at : at + 1] for at in range(len(answer))]
        return [piece for piece in (answer[: self.cut], answer[self.cut :]) if piece]

    def _read(self, connection: socket.socket) -> bytes:
        some = connection.recv(65_536)
        if not some:
            raise ConnectionError("the gateway hung up")
        self.raw += some
        return some

    def end(self) -> None:
        self.listener.close()
