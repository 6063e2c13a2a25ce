"""A card number in a tool's argument never reaches the provider's socket, and the application gets it back."""

import json

import pytest

from conftest import clients
from harness.apps import AnthropicApp, Ask, OpenAiApp
from harness.echo import Echo, anthropic_stream, openai_stream
from harness.gateway import Gateway
from harness.world import DEMO, KEYS, SECRET, provider_yaml

CARD, MAIL = "4111111111111111", "ada.lovelace@example.com"
PAY = {"type": "object", "properties": {"card": {"type": "string"}, "mail": {"type": "string"}}}
GIVEN = {"card": CARD, "mail": MAIL}


@pytest.fixture(scope="module")
def paid(tmp_path_factory):
    """A gateway before a provider that repeats tool arguments, and the same gateway's demo."""
    echo = Echo()
    config = "providers:\n"
    for dialect in ("openai", "anthropic"):
        config += provider_yaml(f"echo-{dialect}", echo.url, dialect, ["m"])
    config += provider_yaml("not-for-cards", echo.url, "openai", ["m"], facts="{pci: false}")
    gateway = Gateway(tmp_path_factory.mktemp("paid"), config + "  demo: {}\n", KEYS)
    gateway.echo = echo
    yield gateway
    gateway.end()
    echo.end()


def app(gateway, client: str):
    return {"openai": OpenAiApp, "anthropic": AnthropicApp}[client](clients(gateway)[client])


def ask(model: str, stream: bool) -> Ask:
    called = [("call_1", "pay", json.dumps(GIVEN))]
    results = [("call_1", f"paid with {CARD}")]
    return Ask(model, text="Pay again", tools=[("pay", PAY)], called=called, results=results, stream=stream)


def assert_nothing_leaked(gateway) -> None:
    raw = bytes(gateway.echo.raw)
    assert raw, "the provider was not called"
    assert CARD.encode() not in raw
    assert MAIL.encode() not in raw


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "every byte apart"])
@pytest.mark.parametrize("provider", ["openai", "anthropic"])
@pytest.mark.parametrize("client", ["openai", "anthropic"])
def test_a_card_in_a_tool_argument_stays_here_and_comes_back(paid, client, provider, stream):
    paid.echo.raw.clear()
    paid.echo.cut = 0
    answer = app(paid, client).ask(ask(f"echo-{provider}/m", stream))
    assert [(name, given) for _, name, given in answer.choice().tools] == [("pay", GIVEN)]
    assert_nothing_leaked(paid)


@pytest.mark.parametrize("dialect", ["openai", "anthropic"])
def test_a_stream_cut_in_two_at_any_byte_is_restored(paid, dialect):
    stream = {"openai": openai_stream, "anthropic": anthropic_stream}[dialect](json.dumps(GIVEN))
    application, question = app(paid, dialect), ask(f"echo-{dialect}/m", True)
    paid.echo.raw.clear()
    for cut in range(1, len(stream)):
        paid.echo.cut = cut
        tools = application.ask(question).choice().tools
        assert [given for _, _, given in tools] == [GIVEN], f"cut after byte {cut}"
    assert_nothing_leaked(paid)


def test_the_record_says_what_was_found_and_never_what_it_was(paid):
    raw = clients(paid)["openai"].chat.completions.with_raw_response
    messages = [{"role": "user", "content": f"Charge {CARD} and write to {MAIL}"}]
    call = raw.create(model="echo-openai/m", messages=messages).headers["x-marshal-call-id"]
    intent = paid.record(call, "intent")
    found = {finding["entity"]: (finding["action"], finding["path"]) for finding in intent["findings"]}
    assert found["CREDIT_CARD"] == ("surrogate", "messages[0].content")
    assert found["EMAIL_ADDRESS"][0] == "surrogate"
    assert {"pci", "pii"} <= set(intent["classes"])
    trail = paid.written()
    logs = (paid.process.said() + paid.process.complained()).encode()
    for secret in (CARD, MAIL, SECRET):
        assert secret.encode() not in trail + logs


@pytest.mark.parametrize("client", ["openai", "anthropic"])
def test_a_card_goes_to_no_provider_that_may_not_have_it(paid, client):
    paid.echo.raw.clear()
    with pytest.raises(Exception) as raised:
        app(paid, client).ask(Ask("not-for-cards/m", text=f"My card is {CARD}"))
    assert type(raised.value).__name__ == "PermissionDeniedError"
    assert "compliance_denied" in str(raised.value.body)
    assert not paid.echo.raw


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("client", ["openai", "anthropic"])
def test_the_demo_gives_a_mail_address_back(paid, client, stream):
    said = app(paid, client).ask(Ask(DEMO, text=f"Write to {MAIL}", stream=stream)).choice().text
    assert MAIL in said
