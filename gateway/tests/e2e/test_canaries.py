"""A value that nobody may see, put into every place that a request has: it stays here, and the client gets it back.

A cell is a door, a place in its request, whole or streamed, and a kind of value; every cell has a value of its own. The
provider keeps every byte that it reads and says all of it back. What it read, what the gateway wrote anywhere (log, data
folder, metrics) and what it exported is searched for the value as it is and behind the usual encodings.
"""

import base64
import json
import os
import random
import re
import struct
import threading
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedReader, RawIOBase
from urllib.parse import quote, unquote_to_bytes, urlsplit

import httpx
import pytest

from harness.collector import Collector
from harness.gateway import Gateway
from harness.scripted import CLAUDE, DIALECTS, script, tasks
from harness.scripted.framing import JSON, SSE
from harness.world import bundle

# The values.

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


def card(chance: random.Random) -> str:
    body = "4539" + digits(chance, 11)
    doubled = [int(one) * (2 - at % 2) for at, one in enumerate(body)]
    return body + str(-sum(one // 10 + one % 10 for one in doubled) % 10)


def dashed(chance: random.Random) -> str:
    whole = card(chance)
    return "-".join(whole[at : at + 4] for at in range(0, 16, 4))


def iban(chance: random.Random) -> str:
    account = "37040044" + digits(chance, 10)
    return f"DE{98 - int(account + '131400') % 97:02}{account}"


def ssn(chance: random.Random) -> str:
    return f"{chance.randint(101, 665)}-{chance.randint(11, 98)}-{chance.randint(1001, 9998)}"


def nhs(chance: random.Random) -> str:
    while True:
        body = chance.choice("467") + digits(chance, 8)
        check = -sum(int(one) * (10 - at) for at, one in enumerate(body)) % 11
        if check < 10:
            return f"NHS number {body[:3]} {body[3:6]} {body[6:]}{check}"


def github(chance: random.Random) -> str:
    body, check = "".join(chance.choice(LETTERS[10:]) for _ in range(30)), ""
    rest = zlib.crc32(body.encode())
    while rest:
        rest, at = divmod(rest, 62)
        check = LETTERS[at] + check
    made = "ghp_" + body + check.rjust(6, "0")
    # Few digits, so that it looks like any name of a field.
    return made if sum(map(str.isdigit, made)) < 3 else github(chance)


def phone(chance: random.Random) -> str:
    return f"+1 {chance.choice(['212', '415', '617', '312', '206'])}-{chance.randint(220, 989)}-{digits(chance, 4)}"


def mail(chance: random.Random) -> str:
    return f"mara.{digits(chance, 9)}@northwind-freight.com"


KINDS = {
    "card": card,
    "dashed-card": dashed,
    "mail": mail,
    "iban": iban,
    "ssn": ssn,
    "nhs": nhs,
    "github-token": github,
    "phone": phone,
    "number": lambda chance: int(card(chance)),
}
TEXTS = [kind for kind in KINDS if kind != "number"]
# What the shipped policies mask is not put back.
MASKED = {"github-token"}

# How a value is looked for.

ESCAPE = re.compile(rb"\\u00([0-9a-fA-F]{2})")
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}")
NOISE = re.compile(rb"[^0-9a-z@]+")


def from_base64(raw: bytes) -> bytes:
    """All runs of base64 in it, decoded from each of the four places where the first may begin."""
    found = []
    for run in BASE64.findall(raw):
        run = run.replace(b"-", b"+").replace(b"_", b"/")
        for start in range(4):
            piece = run[start : len(run) - (len(run) - start) % 4]
            found.append(base64.b64decode(piece))
    return b"\n".join(found)


def unescaped(raw: bytes) -> bytes:
    return ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), raw).replace(b"\\/", b"/")


def readings(raw: bytes) -> list[bytes]:
    """The bytes as they are, and as one reads them who undoes an encoding, or two."""
    plain = [raw]
    for undo in (unescaped, unquote_to_bytes):
        plain += [undone for one in plain if (undone := undo(one)) != one]
    decoded = [from_base64(one) for one in plain]
    return plain + decoded + [undone for one in decoded if (undone := unescaped(one)) != one]


def compact(raw: bytes) -> bytes:
    """Without case, and without whatever may part the characters of a value."""
    return NOISE.sub(b"", raw.lower())


def needle(value) -> bytes:
    """What to look for: of a number with its name before it the number alone."""
    return compact(str(value).removeprefix("NHS number ").encode())


def found_in(raw: bytes, needles: dict[bytes, str]) -> set[str]:
    """Which of the needles stand in it, by their names."""
    if len(needles) == 1:
        ((wanted, name),) = needles.items()
        return {name for one in readings(raw) if wanted in compact(one)}
    beginnings = defaultdict(list)
    for one in needles:
        beginnings[one[:9]].append(one)
    found = set()
    for text in map(compact, readings(raw)):
        for at in range(len(text) - 8):
            for one in beginnings.get(text[at : at + 9], ()):
                if text.startswith(one, at):
                    found.add(needles[one])
    return found


# The provider.


class Kept(RawIOBase):
    """What comes in at a socket, kept as it is read."""

    def __init__(self, connection, keep: Callable[[bytes], None]):
        self.connection, self.keep = connection, keep

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        count = self.connection.recv_into(buffer)
        self.keep(bytes(buffer[:count]))
        return count


SAYS = "You sent: "


def leaves(value) -> list[str]:
    """Every name, text and number of a JSON value."""
    match value:
        case dict():
            return [text for name, one in value.items() for text in [name, *leaves(one)]]
        case list():
            return [text for one in value for text in leaves(one)]
        case None | bool():
            return []
    return [str(value)]


class Provider:
    """Speaks every dialect, says back whatever it was sent; `raw` is every byte that it read.

    The model `reject` refuses with the same words, the model `break` ends its stream with an error that has them.
    """

    def __init__(self):
        self.raw, self.lock, self.made = bytearray(), threading.Lock(), 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), answering(self))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def keep(self, some: bytes) -> None:
        with self.lock:
            self.raw += some

    def new_id(self, prefix: str) -> str:
        with self.lock:
            self.made += 1
            return f"{prefix}{self.made}"

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def answering(provider: Provider):
    """What answers a connection."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self):
            super().setup()
            self.rfile = BufferedReader(Kept(self.connection, provider.keep))

        def do_POST(self):
            length = self.headers.get("content-length")
            raw = self.rfile.read(int(length)) if length else self.chunks()
            speaks = DIALECTS[self.path.split("/")[1]][2]
            path = urlsplit(self.path).path
            body = json.loads(raw) if raw.lstrip().startswith(b"{") and "json" in self.headers.get("content-type", "") else None
            said = SAYS + (" | ".join(leaves(body)) if body is not None else raw.decode("latin-1"))
            said = said if self.command != "GET" else SAYS + self.path
            model = (body or {}).get("model") or path
            if "reject" in str(model):
                self.reply(400, JSON, json.dumps(speaks.error("invalid_request_error", said)).encode())
            elif path.endswith(CHATS):
                self.converse(speaks, path, body, said)
            else:
                self.reply(200, *self.task(path, raw, body, said))

        do_GET = do_DELETE = do_PUT = do_PATCH = do_POST

        def chunks(self) -> bytes:
            whole = b""
            while "chunked" in self.headers.get("transfer-encoding", "") and (size := int(self.rfile.readline().split(b";")[0], 16)):
                whole += self.rfile.read(size)
                self.rfile.readline()
            return whole

        def converse(self, speaks, path: str, body: dict, said: str) -> None:
            model = body.get("model") or path
            stream = body.get("stream", speaks is DIALECTS["ollama"][2]) or "stream" in path.lower()
            asked, tool = script.Asked(model=str(model), stream=stream), called(body)
            asked.usage_wanted = False
            says = script.Says(text=said, call=(tool, {"given": said}) if tool else None)
            if not stream:
                self.reply(200, *speaks.whole(asked, says))
                return
            pieces = list(speaks.stream(asked, says))
            if "break" in str(model):
                pieces[len(pieces) // 2 :] = [framed_error(speaks, said)]
            self.reply(200, speaks.STREAMS, b"".join(pieces))

        def task(self, path: str, raw: bytes, body, said: str) -> tuple[str, bytes]:
            if path.endswith("/completions") and body.get("stream"):
                parts = [{"choices": [{"index": 0, "text": part, "finish_reason": None}]} for part in script.split(said)]
                return SSE, b"".join(b"data: %s\n\n" % json.dumps(part).encode() for part in parts) + b"data: [DONE]\n\n"
            if path.endswith("/generate") and body.get("stream", True):
                parts = [{"response": part, "done": False} for part in script.split(said)] + [{"response": "", "done": True}]
                return "application/x-ndjson", b"".join(json.dumps({"model": "m", **part}).encode() + b"\n" for part in parts)
            if path.endswith("/audio/speech"):
                return "audio/wav", tasks.SOUND
            return JSON, json.dumps(self.whole_task(path, raw, body, said)).encode()

        def whole_task(self, path: str, raw: bytes, body, said: str) -> dict:
            name = path.rsplit("/", 1)[-1]
            match name:
                case "completions":
                    return {"id": "c1", "object": "text_completion", "choices": [{"index": 0, "text": said, "finish_reason": "stop"}]}
                case "generate":
                    return {"model": "m", "response": said, "done": True, "done_reason": "stop"}
                case "transcriptions" | "translations":
                    return {"text": said}
                case "rerank":
                    return {"results": [{"index": 0, "relevance_score": 0.5, "document": {"text": said}}]}
                case "moderations":
                    return {"id": "m1", "model": "m", "results": [{"flagged": False}]}
                case "compact":
                    part = {"type": "output_text", "text": said, "annotations": []}
                    return {"id": "r1", "output": [{"type": "message", "role": "assistant", "content": [part]}]}
                case "files":
                    return {"id": provider.new_id("file-"), "object": "file", "filename": "f", "purpose": "batch", "bytes": len(raw)}
                case "batches":
                    return {"id": provider.new_id("batch_"), "object": "batch", "status": "validating"}
            if path.endswith("/invoke"):
                return {"outputs": [{"text": said, "stop_reason": "stop"}]}
            if path.endswith("/unlike"):
                return {"said": said}
            try:
                known = tasks.answer(path, raw) if body else None
            except script.Misshapen:
                known = tasks.answer(path, b'{"model": "m", "input": "Hello"}')
            return json.loads(known[1]) if known else {"data": [], "choices": [{"index": 0, "message": {"role": "assistant", "content": said}}]}

        def reply(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler


CHATS = ("/chat/completions", "/responses", "/messages", ":generateContent", ":streamGenerateContent")
CHATS += ("/converse", "/converse-stream", "/v2/chat", "/api/chat")


def called(body: dict) -> str | None:
    """The first function on offer, whatever the dialect calls it."""
    for tool in [*(body.get("tools") or []), *((body.get("toolConfig") or {}).get("tools") or [])]:
        one = tool.get("function") or tool.get("toolSpec") or tool
        one = (tool.get("functionDeclarations") or [one])[0]
        if "name" in one and tool.get("type", "function") in ("function", "custom"):
            return one["name"]
    return None


def framed_error(speaks, said: str) -> bytes:
    body = json.dumps(speaks.error("server_error", said))
    return f"event: error\ndata: {body}\n\n".encode()


# What a client reads.


def frames(raw: bytes):
    """The payloads of a binary event stream."""
    while raw:
        length, heads = struct.unpack(">II", raw[:8])
        yield json.loads(raw[12 + heads : length - 4] or b"{}")
        raw = raw[length:]


def parts(answer: httpx.Response) -> list:
    """The JSON values of an answer, however they are framed."""
    kind = answer.headers.get("content-type", "")
    if "eventstream" in kind:
        return list(frames(answer.content))
    lines = answer.text.splitlines() if "json" not in kind or "ndjson" in kind else [answer.text]
    values = []
    for line in lines:
        line = line.removeprefix("data:").strip()
        if line.startswith(("{", "[")) and line != "[DONE]":
            values.append(json.loads(line))
    return values


def read(answer: httpx.Response) -> list[str]:
    """The texts of an answer; those that came in pieces put together."""
    texts = defaultdict(str)

    def gather(value, at: tuple) -> None:
        if isinstance(value, dict):
            for name, one in value.items():
                gather(one, (*at, value.get("type") if isinstance(value.get("type"), str) else None, name))
        elif isinstance(value, list):
            for number, one in enumerate(value):
                gather(one, (*at, number))
        elif isinstance(value, str):
            texts[at] += value

    for one in parts(answer):
        gather(one, ())
    return list(texts.values())


# The places.


@dataclass(frozen=True)
class Request:
    """A request as a client sends it."""

    path: str
    options: dict
    method: str = "POST"
    # Codes with which it must be refused; none if it must pass.
    refused: tuple = ()
    # Whether the answer says back what was sent.
    echoed: bool = True
    # How often it is sent; the last answer counts.
    times: int = 1


@dataclass(frozen=True)
class Place:
    """A door and a place in its request: `make` gives the request with the value there."""

    door: str
    name: str
    make: Callable
    kinds: tuple = tuple(TEXTS)
    streams: tuple = (False,)


def note(value) -> str:
    return f"Please keep {value} in mind."


def nested(value) -> str:
    return json.dumps({"order": json.dumps({"note": note(value), "list": [1, {"deep": str(value)}]})})


PLACES: list[Place] = []
ANY = (*TEXTS, "number")


def post(path: str, body=None, **more) -> Request:
    known = {name: more.pop(name) for name in ("method", "refused", "echoed") if name in more}
    return Request(path, {**({"json": body} if body is not None else {}), **more}, **known)


def places(door: str, wrap: Callable, makers: dict, streams=(False,)) -> None:
    """A door's places: each maker gives what `wrap` completes to a request. A star behind a name: a number may stand there too."""
    for name, maker in makers.items():

        def make(value, stream, maker=maker):
            return wrap(maker(value), stream)

        PLACES.append(Place(door, name.rstrip("*"), make, ANY if name.endswith("*") else tuple(TEXTS), streams))


BOTH = (False, True)
HELLO = {"role": "user", "content": "Hello"}
SCHEMA = {"type": "object", "properties": {"given": {"type": "string"}}}
PIXEL = base64.b64decode(tasks.PNG)


def described(value) -> dict:
    return {"type": "object", "description": note(value), "properties": {"given": {"type": "string"}}}


def schemas(shape: Callable) -> dict:
    """Places in the schema of a tool, which `shape` puts into a body."""
    given = {
        "schema description": lambda v: {"type": "string", "description": note(v)},
        "schema default": lambda v: {"type": "string", "default": v},
        "schema enum": lambda v: {"type": "string", "enum": ["none", v]},
        "schema const*": lambda v: {"const": v},
        "schema examples": lambda v: {"type": "string", "examples": [note(v)]},
        "schema pattern": lambda v: {"type": "string", "pattern": f"^{v}$"},
    }
    made = {name: lambda v, one=one: shape({"type": "object", "properties": {"given": one(v)}}) for name, one in given.items()}
    made["schema property"] = lambda v: shape({"type": "object", "properties": {str(v): {"type": "string"}}})
    made["schema comment"] = lambda v: shape(described(v))
    return made


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


def flagged(path: str) -> Callable:
    return lambda body, stream: post(path, {**body, **({"stream": True} if stream else {})})


places("chat_completions", flagged("/v1/chat/completions"), CHAT, BOTH)


def escaped(text: str) -> bytes:
    return "".join(f"\\u{ord(one):04x}" for one in text).encode()


def spelled(value, stream: bool) -> Request:
    body = json.dumps(chat({"role": "user", "content": "HERE"}, stream=stream)).encode().replace(b"HERE", escaped(note(value)))
    return post("/v1/chat/completions", content=body, headers={"content-type": "application/json"})


PLACES.append(Place("chat_completions", "user text in escapes", spelled, streams=BOTH))


def again(value, stream: bool) -> Request:
    """Asked twice of a model whose answers are kept."""
    asked = flagged("/v1/chat/completions")({**chat({"role": "user", "content": note(value)}), "model": "kept"}, stream)
    return replace(asked, times=2)


PLACES.append(Place("chat_completions", "user text of a kept answer", again, streams=BOTH))


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
places("responses", flagged("/v1/responses"), RESPONSES, BOTH)


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
places("messages", flagged("/v1/messages"), MESSAGES, BOTH)


def generate(*own, **more) -> dict:
    return {"contents": more.pop("contents", [{"role": "user", "parts": list(own) or [{"text": "Hello"}]}]), **more}


def generated(*turns) -> dict:
    return generate(contents=[{"role": "user", "parts": [{"text": "Hello"}]}, *turns])


def gemini_call(args=None, response=None) -> dict:
    call = {"role": "model", "parts": [{"functionCall": {"name": "pay", "args": args or {}}}]}
    return generated(call, {"role": "user", "parts": [{"functionResponse": {"name": "pay", "response": response or {"done": True}}}]})


def declared(**more) -> dict:
    return generate(tools=[{"functionDeclarations": [{"name": "pay", "description": "Pays.", "parameters": SCHEMA, **more}]}])


GEMINI = {
    "system instruction": lambda v: generate(systemInstruction={"parts": [{"text": note(v)}]}),
    "system in snake case": lambda v: generate(system_instruction={"parts": [{"text": note(v)}]}),
    "part": lambda v: generate({"text": note(v)}),
    "part alone": lambda v: generate({"text": v}),
    "second part": lambda v: generate({"text": "Hello"}, {"text": note(v)}),
    "model part": lambda v: generated({"role": "model", "parts": [{"text": note(v)}]}, {"role": "user", "parts": [{"text": "Hello"}]}),
    "thought": lambda v: generated({"role": "model", "parts": [{"text": note(v), "thought": True}, {"text": "Yes"}]}, {"role": "user", "parts": [{"text": "Hello"}]}),
    "function call args*": lambda v: gemini_call({"given": v}),
    "function call nested args": lambda v: gemini_call({"given": nested(v), "list": [[{"deep": str(v)}]]}),
    "function call args name": lambda v: gemini_call({str(v): True}),
    "function response*": lambda v: gemini_call(response={"result": v}),
    "function response nested": lambda v: gemini_call(response={"result": {"deep": [nested(v)]}}),
    "executable code": lambda v: generated(
        {
            "role": "model",
            "parts": [{"executableCode": {"language": "PYTHON", "code": f"print('{v}')"}}, {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": note(v)}}],
        }
    ),
    "inline data name": lambda v: generate({"inlineData": {"mimeType": "image/png", "data": tasks.PNG, "displayName": f"{v}.png"}}),
    "file address": lambda v: generate({"fileData": {"mimeType": "video/mp4", "fileUri": f"https://video.example/?of={v}"}}),
    "function description": lambda v: declared(description=note(v)),
    "function response schema": lambda v: declared(response=described(v)),
    "response schema": lambda v: generate(generationConfig={"responseMimeType": "application/json", "responseSchema": described(v)}),
    "response json schema": lambda v: generate(generationConfig={"responseMimeType": "application/json", "responseJsonSchema": described(v)}),
    "stop sequence": lambda v: generate(generationConfig={"stopSequences": ["END", v]}),
    "label": lambda v: generate(labels={"given": v}),
    "label name": lambda v: generate(labels={str(v): "given"}),
    "speech voice": lambda v: generate(generationConfig={"speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": v}}}}),
    "unknown member*": lambda v: generate(sessionNote={"deep": [v]}),
    **schemas(lambda schema: declared(parameters=schema)),
}


def gemini_path(body: dict, stream: bool) -> Request:
    return post("/v1beta/models/g%2Fm:" + ("streamGenerateContent?alt=sse" if stream else "generateContent"), body)


places("generate_content", gemini_path, GEMINI, BOTH)


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
places("converse", lambda body, stream: post("/bedrock/model/b%2Fm/converse" + ("-stream" if stream else ""), body), BEDROCK, BOTH)

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
places("cohere_chat", lambda body, stream: flagged("/v2/chat")({"model": "c/m", **body}, stream), COHERE, BOTH)

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
places("ollama_chat", lambda body, stream: post("/api/chat", {"model": "l/m", "stream": stream, **body}), OLLAMA, BOTH)


def silent(path: str) -> Callable:
    """A door whose answer has nothing of what was asked."""
    return lambda body, stream: post(path, body, echoed=False)


def telling(path: str) -> Callable:
    return lambda body, stream: post(path, body)


COMPLETIONS = {
    "prompt": lambda v: {"prompt": note(v)},
    "prompt list": lambda v: {"prompt": ["Hello", note(v)]},
    "suffix": lambda v: {"prompt": "Hello", "suffix": note(v)},
    "stop": lambda v: {"prompt": "Hello", "stop": [v]},
    "user": lambda v: {"prompt": "Hello", "user": v},
    "logit bias": lambda v: {"prompt": "Hello", "logit_bias": {v: 1}},
    "unknown member*": lambda v: {"prompt": "Hello", "session_note": v},
}
places("completions", lambda body, stream: flagged("/v1/completions")({"model": "o/complete", **body}, stream), COMPLETIONS, BOTH)
EMBEDDINGS = {
    "input": lambda v: {"input": note(v)},
    "input alone": lambda v: {"input": v},
    "input list": lambda v: {"input": ["Hello", note(v)]},
    "user": lambda v: {"input": "Hello", "user": v},
    "unknown member*": lambda v: {"input": "Hello", "session_note": v},
}
places("embeddings", lambda body, stream: silent("/v1/embeddings")({"model": "o/embed", **body}, stream), EMBEDDINGS)
EMBED_CONTENT = {
    "part": lambda v: {"content": {"parts": [{"text": note(v)}]}},
    "title": lambda v: {"content": {"parts": [{"text": "Hello"}]}, "taskType": "RETRIEVAL_DOCUMENT", "title": note(v)},
}
places("embed_content", silent("/v1beta/models/g%2Fembed:embedContent"), EMBED_CONTENT)
BATCH = {"part of many": lambda v: {"requests": [{"model": "models/g/embed", "content": {"parts": [{"text": note(v)}]}}]}}
places("embed_content", silent("/v1beta/models/g%2Fembed:batchEmbedContents"), BATCH)
COHERE_EMBED = {
    "texts": lambda v: {"texts": ["Hello", note(v)]},
    "inputs": lambda v: {"inputs": [{"content": [{"type": "text", "text": note(v)}]}]},
}
places("cohere_embed", lambda body, stream: silent("/v2/embed")({"model": "c/embed", "input_type": "search_query", **body}, stream), COHERE_EMBED)
places("ollama_embed", silent("/api/embed"), {"input": lambda v: {"model": "l/embed", "input": note(v)}, "input list": lambda v: {"model": "l/embed", "input": [note(v)]}})
OLLAMA_GENERATE = {
    "prompt": lambda v: {"prompt": note(v)},
    "suffix": lambda v: {"prompt": "Hello", "suffix": note(v)},
    "system": lambda v: {"prompt": "Hello", "system": note(v)},
    "template": lambda v: {"prompt": "Hello", "template": note(v)},
}
places("ollama_generate", lambda body, stream: post("/api/generate", {"model": "l/complete", "stream": stream, **body}), OLLAMA_GENERATE, BOTH)
MODERATIONS = {
    "input": lambda v: {"input": note(v)},
    "input list": lambda v: {"input": ["Hello", note(v)]},
    "input part": lambda v: {"input": [{"type": "text", "text": note(v)}]},
}
places("moderations", lambda body, stream: silent("/v1/moderations")({"model": "o/moderate", **body}, stream), MODERATIONS)
RERANK = {
    "query": lambda v: {"query": note(v), "documents": ["Hello"]},
    "document": lambda v: {"query": "Hello", "documents": ["Hello", note(v)]},
    "document object": lambda v: {"query": "Hello", "documents": [{"text": note(v), "title": note(v)}]},
    "document field*": lambda v: {"query": "Hello", "documents": [{"text": "Hello", "given": v}], "rank_fields": ["given"]},
}
places("rerank", lambda body, stream: telling("/v2/rerank")({"model": "c/rerank", **body}, stream), RERANK)
GENERATIONS = {
    "prompt": lambda v: {"prompt": note(v)},
    "user": lambda v: {"prompt": "Hello", "user": v},
    "unknown member": lambda v: {"prompt": "Hello", "negative_prompt": note(v)},
}
places("image_generations", lambda body, stream: silent("/v1/images/generations")({"model": "o/draw", **body}, stream), GENERATIONS)
SPEECH = {
    "input": lambda v: {"input": note(v)},
    "instructions": lambda v: {"input": "Hello", "instructions": note(v)},
    "voice": lambda v: {"input": "Hello", "voice": {"id": v}},
}
places("speech", lambda body, stream: silent("/v1/audio/speech")({"model": "o/speak", "voice": "alloy", **body}, stream), SPEECH)
COUNTED = {name: MESSAGES[name] for name in ("system", "text block", "tool use input*", "tool description", "document title")}
places("count_tokens", silent("/v1/messages/count_tokens"), COUNTED)
COUNTED = {name: RESPONSES[name] for name in ("instructions", "input", "function call arguments*", "tool description")}
places("response_tools", silent("/v1/responses/input_tokens"), COUNTED)
places("response_tools", telling("/v1/responses/compact"), {f"compacted {name}": RESPONSES[name] for name in ("instructions", "input", "function call output")})
places(
    "gemini_count_tokens",
    silent("/v1beta/models/g%2Fm:countTokens"),
    {"part": GEMINI["part"], "inner request": lambda v: {"generateContentRequest": {"model": "models/g/m", **GEMINI["system instruction"](v)}}},
)
places(
    "invoke",
    telling("/bedrock/model/b%2Fcomplete/invoke"),
    {
        "prompt": lambda v: {"prompt": note(v)},
        "messages": lambda v: {"messages": [{"role": "user", "content": note(v)}]},
        "unknown member*": lambda v: {"prompt": "Hello", "session_note": v},
    },
)

# Forms and files.


def form(path: str, fields: dict, files: dict, echoed=True, **more) -> Request:
    parts = [(name, (None, text)) for name, text in fields.items()] + list(files.items())
    return post(path, files=parts, echoed=echoed, **more)


WAV = ("a.wav", tasks.SOUND, "audio/wav")
PNG = ("a.png", PIXEL, "image/png")


def transcribe(fields: dict, file=WAV) -> Request:
    return form("/v1/audio/transcriptions", {"model": "o/transcribe", **fields}, {"file": file})


def edit(fields: dict, file=PNG) -> Request:
    return form("/v1/images/edits", {"model": "o/draw", "prompt": "Hello", **fields}, {"image": file}, echoed=False)


def as_it_is(request: Request, _stream: bool) -> Request:
    return request


TRANSCRIPTIONS = {
    "prompt": lambda v: transcribe({"prompt": note(v)}),
    "language": lambda v: transcribe({"language": v}),
    "unknown field": lambda v: transcribe({"session_note": json.dumps({"given": v})}),
    "file name": lambda v: transcribe({}, (f"{v}.wav", *WAV[1:])),
}
places("transcriptions", as_it_is, TRANSCRIPTIONS)
EDITS = {
    "prompt": lambda v: edit({"prompt": note(v)}),
    "user": lambda v: edit({"user": v}),
    "file name": lambda v: edit({}, (f"{v}.png", *PNG[1:])),
}
places("image_edits", as_it_is, EDITS)


def upload(text: str, name: str, kind="text/plain", purpose="user_data", **more) -> Request:
    return form("/v1/files", {"purpose": purpose, **more}, {"file": (name, text.encode(), kind)}, False, headers={"x-marshal-provider": "o"})


def batch_line(body: dict, path="/v1/chat/completions", identity="1") -> str:
    return json.dumps({"custom_id": identity, "method": "POST", "url": path, "body": {**body, "model": "m"}}) + "\n"


LINE = batch_line(chat())
FILES = {
    "text": lambda v: upload(f"Hello\n{note(v)}\n", "a.txt"),
    "table": lambda v: upload(f"name,note\nMara,{v}\n", "a.csv", "text/csv"),
    "quoted table": lambda v: upload(f'name,note\nMara,"Keep ""{v}"" well"\n', "a.csv", "text/csv"),
    "json*": lambda v: upload(json.dumps({"deep": [{"given": v}]}), "a.json", "application/json"),
    "json in escapes": lambda v: upload('{"given": "' + escaped(str(v)).decode() + '"}', "a.json", "application/json"),
    "json lines*": lambda v: upload(json.dumps({"messages": [HELLO]}) + "\n" + json.dumps({"given": v}) + "\n", "a.jsonl", "application/jsonl", "fine-tune"),
    "json lines nested": lambda v: upload(json.dumps({"given": nested(v)}) + "\n", "a.jsonl", "application/octet-stream", "fine-tune"),
    "markdown": lambda v: upload(f"# Note\n\n- {v}\n", "a.md", "text/markdown"),
    "unnamed kind": lambda v: upload(f"{note(v)}\n", "a", "application/octet-stream"),
    "text in another encoding": lambda v: form(
        "/v1/files",
        {"purpose": "user_data"},
        {"file": ("a.txt", note(v).encode("utf-16"), "text/plain")},
        False,
        headers={"x-marshal-provider": "o"},
        refused=("surface_not_governed", "invalid_utf8", "data_blocked"),
    ),
    "file name": lambda v: upload("Hello", f"{v}.txt"),
    "purpose": lambda v: upload("Hello", "a.txt", purpose=v),
    "unknown field": lambda v: upload("Hello", "a.txt", session_note=note(v)),
    "batch user text": lambda v: upload(LINE + batch_line(chat({"role": "user", "content": note(v)})), "b.jsonl", "application/jsonl", "batch"),
    "batch tool arguments": lambda v: upload(batch_line(chat_call(nested(v))), "b.jsonl", "application/jsonl", "batch"),
    "batch identity": lambda v: upload(batch_line(chat(), identity=v), "b.jsonl", "application/jsonl", "batch"),
    "batch embedding": lambda v: upload(batch_line({"input": note(v)}, "/v1/embeddings"), "b.jsonl", "application/jsonl", "batch"),
}
places("files", as_it_is, FILES)


def asked_batch(**params) -> Request:
    one = {"custom_id": params.pop("identity", "one"), "params": {**message(**params), "model": "m"}}
    return post("/v1/messages/batches", {"requests": [one]}, echoed=False, headers={"x-marshal-provider": "a"})


def batch(**more) -> Request:
    body = {"input_file_id": "FILE", "endpoint": "/v1/chat/completions", "completion_window": "24h", **more}
    return post("/v1/batches", body, echoed=False, headers={"x-marshal-provider": "o"})


BATCHES = {
    "system": lambda v: asked_batch(system=note(v)),
    "user text": lambda v: asked_batch(messages=[{"role": "user", "content": note(v)}]),
    "tool description": lambda v: asked_batch(tools=[tool(description=note(v))]),
    "identity": lambda v: asked_batch(identity=v),
    "metadata": lambda v: batch(metadata={"given": v}),
    "metadata name": lambda v: batch(metadata={str(v): "given"}),
}
places("batches", as_it_is, BATCHES)

# A provider's own paths.
OWN = "/passthrough/o/v1/experiments"
PASSTHROUGH = {
    "json": lambda v: post(OWN, {"deep": [{"given": note(v)}]}),
    "json of another answer": lambda v: post(f"{OWN}/unlike", {"given": note(v)}),
    "json name": lambda v: post(OWN, {str(v): 1}),
    "json list": lambda v: post(OWN, [note(v)], echoed=False),
    "json text": lambda v: post(OWN, note(v), echoed=False),
    "nested json": lambda v: post(OWN, {"given": nested(v)}),
    "changed json": lambda v: post(OWN, {"given": note(v)}, method="PATCH"),
    "form text": lambda v: form(OWN, {"given": note(v)}, {"file": ("a.txt", b"Hello", "text/plain")}),
    "form file": lambda v: form(OWN, {"given": "Hello"}, {"file": ("a.txt", note(v).encode(), "text/plain")}),
    "form file name": lambda v: form(OWN, {"given": "Hello"}, {"file": (f"{v}.txt", b"Hello", "text/plain")}),
    "form field name": lambda v: form(OWN, {f"of {v}": "Hello"}, {"file": ("a.txt", b"Hello", "text/plain")}, refused=("data_blocked",)),
    "chat below it": lambda v: post("/passthrough/o/v1/chat/completions", {**chat({"role": "user", "content": note(v)}), "model": "m"}),
}
places("passthrough", as_it_is, PASSTHROUGH)
places("passthrough", as_it_is, {"json number*": lambda v: post(OWN, {"given": v})})


def refused_or_clean(method: str, path: str, **more) -> Request:
    """What may be refused for any reason, if only nothing leaks."""
    return Request(path, more.pop("options", more), method, refused=("*",), echoed=False)


def plain(kind: str, text: str) -> Request:
    return refused_or_clean("POST", OWN, content=text.encode(), headers={"content-type": kind})


def there(value) -> str:
    return quote(str(value), safe="")


CHATTED = "/v1/chat/completions"


def with_header(name: str, path=CHATTED, body=None) -> Callable:
    return lambda v: refused_or_clean("POST", path, json=body or chat(), headers={name: str(v)})


def broken(text: str) -> Callable:
    """A body that is no request; VALUE is where the value stands."""
    return lambda v: refused_or_clean("POST", CHATTED, content=text.replace("VALUE", str(v)).encode(), headers={"content-type": "application/json"})


# Addresses, headers, and requests that are none: whatever becomes of them, the value stays here and is written nowhere.
ODD = {
    "passthrough": {
        "text": lambda v: plain("text/plain", note(v)),
        "table": lambda v: plain("text/csv", f"a,b\n1,{v}\n"),
        "json lines": lambda v: plain("application/x-ndjson", json.dumps({"given": v}) + "\n"),
        "markup": lambda v: plain("application/xml", f"<note of='{v}'>{note(v)}</note>"),
        "web form": lambda v: plain("application/x-www-form-urlencoded", f"given={there(v)}"),
        "octets": lambda v: plain("application/octet-stream", note(v)),
        "no kind": lambda v: refused_or_clean("POST", OWN, content=note(v).encode()),
        "path": lambda v: refused_or_clean("GET", f"{OWN}/{there(v)}"),
        "path escaped twice": lambda v: refused_or_clean("GET", f"{OWN}/{quote(there(v))}"),
        "query": lambda v: refused_or_clean("GET", f"{OWN}?of={there(v)}"),
        "query with all escaped": lambda v: refused_or_clean("GET", f"{OWN}?of=" + "".join(f"%{one:02x}" for one in str(v).encode())),
        "query name": lambda v: refused_or_clean("GET", f"{OWN}?{there(v)}=1"),
        "query key": lambda v: refused_or_clean("GET", f"{OWN}?key={there(v)}"),
        "query in base64": lambda v: refused_or_clean("GET", f"{OWN}?of=" + base64.urlsafe_b64encode(note(v).encode()).decode()),
        "provider": lambda v: refused_or_clean("GET", f"/passthrough/{there(v)}/v1/x"),
        "media type": lambda v: refused_or_clean("POST", OWN, content=b"Hello", headers={"content-type": f"text/plain; of={v}"}),
    },
    "files": {
        "identity": lambda v: refused_or_clean("GET", f"/v1/files/{there(v)}"),
        "query": lambda v: refused_or_clean("GET", f"/v1/files?after={there(v)}"),
        "delete": lambda v: refused_or_clean("DELETE", f"/v1/files/{there(v)}"),
    },
    "batches": {
        "identity": lambda v: refused_or_clean("GET", f"/v1/batches/{there(v)}"),
        "query": lambda v: refused_or_clean("GET", f"/v1/batches?after={there(v)}"),
        "foreign file": lambda v: refused_or_clean("POST", "/v1/batches", json={"input_file_id": v, "endpoint": CHATTED, "completion_window": "24h"}),
        "model": lambda v: refused_or_clean(
            "POST", "/v1/messages/batches", json={"requests": [{"custom_id": "1", "params": {**message(), "model": v}}]}, headers={"x-marshal-provider": "a"}
        ),
    },
    "stored_responses": {
        "identity": lambda v: refused_or_clean("GET", f"/v1/responses/{there(v)}"),
        "query": lambda v: refused_or_clean("GET", f"/v1/responses/resp_1?include={there(v)}"),
        "query of items": lambda v: refused_or_clean("GET", f"/v1/responses/resp_1/input_items?after={there(v)}"),
    },
    "responses": {
        "previous response": lambda v: refused_or_clean("POST", "/v1/responses", json=respond(previous_response_id=v)),
        "conversation": lambda v: refused_or_clean("POST", "/v1/responses", json=respond(conversation=v)),
        "file identity": lambda v: refused_or_clean("POST", "/v1/responses", json=respond([turn(item("input_file", file_id=v))])),
        "prompt variable": lambda v: refused_or_clean("POST", "/v1/responses", json=respond(prompt={"id": "pmpt_1", "variables": {"given": v}})),
        "prompt identity": lambda v: refused_or_clean("POST", "/v1/responses", json=respond(prompt={"id": v})),
    },
    "chat_completions": {
        "model": lambda v: refused_or_clean("POST", CHATTED, json={**chat(), "model": v}),
        "model of a provider": lambda v: refused_or_clean("POST", CHATTED, json={**chat(), "model": f"o/{v}"}),
        "role": lambda v: refused_or_clean("POST", CHATTED, json=chat({"role": v, "content": "Hello"})),
        "part type": lambda v: refused_or_clean("POST", CHATTED, json=chat({"role": "user", "content": [{"type": v}]})),
        "messages": lambda v: refused_or_clean("POST", CHATTED, json={**chat(), "messages": v}),
        "stream flag": lambda v: refused_or_clean("POST", CHATTED, json=chat(stream=v)),
        "limit": lambda v: refused_or_clean("POST", CHATTED, json=chat(max_tokens=v)),
        "tool type": lambda v: refused_or_clean("POST", CHATTED, json=chat(tools=[{"type": v, v: {}}])),
        "tool choice word": lambda v: refused_or_clean("POST", CHATTED, json=chat(tool_choice=v)),
        "answer format": lambda v: refused_or_clean("POST", CHATTED, json=chat(response_format={"type": v})),
        "effort": lambda v: refused_or_clean("POST", CHATTED, json=chat(reasoning_effort=v)),
        "service tier": lambda v: refused_or_clean("POST", CHATTED, json=chat(service_tier=v)),
        "broken body": broken('{"model": "o/m", "messages": [{"role": "user", "content": "VALUE'),
        "body that is no json": broken("VALUE"),
        "body with a tail": broken(json.dumps(chat()) + "VALUE"),
        "name twice": broken('{"model": "o/m", "VALUE": 1, "VALUE": 2, "messages": []}'),
        "value of a name twice": broken('{"model": "o/m", "user": "VALUE", "user": "VALUE", "messages": []}'),
        "raw control sign": broken('{"model": "o/m", "user": "VALUE\x01", "messages": []}'),
        "media type": lambda v: refused_or_clean("POST", CHATTED, content=json.dumps(chat()).encode(), headers={"content-type": f"text/{v}"}),
        "query": lambda v: refused_or_clean("POST", f"{CHATTED}?of={there(v)}", json=chat()),
        "query beta": lambda v: refused_or_clean("POST", f"{CHATTED}?beta={there(v)}", json=chat()),
        "path": lambda v: refused_or_clean("POST", f"/v1/{there(v)}", json=chat()),
        "path prefix": lambda v: refused_or_clean("POST", f"/{there(v)}/v1/chat/completions", json=chat()),
        "deployment": lambda v: refused_or_clean("POST", f"/openai/deployments/{there(v)}/chat/completions", json=chat()),
        "method": lambda v: refused_or_clean("DELETE", f"{CHATTED}?of={there(v)}"),
        "header idempotency-key": with_header("idempotency-key"),
        "header openai-beta": with_header("openai-beta"),
        "header openai-organization": with_header("openai-organization"),
        "header user-agent": with_header("user-agent"),
        "header referer": with_header("referer"),
        "header cookie": with_header("cookie"),
        "header x-forwarded-for": with_header("x-forwarded-for"),
        "header x-request-id": with_header("x-request-id"),
        "header accept": with_header("accept"),
        "header host": with_header("host"),
        "header tracestate": lambda v: refused_or_clean("POST", CHATTED, json=chat(), headers={"tracestate": f"of={v}", "traceparent": TRACED}),
        "header traceparent": with_header("traceparent"),
        "header baggage": lambda v: refused_or_clean("POST", CHATTED, json=chat(), headers={"baggage": f"of={v}", "traceparent": TRACED}),
        "header x-marshal-tags": with_header("x-marshal-tags"),
        "header x-marshal-purpose": with_header("x-marshal-purpose"),
        "header x-marshal-provider": with_header("x-marshal-provider"),
        "header x-marshal-strategy": with_header("x-marshal-strategy"),
        "header authorization": lambda v: refused_or_clean("POST", CHATTED, json=chat(), headers={"authorization": f"Bearer {v}"}),
        "header api-key": lambda v: refused_or_clean("POST", CHATTED, json=chat(), headers={"authorization": "", "api-key": str(v)}),
    },
    "messages": {
        "header anthropic-beta": with_header("anthropic-beta", "/v1/messages", message()),
        "header anthropic-version": with_header("anthropic-version", "/v1/messages", message()),
        "header idempotency-key": with_header("idempotency-key", "/v1/messages", message()),
        "query beta": lambda v: refused_or_clean("POST", f"/v1/messages?beta={there(v)}", json=message()),
        "role": lambda v: refused_or_clean("POST", "/v1/messages", json=message(messages=[{"role": v, "content": "Hello"}])),
        "model": lambda v: refused_or_clean("POST", "/v1/messages", json={**message(), "model": v}),
        "file identity": lambda v: refused_or_clean("POST", "/v1/messages", json=document({"type": "file", "file_id": v})),
        "container": lambda v: refused_or_clean("POST", "/v1/messages", json=message(container=v)),
    },
    "generate_content": {
        "path": lambda v: refused_or_clean("POST", f"/v1beta/models/{there(v)}:generateContent", json=generate()),
        "verb": lambda v: refused_or_clean("POST", f"/v1beta/models/g%2Fm:{there(v)}", json=generate()),
        "query": lambda v: refused_or_clean("POST", f"/v1beta/models/g%2Fm:generateContent?of={there(v)}", json=generate()),
        "query key": lambda v: refused_or_clean("POST", f"/v1beta/models/g%2Fm:generateContent?key={there(v)}", json=generate()),
        "cached content": lambda v: refused_or_clean("POST", "/v1beta/models/g%2Fm:generateContent", json=generate(cachedContent=v)),
        "role": lambda v: refused_or_clean("POST", "/v1beta/models/g%2Fm:generateContent", json=generate(contents=[{"role": v, "parts": [{"text": "Hello"}]}])),
    },
    "models": {
        "path": lambda v: refused_or_clean("GET", f"/v1/models/{there(v)}"),
        "query": lambda v: refused_or_clean("GET", f"/v1/models?after={there(v)}"),
    },
}
TRACED = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
for odd_door, makers in ODD.items():
    places(odd_door, as_it_is, makers)

# A provider that refuses, and one that fails in its stream, with the words that it was sent; one of another dialect, too.


def failing(model: str, body: Callable) -> Callable:
    def made(value, stream):
        request = body(value, stream)
        return Request(request.path.replace("%2Fm", f"%2F{model}"), {"json": {**request.options["json"], "model": f"{model_of(request)}/{model}"}}, refused=("*",))

    return made


def model_of(request: Request) -> str:
    return request.options["json"].get("model", "g/m").split("/")[0]


ASKED = {
    "chat_completions": lambda v, s: flagged("/v1/chat/completions")(CHAT["user text"](v), s),
    "responses": lambda v, s: flagged("/v1/responses")(RESPONSES["input"](v), s),
    "messages": lambda v, s: flagged("/v1/messages")(MESSAGES["user text"](v), s),
}
for door, asked in ASKED.items():
    PLACES.append(Place(door, "user text of a refused question", failing("reject", asked), streams=BOTH))
    PLACES.append(Place(door, "user text of a broken stream", failing("break", asked), streams=(True,)))

# Every client's dialect before every other provider's.
CROSSED = {
    "chat_completions": (
        flagged("/v1/chat/completions"),
        CHAT,
        (
            "system",
            "user text",
            "user content part",
            "assistant history",
            "tool description",
            "schema description",
            "schema enum",
            "tool call arguments*",
            "tool call nested arguments",
            "tool result text",
            "unknown member name",
        ),
    ),
    "responses": (
        flagged("/v1/responses"),
        RESPONSES,
        (
            "instructions",
            "input",
            "message output text",
            "tool description",
            "schema description",
            "schema enum",
            "function call arguments*",
            "function call output",
            "metadata name",
        ),
    ),
    "messages": (
        flagged("/v1/messages"),
        MESSAGES,
        (
            "system block",
            "text block",
            "assistant text",
            "tool description",
            "schema description",
            "schema enum",
            "tool use input*",
            "tool use nested input",
            "tool result block",
            "document text",
        ),
    ),
    "generate_content": (
        gemini_path,
        GEMINI,
        (
            "system instruction",
            "part",
            "model part",
            "function description",
            "schema description",
            "schema enum",
            "function call args*",
            "function response*",
            "label name",
        ),
    ),
}
OWN_DIALECT = {"chat_completions": "openai", "responses": "responses", "messages": "anthropic", "generate_content": "gemini"}
# What has no word in another dialect is left out, so nothing of it comes back.
LEFT_OUT = ("unknown member name", "metadata name", "label name")
# Amazon's documents are base64 of the text, and so are not read back.
UNREAD = {("document text", "bedrock")}


def crossed(wrap: Callable, maker: Callable, provider: str, left_out: bool) -> Callable:
    def make(value, stream):
        request = wrap(maker(value), stream)
        body = dict(request.options["json"])
        if "model" in body:
            body["model"] = f"{provider}/m"
        return Request(request.path.replace("/g%2Fm", f"/{provider}%2Fm"), {"json": body}, echoed=not left_out)

    return make


for door, (wrap, makers, names) in CROSSED.items():
    for dialect, (provider, _, _) in DIALECTS.items():
        if dialect != OWN_DIALECT[door]:
            for name in names:
                made = crossed(wrap, makers[name], provider, name in LEFT_OUT or (name, dialect) in UNREAD)
                kinds = (TEXTS[(len(PLACES) + len(name)) % len(TEXTS)], "mail")
                PLACES.append(Place(f"{door} to {dialect}", name.rstrip("*"), made, tuple(dict.fromkeys(kinds)), BOTH))

# The gateway.

OPENED = ("transcriptions", "image_edits", "files", "passthrough")
TASKS = {
    "openai": "completions, embeddings, moderations, image_generations, image_edits, speech, transcriptions, files, batches",
    "responses": "response_tools, stored_responses",
    "anthropic": "count_tokens, batches",
    "gemini": "gemini_count_tokens, embed_content",
    "bedrock": "invoke",
    "cohere": "cohere_embed, rerank",
    "ollama": "ollama_embed, ollama_generate",
}
MODELS = ("m", "reject", "break", "embed", "rerank", "complete", "moderate", "draw", "speak", "transcribe")


def opened(text: str) -> str:
    """data.yaml as it ships, with the doors open to what no detector can read: sound, pictures, other files."""
    changed = text.replace("\nuninspected: {}\n", "\nuninspected: {" + ", ".join(f"{door}: allow" for door in OPENED) + "}\n")
    assert changed != text, "data.yaml says `uninspected: {}` no more"
    return changed


def config(provider: Provider, collector: Collector, policies) -> str:
    lines = [f"policies: {policies}"]
    lines += [f"telemetry: {{log_format: json, log_level: debug, otlp_endpoint: {collector.url}, traceparent_to_providers: true}}", "providers:"]
    for dialect, (name, path, _) in DIALECTS.items():
        lines += [f"  {name}:", f"    base_url: {provider.url}{path}", f"    dialects: [{dialect}]", f"    tasks: [{TASKS[dialect]}]"]
        lines += ["    facts: {pci: true, local: true}", "    models:"]
        identity = f", id: '{CLAUDE}'" if dialect == "bedrock" else ""
        lines += [f"      - {{name: {model}, price: free{identity if model == 'm' else ''}}}" for model in MODELS]
    return "\n".join([*lines, "models:", "  kept: {candidates: [o/m], cache_ttl_s: 600}"]) + "\n"


class Watched:
    """A gateway before that provider and a collector, and what of all that it wrote was not looked at yet."""

    def __init__(self, folder):
        self.provider, self.collector = Provider(), Collector()
        policies = bundle(folder / "policies", opened)
        self.gateway = Gateway(folder / "gateway", config(self.provider, self.collector, policies))
        self.http, self.control = self.gateway.http(), httpx.Client(base_url=self.gateway.control, timeout=60, trust_env=False)
        self.seen_to, self.values, self.refusals = {}, {}, Counter()
        self.file = self.uploaded()
        assert self.http.post("/v1/responses", json=respond()).status_code == 200
        self.written()

    def uploaded(self) -> str:
        request = upload(LINE, "b.jsonl", "application/jsonl", "batch")
        answer = self.http.post(request.path, **request.options)
        assert answer.status_code == 200, answer.text
        return answer.json()["id"]

    def ask(self, request: Request) -> httpx.Response:
        options = dict(request.options)
        if isinstance(options.get("json"), dict) and options["json"].get("input_file_id") == "FILE":
            options["json"] = {**options["json"], "input_file_id": self.file}
        for _ in range(request.times - 1):
            self.http.request(request.method, request.path, **options)
        return self.http.request(request.method, request.path, **options)

    def written(self) -> dict[str, bytes]:
        """What was added since the last look: log and data folder, by file; one that was written anew is there as a whole."""
        new = {}
        for file in self.gateway.folder.rglob("*"):
            if not file.is_file() or file == self.gateway.config or file.name == "reserve":
                continue
            size, before = file.stat().st_size, self.seen_to.get(file, 0)
            if size != before:
                with file.open("rb") as open_file:
                    open_file.seek(max(before - 256, 0) if size > before and file.suffix in (".jsonl", ".err", ".out") else 0)
                    new[str(file.relative_to(self.gateway.folder))] = open_file.read()
                self.seen_to[file] = size
        return new

    def metrics(self) -> bytes:
        return self.control.get("/metrics").content

    def end(self) -> None:
        self.http.close()
        self.control.close()
        self.gateway.end()
        self.provider.end()
        self.collector.end()


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    watched = Watched(tmp_path_factory.mktemp("canaries"))
    yield watched
    watched.end()


@dataclass(frozen=True)
class Cell:
    place: Place
    stream: bool
    kind: str

    @property
    def identity(self) -> str:
        return f"{self.place.door}-{self.place.name}-{'streamed' if self.stream else 'whole'}-{self.kind}".replace(" ", "_")


def chosen(number: int, place: Place, stream: bool) -> tuple:
    """The kinds of value for one place: all where spelling decides (addresses, headers), else a few that change from place to place.

    What stands as a name is also tried with a value that could be one.
    """
    kinds = tuple(kind for kind in place.kinds if kind != "number")
    if os.environ.get("MARSHAL_E2E_THOROUGH") or (place.door in ODD and place.name in ODD[place.door]):
        return place.kinds
    steps = (1,) if stream or " to " in place.door else (0, 3, 5)
    more = [kind for kind in place.kinds if kind == "number" and not stream]
    more += ["github-token"] if re.search("name|property|bias", place.name) else []
    return tuple(dict.fromkeys([*(kinds[(number + step) % len(kinds)] for step in steps), *more]))


CELLS = [Cell(place, stream, kind) for number, place in enumerate(PLACES) for stream in place.streams for kind in chosen(number, place, stream)]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.identity)
def test_a_value_stays_here_and_comes_back(watched, cell):
    value = KINDS[cell.kind](random.Random(cell.identity))
    request = cell.place.make(value, cell.stream)
    begun = len(watched.provider.raw)
    answer = watched.ask(request)
    code = answer.headers.get("x-marshal-code")
    if code:
        watched.refusals[cell.place.door, cell.place.name, code] += 1

    reached = {"the provider": bytes(watched.provider.raw[begun:]), "the metrics": watched.metrics(), **watched.written()}
    leaks = [where for where, raw in reached.items() if found_in(raw, {needle(value): cell.identity})]
    assert not leaks, f"{value!r} is in {leaks}; answered {answer.status_code} {code}: {answer.text[:300]}"
    watched.values[needle(value)] = cell.identity

    if request.refused == ("*",):
        return
    assert code is None if not request.refused else code in request.refused, f"{answer.status_code} {code}: {answer.text[:300]}"
    if not request.refused:
        assert answer.status_code == 200, f"{answer.status_code}: {answer.text[:300]}"
        assert len(watched.provider.raw) > begun, "the provider was not asked"
    if request.echoed and not request.refused:
        told = [text for text in read(answer) if SAYS in text]
        assert told, f"the answer says nothing: {answer.text[:300]}"
        for text in told:
            assert (str(value) in text) != (cell.kind in MASKED), f"not what was sent, for {value!r}: {text[:600]}"


def test_no_value_is_in_the_traces_or_anywhere_once_the_gateway_has_ended(watched):
    if not watched.values:
        pytest.skip("no value was sent")
    for (door, place, code), count in sorted(watched.refusals.items()):
        print(f"refused: {door}, {place}: {code}, {count} times")
    watched.gateway.end()
    assert watched.collector.spans
    files = [file for file in watched.gateway.folder.rglob("*") if file.is_file() and file.name != "reserve"]
    for where, raw in {"the traces": watched.collector.raw, **{file.name: file.read_bytes() for file in files}}.items():
        found = sorted(found_in(raw, watched.values))
        assert not found, f"in {where}: {found}"
