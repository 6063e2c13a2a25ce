"""Spans and metrics of every door are as OpenTelemetry's GenAI conventions say, current ones and legacy ones."""

import json
import random
import re
import threading

import pytest
from websockets.sync.client import connect
from websockets.sync.server import serve

from harness.canaries import watched as canaries
from harness.canaries.surfaces import PLACES
from harness.canaries.values import KINDS
from harness.canaries.watched import Watched
from harness.conventions import CLIENT, ERROR, SERVER, Conventions
from harness.places import REPOSITORY
from harness.process import until

HELLO = [{"role": "user", "content": "Hello"}]
OPEN_METRICS = {"accept": "application/openmetrics-text"}


GEMINI = [{"role": "user", "parts": [{"text": "Hello"}]}]
BEDROCK = [{"role": "user", "content": [{"text": "Hello"}]}]
# By door: a request that says all that its dialect can say of how it is to be answered, and what the conventions call that.
SETTINGS = {
    "chat_completions": (
        "/v1/chat/completions",
        {"model": "o/m", "messages": HELLO, "max_tokens": 9, "n": 2, "temperature": 0.5, "top_p": 0.9, "top_k": 7, "seed": -3}
        | {"frequency_penalty": 0.25, "presence_penalty": -1, "response_format": {"type": "json_object"}, "stop": ["Ada"]},
        {"max_tokens": 9, "choice.count": 2, "temperature": 0.5, "top_p": 0.9, "top_k": 7.0, "seed": -3}
        | {"frequency_penalty": 0.25, "presence_penalty": -1.0, "output.type": "json"},
    ),
    "responses": (
        "/v1/responses",
        {"model": "r/m", "input": "Hello", "max_output_tokens": 20, "temperature": 1, "top_p": 0.5, "text": {"format": {"type": "text"}}},
        {"max_tokens": 20, "temperature": 1.0, "top_p": 0.5, "output.type": "text"},
    ),
    "messages": (
        "/v1/messages",
        {"model": "a/m", "messages": HELLO, "max_tokens": 9, "temperature": 0, "top_p": 0.5, "top_k": 3},
        {"max_tokens": 9, "temperature": 0.0, "top_p": 0.5, "top_k": 3.0},
    ),
    "gemini": (
        "/v1beta/models/g%2Fm:generateContent",
        {"contents": GEMINI, "generation_config": {"max_output_tokens": 9, "topP": 0.5, "top_k": 3, "seed": 4, "responseMimeType": "application/json"}},
        {"max_tokens": 9, "top_p": 0.5, "top_k": 3.0, "seed": 4, "output.type": "json"},
    ),
    "bedrock": (
        "/bedrock/model/b%2Fm/converse",
        {"messages": BEDROCK, "inferenceConfig": {"maxTokens": 9, "temperature": 0.5, "topP": 0.25}},
        {"max_tokens": 9, "temperature": 0.5, "top_p": 0.25},
    ),
    "cohere": (
        "/v2/chat",
        {"model": "c/m", "messages": HELLO, "max_tokens": 9, "p": 0.5, "k": 3, "seed": 4, "temperature": "hot"},
        {"max_tokens": 9, "top_p": 0.5, "top_k": 3.0, "seed": 4},
    ),
    "ollama": (
        "/api/chat",
        {"model": "l/m", "messages": HELLO, "stream": False, "format": "json", "options": {"num_predict": 9, "temperature": 0.5, "seed": 4}},
        {"max_tokens": 9, "temperature": 0.5, "seed": 4, "output.type": "json"},
    ),
    "embeddings": (
        "/v1/embeddings",
        {"model": "o/embed", "input": "Hello", "encoding_format": "float", "dimensions": 8},
        {"encoding_formats": ["float"], "embeddings.dimension.count": 8},
    ),
}
# A client's own words, which no span may have, and what a provider has to keep first.
UNSEEN = {"gen_ai.request.stop_sequences", "gen_ai.conversation.id"}


def surfaces() -> set[str]:
    """Every door of the data plane."""
    text = (REPOSITORY / "gateway/crates/types/src/surface.rs").read_text()
    found = set(re.findall(r'= "(\w+)", (?:Chat|Task|Object|Socket|Local);', text))
    assert {"chat_completions", "messages", "realtime"} < found, found
    return found


def first_of_each() -> list:
    """A request through each door, whole and streamed, and through each pair of doors that a call can pass."""
    firsts = {}
    for place in PLACES:
        for stream in place.streams:
            firsts.setdefault((place.door, stream), place)
    value = KINDS["mail"](random.Random(1))
    return [place.make(value, stream) for (_, stream), place in firsts.items()]


def spoken(socket) -> None:
    """A provider of conversations by voice: answers everything at once."""
    usage = {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}
    for _ in socket:
        socket.send(json.dumps({"type": "response.done", "response": {"id": "r1", "status": "completed", "output": [], "usage": usage}}))


class Seen:
    """What every door left behind, by the conventions of this name."""

    def __init__(self, name: str, folder, patch):
        self.conventions = Conventions(name)
        config, voice = canaries.config, serve(spoken, "127.0.0.1", 0)
        threading.Thread(target=voice.serve_forever, daemon=True).start()
        speaks = f"base_url: http://127.0.0.1:{voice.socket.getsockname()[1]}/v1, dialects: [openai], tasks: [realtime]"
        words = {
            "{log_format: json,": f"{{log_format: json, conventions: {name},",
            "providers:\n": f"providers:\n  v: {{{speaks}, models: [{{name: voice, price: free}}]}}\n",
        }

        def with_voice(*given) -> str:
            text = config(*given)
            for old, new in words.items():
                text = text.replace(old, new, 1)
            return text

        patch.setattr(canaries, "config", with_voice)
        patch.setattr(canaries, "MODELS", (*canaries.MODELS, "claude"))
        watched = Watched(folder)
        for request in first_of_each():
            watched.ask(request)
        post, claude = watched.http.post, {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "messages": HELLO}
        post("/bedrock/model/a%2Fclaude/invoke", json=claude)
        self.asked = {}
        for door, (path, body, _) in SETTINGS.items():
            answer = post(path, json=body)
            assert answer.status_code == 200, (door, answer.text)
            self.asked[answer.headers["x-marshal-call-id"]] = door
        watched.http.get("/v1/models")
        watched.http.get("/nowhere/at/all")
        for model in ("o/reject", "o/break"):
            post("/v1/chat/completions", json={"model": model, "messages": HELLO, "stream": True})
        self.talk(watched)
        voice.shutdown()
        self.page = watched.control.get("/metrics", headers=OPEN_METRICS).text
        waiting = re.compile(r"^marshal_otlp_spans_waiting 0(\.0)?$", re.M)
        until(lambda: waiting.search(watched.control.get("/metrics").text), "no span waits", 60)
        watched.gateway.end()
        self.spans = watched.collector.spans
        watched.end()


    @staticmethod
    def talk(watched: Watched) -> None:
        url, key = watched.gateway.url.replace("http", "ws", 1), watched.gateway.key
        with connect(f"{url}/v1/realtime?model=v/voice", additional_headers={"authorization": f"Bearer {key}"}, proxy=None, open_timeout=60) as socket:
            socket.send(json.dumps({"type": "response.create", "response": {}}))
            assert json.loads(socket.recv(60))["type"] == "response.done"


@pytest.fixture(scope="module", params=["current", "legacy"])
def seen(request, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        yield Seen(request.param, tmp_path_factory.mktemp(request.param), patch)


def test_every_door_was_tried(seen):
    tried = set(re.findall(r'marshal_requests_total\{surface="(\w+)"', seen.page))
    assert tried >= surfaces()


def test_every_span_is_as_they_say(seen):
    assert {span.kind for span, _ in seen.spans} == {SERVER, CLIENT}
    faults = {f"{span.name}: {fault}" for span, attributes in seen.spans for fault in seen.conventions.faults_of_span(span, attributes)}
    assert not faults, "\n".join(sorted(faults))
    assert any(span.status.code == ERROR for span, _ in seen.spans)


def test_what_a_request_asks_for_is_on_the_span_of_its_attempt(seen):
    calls = {span.span_id: attributes["marshal.call.id"] for span, attributes in seen.spans if span.kind == SERVER}
    found = {}
    for span, attributes in seen.spans:
        if span.kind == CLIENT and (door := seen.asked.get(calls[span.parent_span_id])):
            found[door] = attributes
    assert found.keys() == SETTINGS.keys()
    asked = ("gen_ai.request.", "gen_ai.output.", "gen_ai.embeddings.")
    for door, (_, _, expected) in SETTINGS.items():
        names = {word if word.startswith(("output.", "embeddings.")) else f"request.{word}": value for word, value in expected.items()}
        names = {f"gen_ai.{name}": value for name, value in names.items() if f"gen_ai.{name}" in seen.conventions.attributes}
        said = {name: value for name, value in found[door].items() if name.startswith(asked) and name not in ("gen_ai.request.model", "gen_ai.request.stream")}
        assert said == names, door
        assert (found[door]["server.address"], found[door]["server.port"] > 1024) == ("127.0.0.1", True)
    assert all("gen_ai.response.id" in found[door] for door in ("chat_completions", "responses", "messages", "cohere"))


def test_every_attribute_of_theirs_is_seen(seen):
    given = {name for span, attributes in seen.spans if span.kind == CLIENT for name in attributes}
    assert set(seen.conventions.spans["client"]) - given == UNSEEN


def test_every_metric_is_as_they_say(seen):
    faults = seen.conventions.faults_of_page(seen.page)
    assert not faults, "\n".join(faults)


def test_an_attempt_is_a_stream_exactly_if_its_call_is(seen):
    calls = {span.span_id: attributes for span, attributes in seen.spans if span.kind == SERVER}
    attempts = [(span, attributes) for span, attributes in seen.spans if span.kind == CLIENT]
    name = "gen_ai.request.stream"
    if name not in seen.conventions.attributes:
        assert not any(name in attributes for _, attributes in seen.spans)
        return
    assert any(name in attributes for _, attributes in attempts)
    for span, attributes in attempts:
        assert attributes.get(name, False) == calls[span.parent_span_id].get(name, False)
