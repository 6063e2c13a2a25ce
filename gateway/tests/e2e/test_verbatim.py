"""What no policy touches arrives as it was sent: every recorded exchange, both ways, byte for byte."""

import json

import pytest

from harness.cassettes import recordings
from harness.places import CASSETTES
from harness.world import EXTRA_MODEL, PROVIDERS

PATHS = {"openai": "/v1/chat/completions", "anthropic": "/v1/messages"}
ALONG = ("anthropic-version", "anthropic-beta")

# Requests of no shape that the dialect has: a text among the messages, a content part that does not say what it is.
# The provider refused them too; what cannot be looked at is refused here, before it goes out.
MISSHAPEN = {"9a1b9c87424f-573b1886", "c53cbedd950e-6d98005d"}


def names_files(recording: dict) -> bool:
    """Files that were never uploaded through this gateway are nobody's here: such a call is refused before it goes out."""
    return '"file_id": "' in json.dumps(recording["request_body"])


def request_of(recording: dict, provider: str) -> bytes:
    """The recorded request with the target named, or a minimal one where none was recorded."""
    body = recording["request_body"]
    if body is None:
        body = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 64}
        if recording["stream"]:
            body["stream"] = True
    model = body.get("model") or EXTRA_MODEL
    return json.dumps({**body, "model": f"{PROVIDERS[provider]}/{model}"}).encode()


def headers_of(recording: dict) -> dict:
    known = recording["request_headers"] or {}
    headers = {name: known[name] for name in ALONG if name in known}
    return {"content-type": "application/json", **headers}


def differences(world, provider: str, recording: dict) -> list[str]:
    """What of this exchange did not arrive as it was sent."""
    replay, sent = world.replays[provider], request_of(recording, provider)
    replay.forget()
    refused = recording["id"] in MISSHAPEN or names_files(recording)
    if not refused:
        replay.next(recording["id"])
    path = recording["url_path"] if recording["request_body"] is not None else PATHS[provider]
    with world.gateway.http(headers=headers_of(recording)) as http:
        answer = http.post(path, content=sent)
    seen, wrong = replay.seen(), []
    if recording["id"] in MISSHAPEN:
        told = [answer.status_code, answer.json()["error"]["type"], len(seen)]
        return [] if told == [400, "invalid_request_error", 0] else [f"not refused as misshapen: {told}"]
    if names_files(recording):
        told = [answer.status_code, len(seen)]
        return [] if told == [404, 0] else [f"not refused as naming another's file: {told}"]
    if not seen:
        replay.take_back()
    if len(seen) != 1:
        return [f"the provider saw {len(seen)} requests; the client got {answer.status_code} {answer.text[:300]}"]
    expected = json.loads(sent)
    expected["model"] = expected["model"].split("/", 1)[1]
    if seen[0]["json"] != expected:
        wrong.append("the provider was sent other JSON than the client's")
    if seen[0]["path"] != path:
        wrong.append(f"the provider's path was {seen[0]['path']}, not {path}")
    for name in ALONG:
        if name in headers_of(recording) and seen[0]["headers"].get(name) != headers_of(recording)[name]:
            wrong.append(f"header {name} did not reach the provider")
    if answer.status_code != recording["status"]:
        wrong.append(f"status {answer.status_code}, not {recording['status']}: {answer.text[:300]}")
    if recording["status"] == 200 and (code := answer.headers.get("x-marshal-code")):
        wrong.append(f"a good answer was taken for a failure: {code}")
    if answer.content != recording["response_body"].encode():
        wrong.append(where(answer.content, recording["response_body"].encode()))
    return wrong


def where(got: bytes, expected: bytes) -> str:
    """The first byte at which two bodies differ, with a little of what is round it."""
    at = next((i for i, (a, b) in enumerate(zip(got, expected)) if a != b), min(len(got), len(expected)))
    round_it = slice(max(0, at - 30), at + 60)
    return f"body differs at byte {at} of {len(expected)}: {got[round_it]!r}, not {expected[round_it]!r}"


def cases():
    for provider in PATHS:
        listed = recordings(provider)
        if not listed:
            reason = f"no recorded traffic in {CASSETTES}; MARSHAL_SHARED says where it is"
            yield pytest.param(provider, None, marks=pytest.mark.skip(reason=reason), id=provider)
        for recording in listed:
            yield pytest.param(provider, recording, id=f"{provider}-{recording['id']}")


@pytest.mark.parametrize(("provider", "recording"), list(cases()))
def test_a_recorded_exchange_passes_verbatim(silent_world, provider, recording):
    """The provider gets JSON equal to the recording, the model's name aside; the client gets its status and bytes."""
    wrong = differences(silent_world, provider, recording)
    assert not wrong, "\n".join(wrong)
