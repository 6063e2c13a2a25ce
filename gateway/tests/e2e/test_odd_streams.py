"""Streams that go wrong midway, and how each client hears of it; the trail has one true ending for each."""

from contextlib import suppress

import anthropic
import ollama
import openai
import pytest
from botocore.exceptions import EventStreamError
from google.genai import errors

from harness.clients.catalog import CLIENTS, Clients
from harness.gateway import Gateway
from harness.process import until
from harness.scripted import DIALECTS, Scripted, claude, manners

BY_NAME = {client.name: client for client in CLIENTS}
# What each package raises; none of them may take half an answer for a whole one.
RAISED = {
    "openai": openai.APIError,
    "openai, responses": (openai.APIError, RuntimeError),
    "anthropic": anthropic.APIError,
    "google-genai": errors.APIError,
    "boto3, Converse": EventStreamError,
    "boto3, InvokeModel": EventStreamError,
    "cohere": None,
    "ollama": ollama.ResponseError,
}


def cases():
    """Each client before its own provider, word for word, and before another, translated."""
    for name in RAISED:
        home = BY_NAME[name].home
        for dialect in (home, "anthropic" if home == "openai" else "openai"):
            yield pytest.param(name, dialect, id=f"{name}-{dialect}")


every_client = pytest.mark.parametrize(("client", "dialect"), list(cases()))


@pytest.fixture(scope="module")
def provider():
    provider = Scripted()
    yield provider
    provider.end()


@pytest.fixture(scope="module")
def gateway(provider, tmp_path_factory):
    config = provider.config(each="timeouts: {first_byte_s: 5, idle_s: 1}")
    gateway = Gateway(tmp_path_factory.mktemp("odd"), config)
    yield gateway
    gateway.end()


@pytest.fixture(scope="module")
def clients(gateway):
    return Clients(gateway.url, gateway.key)


@pytest.fixture
def spoiled(provider):
    """Sets how streams are spoiled, for one test."""

    def spoil(manner):
        provider.manner = manner

    yield spoil
    provider.manner = None


def model(client: str, dialect: str) -> str:
    name = DIALECTS[dialect][0]
    return claude(name) if client == "boto3, InvokeModel" else f"{name}/m"


def ending(gateway) -> dict:
    """The only ending of the newest call."""

    def ended():
        (newest,) = gateway.json("audit", "query", "--limit", "1")["calls"]
        records = gateway.story(newest["call"])["records"]
        return [record for record in records if record["kind"] in ("complete", "abort", "interrupted")]

    endings = until(ended, "the call has ended", 30)
    assert len(endings) == 1, endings
    return endings[0]


def breaks(gateway, clients, client: str, dialect: str) -> dict:
    """Streams, expects the package's own exception, and gives the ending in the trail."""
    if client == "cohere":
        # Its API has no error inside a stream but the finish reason.
        assert clients[BY_NAME[client]].stream(model(client, dialect))["stop"] == "ERROR"
    else:
        with pytest.raises(RAISED[client]):
            clients[BY_NAME[client]].stream(model(client, dialect))
    return ending(gateway)


@every_client
def test_a_stream_that_comes_byte_by_byte_is_whole(gateway, clients, spoiled, client, dialect):
    spoiled(manners.byte_by_byte)
    told = clients[BY_NAME[client]].stream(model(client, dialect))
    assert told["text"].startswith("You asked: ") and told["pieces"] > 5
    assert ending(gateway)["outcome"] == "ok"


@every_client
def test_a_provider_that_falls_silent_is_given_up(gateway, clients, spoiled, client, dialect):
    silent = manners.Silent()
    spoiled(silent)
    try:
        assert breaks(gateway, clients, client, dialect)["outcome"] == "upstream_broken"
    finally:
        silent.done.set()


@every_client
def test_a_provider_that_hangs_up_leaves_no_whole_answer(gateway, clients, spoiled, client, dialect):
    spoiled(manners.cut)
    assert breaks(gateway, clients, client, dialect)["outcome"] == "upstream_broken"


@every_client
def test_an_event_that_is_no_json_ends_what_is_translated(gateway, clients, spoiled, client, dialect):
    """Word for word it passes as it came: some packages raise what their JSON parser says, some leave it out."""
    spoiled(manners.garbled)
    if BY_NAME[client].home == dialect:
        with suppress(Exception):
            clients[BY_NAME[client]].stream(model(client, dialect))
        assert ending(gateway)["kind"] == "complete"
    else:
        assert breaks(gateway, clients, client, dialect)["outcome"] == "upstream_broken"


@every_client
def test_an_event_without_measure_ends_the_stream(gateway, clients, spoiled, client, dialect):
    """Word for word a part of it is out by then: the package may stumble over that part, and leave before the error comes."""
    spoiled(manners.huge)
    if BY_NAME[client].home == dialect:
        with suppress(Exception):
            clients[BY_NAME[client]].stream(model(client, dialect))
        assert ending(gateway)["outcome"] in ("upstream_broken", "client_gone")
    else:
        assert breaks(gateway, clients, client, dialect)["outcome"] == "upstream_broken"


@pytest.fixture(scope="module")
def brief(provider, tmp_path_factory):
    """A gateway that lets an answer take two seconds."""
    gateway = Gateway(tmp_path_factory.mktemp("brief"), provider.config(each="timeouts: {first_byte_s: 2, idle_s: 1, total_s: 2}"))
    yield gateway
    gateway.end()


@pytest.mark.parametrize(("client", "dialect"), [("openai", "openai"), ("openai", "anthropic"), ("anthropic", "anthropic"), ("google-genai", "openai")])
def test_a_provider_that_never_ends_is_given_up(brief, spoiled, client, dialect):
    endless = manners.Endless()
    spoiled(endless)
    try:
        assert breaks(brief, Clients(brief.url, brief.key), client, dialect)["outcome"] == "upstream_broken"
    finally:
        endless.done.set()


@every_client
def test_an_error_inside_a_stream_is_the_clients_own(gateway, clients, spoiled, client, dialect):
    spoiled(manners.failing)
    assert breaks(gateway, clients, client, dialect)["outcome"] == "upstream_broken"
