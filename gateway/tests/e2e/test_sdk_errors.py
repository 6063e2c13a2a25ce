"""A refusal is the SDK's own exception, with a stable code and the call's id, and is in the trail."""

import anthropic
import openai
import pytest

from conftest import clients
from harness.apps import PIXEL, AnthropicApp, Ask, OpenAiApp
from harness.gateway import Gateway
from harness.process import until
from harness.world import bundle

PACKAGES = {"openai": openai, "anthropic": anthropic}
APPS = {"openai": OpenAiApp, "anthropic": AnthropicApp}
every_client = pytest.mark.parametrize("client", ["openai", "anthropic"])

ACCESS = """
p, no-large-model, t:interns, *, model:demo/demo-chat-large, invoke, *, deny
"""
LIMITS = """version: 1
limits:
  - {subject: "t:slow", requests_per_minute: 3}
  - {subject: "*", requests_per_minute: 60000}
budgets: []
"""
CONFIG = """
policies: policies
providers:
  demo: {models: [{name: demo-chat, price: free}, {name: demo-chat-large, price: free}]}
"""


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    """A gateway with a forbidden model, a slow team, and data that may not pass."""
    folder = tmp_path_factory.mktemp("strict")
    policies = bundle(folder / "policies", limits_yaml=LIMITS)
    with (policies / "access.csv").open("a") as file:
        file.write(ACCESS)
    gateway = Gateway(folder, CONFIG)
    yield gateway
    gateway.end()


def refused(gateway, client: str, kind: str, code: str, ask: Ask, key: str | None = None):
    """Asks, expects the package's exception of this kind, and finds the refusal in the trail."""
    app = APPS[client](clients(gateway, key)[client])
    with pytest.raises(getattr(PACKAGES[client], kind)) as raised:
        app.ask(ask)
    error = raised.value
    assert error.body["error"]["code"] == code if client == "anthropic" else error.code == code
    call = error.response.headers["x-marshal-call-id"]
    assert call in str(error)
    assert gateway.record(call, "deny")["code"] == code
    return error


@every_client
def test_an_unknown_key(strict, client):
    refused(strict, client, "AuthenticationError", "invalid_credential", Ask("demo/demo-chat"), key="mk_nobody")


@every_client
def test_a_revoked_key(strict, client):
    made = strict.new_key(f"short-lived-{client}")
    assert APPS[client](clients(strict, made["key"])[client]).ask(Ask("demo/demo-chat")).choice().text
    assert strict.json("key", "revoke", made["id"])["ok"]

    def now_refused():
        try:
            APPS[client](clients(strict, made["key"])[client]).ask(Ask("demo/demo-chat"))
        except PACKAGES[client].AuthenticationError as error:
            return error
        return None

    assert "revoked_credential" in str(until(now_refused, "the key is refused").body)


@every_client
def test_an_unknown_model(strict, client):
    refused(strict, client, "NotFoundError", "unknown_model", Ask("gpt-17"))


@every_client
def test_a_forbidden_model_names_the_line(strict, client):
    key = strict.new_key(f"intern-{client}", "--team", "interns")["key"]
    ask = Ask("demo/demo-chat-large")
    error = refused(strict, client, "PermissionDeniedError", "access_denied", ask, key)
    assert "no-large-model" in str(error)
    assert "access.csv:" in str(error)


@every_client
def test_too_many_requests_say_when_to_come_back(strict, client):
    key = strict.new_key(f"slow-{client}", "--team", "slow")["key"]
    app = APPS[client](clients(strict, key)[client])
    with pytest.raises(PACKAGES[client].RateLimitError):
        for _ in range(8):
            app.ask(Ask("demo/demo-chat"))
    error = refused(strict, client, "RateLimitError", "rate_limited", Ask("demo/demo-chat"), key)
    assert int(error.response.headers["retry-after"]) > 0


@every_client
def test_a_private_key_is_blocked(strict, client):
    text = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw" * 4 + "\n-----END PRIVATE KEY-----"
    error = refused(strict, client, "PermissionDeniedError", "data_blocked", Ask("demo/demo-chat", text=text))
    assert "MIIEvQ" not in str(error)


@every_client
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_request_that_makes_no_sense(strict, client, stream):
    options = {"max_tokens": "many"}
    refused(strict, client, "BadRequestError", "invalid_request", Ask("demo/demo-chat", stream=stream, options=options))


@every_client
def test_a_provider_out_of_reach(tmp_path, client):
    config = 'providers:\n  gone: {base_url: "http://127.0.0.1:9/v1", models: [{name: m, price: free}]}\n'
    gateway = Gateway(tmp_path, config)
    try:
        app = APPS[client](clients(gateway)[client])
        with pytest.raises(PACKAGES[client].InternalServerError) as raised:
            app.ask(Ask("gone/m", image=PIXEL))
        assert raised.value.status_code == 502
        call = raised.value.response.headers["x-marshal-call-id"]
        assert gateway.record(call, "abort")["code"] == "upstream_unreachable"
    finally:
        gateway.end()
