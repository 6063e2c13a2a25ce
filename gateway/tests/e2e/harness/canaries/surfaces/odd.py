"""Addresses, headers, and requests that are none: whatever becomes of them, the value stays here and is written nowhere."""

import base64
import json
import re
from collections.abc import Callable
from urllib.parse import quote

from ..place import HELLO, Place, Request, as_it_is, note, places, post, refused, send
from . import chat_completions, generate_content, messages, responses
from .chat_completions import chat
from .files import BY_ANTHROPIC
from .generate_content import generate
from .messages import document, message
from .passthrough import OWN
from .responses import item, respond, turn

CHAT, RESPONSES, MESSAGES = chat_completions.PATH, responses.PATH, messages.PATH
GEMINI = f"{generate_content.PATH}:generateContent"


def there(value) -> str:
    """As it stands in an address."""
    return quote(str(value), safe="")


def dropped(path: str, body=None, **more) -> Request:
    """What passes without the value."""
    return post(path, body, left_out=True, **more)


def content(kind: str, text: str, path=OWN, **more) -> Request:
    return post(path, content=text.encode(), headers={"content-type": kind}, **more)


def broken(code: str, text: str) -> Callable:
    """A body that is no request; VALUE is where the value stands."""
    return lambda v: content("application/json", text.replace("VALUE", str(v)), CHAT, refused=code, asked=False)


def no_json(value) -> Request:
    # A number is JSON, but not what is asked for.
    return broken("invalid_request" if str(value).isdigit() else "invalid_json", "VALUE")(value)


PASSTHROUGH = {
    "text": lambda v: content("text/plain", note(v)),
    "table": lambda v: content("text/csv", f"a,b\n1,{v}\n"),
    "json lines": lambda v: content("application/x-ndjson", json.dumps({"given": v}) + "\n"),
    "markup": lambda v: content("application/xml", f"<note of='{v}'>{note(v)}</note>"),
    "octets": lambda v: content("application/octet-stream", note(v)),
    "web form": lambda v: content("application/x-www-form-urlencoded", f"given={there(v)}", refused="data_blocked", asked=False),
    "no kind": lambda v: refused("invalid_json", "POST", OWN, content=note(v).encode()),
    "media type": lambda v: dropped(OWN, content=b"Hello", headers={"content-type": f"text/plain; of={v}"}),
    "path": lambda v: refused("data_blocked", "GET", f"{OWN}/{there(v)}"),
    "path escaped twice": lambda v: refused("data_blocked", "GET", f"{OWN}/{quote(there(v))}"),
    "query": lambda v: refused("data_blocked", "GET", f"{OWN}?of={there(v)}"),
    "query with all escaped": lambda v: refused("data_blocked", "GET", f"{OWN}?of=" + "".join(f"%{one:02x}" for one in str(v).encode())),
    "query name": lambda v: refused("data_blocked", "GET", f"{OWN}?{there(v)}=1"),
    "query in base64": lambda v: refused("data_blocked", "GET", f"{OWN}?of=" + base64.urlsafe_b64encode(note(v).encode()).decode()),
    "query key": lambda v: dropped(f"{OWN}?key={there(v)}", method="GET"),
    "provider": lambda v: refused("no_target", "GET", f"/passthrough/{there(v)}/v1/x"),
}
# What is kept at a provider, which nobody here has made.
KEPT = {
    "files": {
        "identity": lambda v: refused("unknown_object", "GET", f"/v1/files/{there(v)}"),
        "query": lambda v: refused("data_blocked", "GET", f"/v1/files?after={there(v)}"),
        "delete": lambda v: refused("unknown_object", "DELETE", f"/v1/files/{there(v)}"),
    },
    "batches": {
        "identity in the address": lambda v: refused("unknown_object", "GET", f"/v1/batches/{there(v)}"),
        "query": lambda v: refused("data_blocked", "GET", f"/v1/batches?after={there(v)}"),
        "foreign file": lambda v: refused("unknown_object", "POST", "/v1/batches", json={"input_file_id": v, "endpoint": CHAT, "completion_window": "24h"}),
        "model": lambda v: refused(
            "unknown_model", "POST", "/v1/messages/batches", json={"requests": [{"custom_id": "1", "params": {**message(), "model": v}}]}, headers=BY_ANTHROPIC
        ),
    },
    "stored_responses": {
        "identity": lambda v: refused("unknown_object", "GET", f"/v1/responses/{there(v)}"),
        "query": lambda v: refused("data_blocked", "GET", f"/v1/responses/resp_1?include={there(v)}"),
        "query of items": lambda v: refused("data_blocked", "GET", f"/v1/responses/resp_1/input_items?after={there(v)}"),
    },
    "models": {
        "path": lambda v: refused("unknown_model", "GET", f"/v1/models/{there(v)}"),
        "query": lambda v: send(f"/v1/models?after={there(v)}", "GET", asked=False, echoed=False),
    },
}
MEMBERS = {
    "chat_completions": {
        "model": lambda v: refused("unknown_model", "POST", CHAT, json={**chat(), "model": v}),
        "model of a provider": lambda v: refused("unknown_model", "POST", CHAT, json={**chat(), "model": f"o/{v}"}),
        "role": lambda v: post(CHAT, chat({**HELLO, "role": v})),
        "part type": lambda v: post(CHAT, chat({"role": "user", "content": [{"type": v}]})),
        "messages": lambda v: refused("invalid_request", "POST", CHAT, json={**chat(), "messages": v}),
        "stream flag": lambda v: refused("invalid_request", "POST", CHAT, json=chat(stream=v)),
        "limit": lambda v: refused("invalid_request", "POST", CHAT, json=chat(max_tokens=v)),
        "tool type": lambda v: post(CHAT, chat(tools=[{"type": v, v: {}}])),
        "tool choice word": lambda v: post(CHAT, chat(tool_choice=v)),
        "answer format": lambda v: post(CHAT, chat(response_format={"type": v})),
        "effort": lambda v: post(CHAT, chat(reasoning_effort=v)),
        "service tier": lambda v: post(CHAT, chat(service_tier=v)),
        "broken body": broken("invalid_json", '{"model": "o/m", "messages": [{"role": "user", "content": "VALUE'),
        "body that is no json": no_json,
        "body with a tail": broken("invalid_json", json.dumps(chat()) + "VALUE"),
        "name twice": broken("duplicate_key", '{"model": "o/m", "VALUE": 1, "VALUE": 2, "messages": []}'),
        "value of a name twice": broken("duplicate_key", '{"model": "o/m", "user": "VALUE", "user": "VALUE", "messages": []}'),
        "raw control sign": broken("invalid_json", '{"model": "o/m", "user": "VALUE\x01", "messages": []}'),
    },
    "responses": {
        "previous response": lambda v: refused("unknown_object", "POST", RESPONSES, json=respond(previous_response_id=v)),
        "conversation": lambda v: refused("unknown_object", "POST", RESPONSES, json=respond(conversation=v)),
        "file identity": lambda v: refused("unknown_object", "POST", RESPONSES, json=respond([turn(item("input_file", file_id=v))])),
        "prompt variable": lambda v: post(RESPONSES, respond(prompt={"id": "pmpt_1", "variables": {"given": v}})),
        "prompt identity": lambda v: post(RESPONSES, respond(prompt={"id": v})),
    },
    "messages": {
        "role": lambda v: post(MESSAGES, message(messages=[{**HELLO, "role": v}])),
        "model": lambda v: refused("unknown_model", "POST", MESSAGES, json={**message(), "model": v}),
        "file identity": lambda v: refused("unknown_object", "POST", MESSAGES, json=document({"type": "file", "file_id": v})),
        "container": lambda v: refused("unknown_object", "POST", MESSAGES, json=message(container=v)),
    },
    "generate_content": {
        "cached content": lambda v: refused("unknown_object", "POST", GEMINI, json=generate(cachedContent=v)),
        "role": lambda v: post(GEMINI, generate(contents=[{"role": v, "parts": [{"text": "Hello"}]}])),
    },
}
ADDRESSES = {
    "chat_completions": {
        "query": lambda v: dropped(f"{CHAT}?of={there(v)}", chat()),
        "query beta": lambda v: dropped(f"{CHAT}?beta={there(v)}", chat()),
        "path": lambda v: refused("unknown_endpoint", "POST", f"/v1/{there(v)}", json=chat()),
        "path prefix": lambda v: refused("unknown_endpoint", "POST", f"/{there(v)}{CHAT}", json=chat()),
        "deployment": lambda v: refused("unknown_model", "POST", f"/openai/deployments/{there(v)}/chat/completions", json=chat()),
        "method": lambda v: refused("method_not_allowed", "DELETE", f"{CHAT}?of={there(v)}"),
    },
    "messages": {
        "query beta": lambda v: dropped(f"{MESSAGES}?beta={there(v)}", message()),
    },
    "generate_content": {
        "path": lambda v: refused("unknown_model", "POST", f"/v1beta/models/{there(v)}:generateContent", json=generate()),
        "verb": lambda v: refused("surface_not_governed", "POST", f"{generate_content.PATH}:{there(v)}", json=generate()),
        "query": lambda v: dropped(f"{GEMINI}?of={there(v)}", generate()),
        "query key": lambda v: dropped(f"{GEMINI}?key={there(v)}", generate()),
    },
}

TRACED = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
# Headers that pass, and do not go on.
LEFT_HERE = ("idempotency-key", "openai-beta", "openai-organization", "user-agent", "referer", "cookie", "x-forwarded-for", "x-request-id", "accept", "host", "traceparent")


def headers(path: str, body: dict, *names: str) -> dict:
    return {f"header {name}": lambda v, name=name: dropped(path, body, headers={name: str(v)}) for name in names}


def ordering(code: str, name: str) -> Callable:
    """With a header that is an order to the gateway, and none that it knows."""
    return lambda v: refused(code, "POST", CHAT, json=chat(), headers={name: str(v)})


def ordering_provider(value) -> Request:
    # What could be a provider's name is one that has no such model.
    code = "unknown_model" if re.fullmatch("[0-9A-Za-z_-]+", str(value)) else "invalid_request"
    return ordering(code, "x-marshal-provider")(value)


HEADERS = {
    "chat_completions": {
        **headers(CHAT, chat(), *LEFT_HERE),
        "header tracestate": lambda v: dropped(CHAT, chat(), headers={**TRACED, "tracestate": f"of={v}"}),
        "header baggage": lambda v: dropped(CHAT, chat(), headers={**TRACED, "baggage": f"of={v}"}),
        "header x-marshal-tags": ordering("invalid_request", "x-marshal-tags"),
        "header x-marshal-purpose": ordering("invalid_request", "x-marshal-purpose"),
        "header x-marshal-strategy": ordering("invalid_request", "x-marshal-strategy"),
        "header x-marshal-provider": ordering_provider,
        "header authorization": lambda v: refused("invalid_credential", "POST", CHAT, json=chat(), headers={"authorization": f"Bearer {v}"}),
        "header api-key": lambda v: refused("invalid_credential", "POST", CHAT, json=chat(), headers={"authorization": "", "api-key": str(v)}),
        "media type": lambda v: content(f"text/{v}", json.dumps(chat()), CHAT, refused="unsupported_media_type", asked=False),
    },
    "messages": headers(MESSAGES, message(), "anthropic-beta", "anthropic-version", "idempotency-key"),
}


def all_kinds(by_door: dict) -> list[Place]:
    return [place for door, makers in by_door.items() for place in places(door, as_it_is, makers, tries=None)]


PLACES = [place for group in ({"passthrough": PASSTHROUGH}, KEPT, MEMBERS, ADDRESSES, HEADERS) for place in all_kinds(group)]
