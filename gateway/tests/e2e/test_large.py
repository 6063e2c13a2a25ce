"""Large things through the real binary: pictures, schemas, and streams that hardly end, in memory that does not grow."""

import base64
import json
from pathlib import Path

import pytest

from harness.clients import anthropic_messages, openai_chat, task
from harness.gateway import Gateway
from harness.scripted import Scripted, anthropic, ollama, openai
from harness.scripted.framing import NDJSON, SSE, line, sse
from harness.serving import Handler, Served

MIB = 1 << 20
PICTURE = base64.b64encode(bytes(range(256)) * (20 * MIB // 256)).decode()
EVENTS = 100_000


@pytest.fixture(scope="module")
def provider():
    provider = Scripted()
    yield provider
    provider.end()


@pytest.fixture(scope="module")
def gateway(provider, tmp_path_factory):
    more = "limits: {max_body_bytes: 67108864}"
    gateway = Gateway(tmp_path_factory.mktemp("large"), provider.config(more))
    yield gateway
    gateway.end()


@pytest.mark.parametrize("dialect", ["o", "a"], ids=["as it is", "translated"])
def test_a_picture_of_twenty_megabytes_arrives(gateway, provider, dialect):
    provider.forget()
    client = openai_chat.Client(gateway.url, gateway.key)
    url = {"url": f"data:image/png;base64,{PICTURE}"}
    content = [{"type": "text", "text": "What?"}, {"type": "image_url", "image_url": url}]
    got = client.create(f"{dialect}/m", [{"role": "user", "content": content}])
    assert got.choices[0].message.content == "You asked: What? Images: 1"
    ((_, raw),) = provider.seen
    assert PICTURE.encode() in raw


@pytest.mark.parametrize("dialect", ["a", "o"], ids=["as it is", "translated"])
def test_a_megabyte_of_schema_arrives(gateway, provider, dialect):
    provider.forget()
    members = {f"member_{at}": {"type": "string", "description": "x" * 80} for at in range(9_000)}
    schema = {"type": "object", "properties": {"city": {"type": "string"}, **members}, "required": ["city"]}
    assert len(json.dumps(schema)) > MIB
    client = anthropic_messages.Client(gateway.url, gateway.key)
    got = client.create(f"{dialect}/m", tools=[{"name": task.TOOL, "input_schema": schema}])
    assert got.content[0].input == {"city": "Lima"}
    asked = json.loads(provider.seen[0][1])["tools"][0]
    assert (asked.get("input_schema") or asked["function"]["parameters"]) == schema


def streams() -> dict[str, tuple[bytes, bytes, bytes]]:
    """By path, how an answer begins, goes on and ends: in OpenAI's, Anthropic's or Ollama's dialect, said or thought."""
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    words, thoughts = (
        sse({**head, "choices": [{"index": 0, "delta": {member: "word "}, "finish_reason": None}]})
        for member in ("content", "reasoning_content")
    )
    told = openai.asked("", {"model": "m", "messages": []})
    says = type("Says", (), {"text": "", "thoughts": "", "call": None})()
    last = sse({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": openai.usage(says)})
    begun = sse({"type": "message_start", "message": anthropic.message(told, [], None, 1)}, "message_start")
    block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "word "}}
    thinks = {**block, "content_block": {"type": "thinking", "thinking": "", "signature": ""}}
    thought = {**delta, "delta": {"type": "thinking_delta", "thinking": "word "}}
    usage = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 12}}
    ends = [{"type": "content_block_stop", "index": 0}, usage, {"type": "message_stop"}]
    return {
        "/openai": (b"", words, last + b"data: [DONE]\n\n"),
        "/openai-thinks": (b"", thoughts, last + b"data: [DONE]\n\n"),
        "/anthropic": (begun + sse(block, block["type"]), sse(delta, delta["type"]), b"".join(sse(one, one["type"]) for one in ends)),
        "/anthropic-thinks": (begun + sse(thinks, block["type"]), sse(thought, delta["type"]), b"".join(sse(one, one["type"]) for one in ends)),
        "/ollama": (b"", line(ollama.answer(told, {"content": "word "}, False)), line(ollama.answer(told, {}, True))),
    }


STREAMS = streams()


class Endless(Handler):
    """Says or thinks a word, as often as hardly anyone would listen."""

    def do_POST(self):
        self.body()
        which = "/" + self.path.split("/")[1]
        first, again, final = STREAMS[which]
        pieces = [first, *[again * 100] * (EVENTS // 100), final]
        self.pieces(NDJSON if which == "/ollama" else SSE, filter(None, pieces))


# Providers that go on and on: name, dialect, path.
WINDED = [
    ("o", "openai", "openai/v1"),
    ("a", "anthropic", "anthropic/v1"),
    ("l", "ollama", "ollama/api"),
    ("ot", "openai", "openai-thinks/v1"),
    ("at", "anthropic", "anthropic-thinks/v1"),
]
# Where a client's dialect says one word of an answer; what it repeats of them at the end is said elsewhere.
WORD = {
    "/v1/chat/completions": (b'"content":"word "', b'"reasoning_content":"word "'),
    "/v1/messages": (b'"text":"word "', b'"thinking":"word "'),
    "/v1/responses": (b'"delta":"word "',) * 2,
}


def resident(gateway) -> int:
    """The gateway's memory in bytes."""
    (found,) = [one for one in Path(f"/proc/{gateway.process.child.pid}/status").read_text().splitlines() if one.startswith("VmRSS")]
    return int(found.split()[1]) * 1024


@pytest.fixture(scope="module")
def long_winded(tmp_path_factory):
    """A gateway before providers that do not come to an end."""
    served = Served(Endless)
    lines = ["telemetry: {log_format: json}", "providers:"]
    for name, dialect, path in WINDED:
        lines.append(f"  {name}: {{base_url: '{served.url}/{path}', dialects: [{dialect}], models: [{{name: m, price: free}}]}}")
    gateway = Gateway(tmp_path_factory.mktemp("long"), "\n".join(lines) + "\n")
    yield gateway
    gateway.end()
    served.end()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc, which is not here")
@pytest.mark.parametrize("provider", [name for name, _, _ in WINDED])
@pytest.mark.parametrize("path", WORD)
def test_a_hundred_thousand_events_take_no_memory(long_winded, path, provider):
    """But for the half megabyte of the words themselves, where a dialect says them all once more at the end."""
    body = {"model": f"{provider}/m", "stream": True}
    body |= {"input": "Go on"} if path == "/v1/responses" else {"max_tokens": 1 << 20, "messages": [{"role": "user", "content": "Go on"}]}
    word = WORD[path][provider.endswith("t")]

    def read(events: int) -> int:
        """Reads so many events, then all that is left; the most memory on the way."""
        most, words = 0, 0
        with long_winded.http() as http, http.stream("POST", path, json=body) as answer:
            assert answer.status_code == 200, answer.read()
            rest = b""
            for at, piece in enumerate(answer.iter_bytes()):
                lines, _, rest = (rest + piece).rpartition(b"\n")
                words += lines.replace(b": ", b":").count(word)
                most = max(most, resident(long_winded)) if at % 50 == 0 else most
        assert words == events, f"{words} of {events} events arrived"
        return most

    read(EVENTS)  # pools and buffers are as large as they get
    before = resident(long_winded)
    assert read(EVENTS) - before < 32 * MIB
    assert resident(long_winded) - before < 32 * MIB
