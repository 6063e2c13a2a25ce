"""Every other recorded door: what no policy touches arrives as it was sent, both ways, byte for byte."""

import base64
import json
import re
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote, unquote

import pytest

from harness.cassettes import lines
from harness.gateway import Gateway
from harness.places import CASSETTES
from harness.replay import Replay
from harness.world import bundle, opened, shadow


@dataclass(frozen=True)
class Door:
    """A recorded API that has a door of its own, and the provider of `marshal.yaml` that repeats it."""

    owner: str
    api: str
    dialect: str
    base: str
    task: str | None = None

    @property
    def provider(self) -> str:
        return "repeats-" + self.api.replace(".", "-").lower()


DOORS = [
    Door("openai", "openai.responses", "responses", "/v1"),
    Door("gemini", "gemini.generateContent", "gemini", "/v1beta"),
    Door("gemini", "gemini.streamGenerateContent", "gemini", "/v1beta"),
    Door("bedrock", "bedrock.converse", "bedrock", ""),
    Door("bedrock", "bedrock.converse-stream", "bedrock", ""),
    Door("cohere", "cohere.chat", "cohere", "/v2"),
    Door("ollama", "ollama.chat", "ollama", "/api"),
    Door("openai", "openai.completions", "openai", "/v1", "completions"),
    Door("openai", "openai.embeddings", "openai", "/v1", "embeddings"),
    Door("openai", "openai.moderations", "openai", "/v1", "moderations"),
    Door("openai", "openai.images", "openai", "/v1", "image_generations, image_edits"),
    Door("openai", "openai.audio.speech", "openai", "/v1", "speech"),
    Door("openai", "openai.responses.compact", "responses", "/v1", "response_tools"),
    Door("openai", "openai.responses.input_tokens", "responses", "/v1", "response_tools"),
    Door("anthropic", "anthropic.messages.count_tokens", "anthropic", "/v1", "count_tokens"),
    Door("gemini", "gemini.countTokens", "gemini", "/v1beta", "gemini_count_tokens"),
    Door("gemini", "gemini.batchEmbedContents", "gemini", "/v1beta", "embed_content"),
    Door("bedrock", "bedrock.invoke", "bedrock", "", "invoke"),
    Door("bedrock", "bedrock.invoke-with-response-stream", "bedrock", "", "invoke"),
    Door("cohere", "cohere.embed", "cohere", "/v2", "cohere_embed"),
    Door("cohere", "cohere.rerank", "cohere", "/v2", "rerank"),
    Door("ollama", "ollama.embed", "ollama", "/api", "ollama_embed"),
    Door("ollama", "ollama.generate", "ollama", "/api", "ollama_generate"),
    Door("mistral", "mistral.chat", "openai", "/v1"),
    Door("voyage", "voyage.embeddings", "openai", "/v1", "embeddings"),
    Door("voyage", "voyage.rerank", "openai", "/v1", "rerank"),
]
# A model's name in an address: Gemini's, Amazon's.
NAMED = re.compile(r"(?P<before>/models?/)(?P<model>.+?)(?P<after>:\w+|/[\w-]+)$")

# How a request refers to what a provider keeps.
OBJECTS = re.compile(
    r'"(previous_response_id|conversation|file_id|container_id|container|cachedContent)": "|"(file_ids|vector_store_ids|fileSearchStoreNames|file_search_store_names)": \["'
    r'|"(fileUri|file_uri)": "https://generativelanguage'
)
# Doors through which something passes that no detector can read.
UNREAD = ("completions", "embeddings", "moderations", "image_edits", "invoke", "embed_content")


def model_of(recording: dict) -> str | None:
    """The model that a recording asks for, in its address or its body."""
    if found := NAMED.search(recording["url_path"].split("?")[0]):
        return unquote(found["model"])
    body = recording["request_body"]
    return body.get("model") if isinstance(body, dict) else None


def is_of(door: Door, recording: dict) -> bool:
    """Whether a recording is a question to a model through this door, with its request known."""
    known = recording["method"] == "POST" and isinstance(recording["request_body"], dict)
    # Claude's own body on Amazon's address is a conversation of another dialect.
    claude = door.task == "invoke" and re.search("claude|anthropic", model_of(recording) or "")
    # Of a binary stream nobody can tell what it is where its media type was not recorded.
    untold = recording["response_encoding"] == "base64" and "content-type" not in recording["response_headers"]
    return bool(known and model_of(recording) and not claude and not untold)


@cache
def exchanges(door: Door) -> list[dict]:
    return [recording for recording in lines(door.owner, door.api) if is_of(door, recording)]


def names_objects(recording: dict) -> bool:
    """What was never made through this gateway is nobody's here: such a call is refused before it goes out."""
    return bool(OBJECTS.search(json.dumps(recording["request_body"])))


def config(url: str) -> str:
    """A provider for each door, all of them one replay."""
    text = ["telemetry: {log_format: json}", "providers:"]
    for door in DOORS:
        models = sorted({model_of(recording) for recording in exchanges(door)})
        text += [f"  {door.provider}:", f"    base_url: {url}{door.base}", f"    dialects: [{door.dialect}]"]
        text += [f"    tasks: [{door.task}]"] if door.task else []
        text += ["    facts: {pci: true}", "    models:"]
        text += [f"      - {{name: {json.dumps(model)}, price: free}}" for model in models]
    return "\n".join(text) + "\n"


def silent(text: str) -> str:
    """data.yaml with detectors that only watch, and every door open to what none can read."""
    return opened(shadow(text), *UNREAD)


class Repeated:
    """One replay of every door, and a gateway whose detectors only watch."""

    def __init__(self, folder):
        policies = bundle(folder / "policies", silent)
        for_all = [door.api for door in DOORS]
        self.replay = Replay(folder, None, for_all, cut="random")
        self.gateway = Gateway(folder, f"policies: {policies}\n" + config(self.replay.url))

    def end(self):
        self.gateway.end()
        self.replay.end()


@pytest.fixture(scope="module")
def repeated(tmp_path_factory):
    if not any(exchanges(door) for door in DOORS):
        pytest.skip(f"no recorded traffic in {CASSETTES}; MARSHAL_SHARED says where it is")
    repeated = Repeated(tmp_path_factory.mktemp("doors"))
    yield repeated
    repeated.end()


def question(door: Door, recording: dict) -> tuple[str, dict]:
    """Address and body that a client sends, with the target named."""
    address, _, query = recording["url_path"].partition("?")
    body = dict(recording["request_body"])
    target = f"{door.provider}/{model_of(recording)}"
    if found := NAMED.search(address):
        address = address[: found.start()] + found["before"] + quote(target, safe="") + found["after"]
    else:
        body["model"] = target
    # Google's inner questions name the model once more.
    inner = [*(body.get("requests") or []), body.get("generateContentRequest") or {}]
    if found and any("model" in one for one in inner):
        body = json.loads(json.dumps(body).replace(f'"model": "models/{model_of(recording)}"', f'"model": "models/{target}"'))
    if door.dialect == "bedrock":
        address = "/bedrock" + address
    return address + (f"?{query}" if query else ""), body


def answered(recording: dict) -> bytes:
    body = recording["response_body"] or ""
    return base64.b64decode(body) if recording["response_encoding"] == "base64" else body.encode()


def differences(repeated: Repeated, door: Door, recording: dict) -> list[str]:
    """What of this exchange did not arrive as it was sent."""
    replay = repeated.replay
    replay.forget()
    replay.next(recording["id"])
    address, body = question(door, recording)
    with repeated.gateway.http() as http:
        got = http.post(address, json=body)
    seen = replay.seen()
    # Some name what an exchange before this one made here, under an id that stands for many in the recordings.
    if names_objects(recording) and not seen:
        replay.take_back()
        told = (got.status_code, got.headers.get("x-marshal-code"), len(seen))
        return [] if told == (404, "unknown_object", 0) else [f"not refused as another's object: {told}"]
    if len(seen) != 1:
        replay.take_back()
        return [f"the provider saw {len(seen)} requests; the client got {got.status_code} {got.text[:300]}"]
    wrong = []
    if seen[0]["json"] != recording["request_body"]:
        wrong.append("the provider was sent other JSON than the client's")
    if unquote(seen[0]["path"].split("?")[0]) != unquote(recording["url_path"].split("?")[0]):
        wrong.append(f"the provider's path was {seen[0]['path']}, not {recording['url_path']}")
    if got.status_code != recording["status"]:
        wrong.append(f"status {got.status_code}, not {recording['status']}: {got.text[:300]}")
    if recording["status"] == 200 and (code := got.headers.get("x-marshal-code")):
        wrong.append(f"a good answer was taken for a failure: {code}")
    if got.content != answered(recording):
        wrong.append(f"other bytes: {got.content[:200]!r}, not {answered(recording)[:200]!r}")
    return wrong


def cases():
    for door in DOORS:
        listed = exchanges(door)
        if not listed:
            skip = pytest.mark.skip(reason=f"no recorded {door.api} in {CASSETTES}; MARSHAL_SHARED says where it is")
            yield pytest.param(door, None, marks=skip, id=door.api)
        for recording in listed:
            yield pytest.param(door, recording, id=f"{door.api}-{recording['id']}")


@pytest.mark.parametrize(("door", "recording"), list(cases()))
def test_a_recorded_exchange_passes_its_own_door_verbatim(repeated, door, recording):
    wrong = differences(repeated, door, recording)
    assert not wrong, "\n".join(wrong)
