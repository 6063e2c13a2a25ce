"""Real clients, unmodified, each in front of every dialect that a provider can speak."""

import struct

import pytest

from harness import table
from harness.clients import task
from harness.clients.catalog import CHAT, CLIENTS, FRAMEWORK, NODE, THINK, Clients
from harness.gateway import Gateway
from harness.limits import LIMITS, limit_of
from harness.places import FRAMEWORKS, NODE_CLIENTS
from harness.scripted import DIALECTS, MODES, Scripted, claude, script, tasks
from harness.world import bundle

BY_NAME = {client.name: client for client in CLIENTS}
NEEDS = {FRAMEWORK: FRAMEWORKS / "bin" / "python", NODE: NODE_CLIENTS / "node_modules"}
EVERY_DIALECT = {*CHAT, *THINK, "thinking_tools", "schema", "schema_stream", "schema_tool"} - {"error"}
# Vectors and ranks are translated; whatever else is no conversation goes to a provider that knows the question itself.
TRANSLATED = {"embed": ("openai", "gemini", "cohere", "ollama"), "rerank": ("openai", "cohere")}


def cells():
    """Every client, feature and provider that go together."""
    for client in CLIENTS:
        for feature in client.features:
            dialects = DIALECTS if feature in EVERY_DIALECT else TRANSLATED.get(feature, (client.home,))
            for dialect in dialects:
                needed = NEEDS.get(client.where)
                missing = needed is not None and not needed.exists()
                marks = pytest.mark.skip(reason=f"not installed: {needed.name}; .ci/test prepare does") if missing else ()
                yield pytest.param(client.name, feature, dialect, id=f"{client.name}-{feature}-{dialect}", marks=marks)


@pytest.fixture(scope="module")
def provider():
    provider = Scripted()
    yield provider
    provider.end()


@pytest.fixture(scope="module")
def gateway(provider, tmp_path_factory):
    """A gateway before seven providers, one a dialect, each with a model for everything."""
    folder = tmp_path_factory.mktemp("clients")
    # What no detector can read passes only where the policies say so.
    policies = bundle(folder / "policies", lambda text: text.replace("uninspected: {}", "uninspected: {transcriptions: allow}"))
    gateway = Gateway(folder, provider.config(f"policies: {policies}"))
    yield gateway
    gateway.end()


@pytest.fixture(scope="module")
def clients(gateway):
    clients = Clients(gateway.url, gateway.key)
    yield clients
    clients.end()


@pytest.fixture(scope="module")
def seen():
    seen = table.Seen()
    yield seen
    seen.save()


@pytest.mark.parametrize(("client", "feature", "dialect"), list(cells()))
def test_a_client_gets_what_the_provider_said(clients, provider, seen, client, feature, dialect):
    """What the application is told is what the scripted provider said, in the client's own words."""
    seen.saw(client, feature, dialect, False)
    limit = limit_of(client, feature, dialect)
    if limit is None:
        serve(clients, provider, client, feature, dialect)
        seen.saw(client, feature, dialect, True)
    else:
        with pytest.raises(Exception) as met:
            serve(clients, provider, client, feature, dialect)
        assert LIMITS[limit - 1].says in str(met.value)


def serve(clients, provider, client, feature, dialect):
    """Has the client do it, and checks what it was told."""
    provider.forget()
    name = DIALECTS[dialect][0]
    model = f"{name}/{feature if feature in MODES else 'm'}"
    if client == "boto3, InvokeModel":
        model = claude(name)
    asked = clients[BY_NAME[client]]
    told = getattr(asked, feature if feature != "usage" else "text")(model)
    if feature == "usage":
        check_usage(told, dialect)
        told = asked.stream(model)
    CHECKS.get(feature, check_text)(told, dialect)
    if feature != "error":
        assert not provider.complaints
        assert provider.seen or feature == "models"
    if feature == "image":
        # Google's package writes base64 for addresses.
        assert any(task.PIXEL in raw.decode().replace("-", "+") for _, raw in provider.seen)


def check_text(told, _dialect):
    assert told["text"] == f"You asked: {task.QUESTION} I was told: {task.SYSTEM}"


def check_stream(told, dialect):
    check_text(told, dialect)
    assert told["pieces"] > 5, "it did not come in pieces"


def check_usage(told, dialect):
    assert (told["input"], told["output"]) == (script.INPUT, script.OUTPUT)
    # Ollama tells of no cache; and not every client does.
    assert told.get("cached", script.CACHED) == (0 if dialect == "ollama" and "cached" in told else script.CACHED)


def check_tools(told, _dialect):
    assert told["calls"] == [[task.TOOL, {"city": "Lima", "days": 7}]]
    assert told["text"] == f"The tool said: {task.RESULT}"


def check_schema(told, _dialect):
    assert told["value"] == {"name": "Lima", "people": 7, "districts": ["Lima"]}


def check_image(told, _dialect):
    assert told["text"].startswith(f"You asked: {task.QUESTION}") and told["text"].endswith("Images: 1")


def check_thinking(told, _dialect):
    assert told["thinking"] == script.THOUGHTS
    assert told["text"].startswith(f"You asked: {task.QUESTION}")


def check_error(told, _dialect):
    assert told["status"] == 404
    # Google's, Amazon's, Cohere's and Ollama's errors have no member for a code.
    assert told["code"] in (None, "unknown_model")
    assert task.UNKNOWN in told["text"]


def check_vectors(told, _dialect):
    assert [struct.pack("<4f", *one) for one in told["vectors"]] == [struct.pack("<4f", *tasks.vector(text)) for text in task.TEXTS]


def check_models(told, _dialect):
    assert {f"{name}/m" for name, _, _ in DIALECTS.values()} <= set(told["models"])


def said(**expected):
    """A check that all of this was told."""

    def check(told, _dialect):
        assert {name: told[name] for name in expected} == expected

    return check


CHECKS = {
    "stream": check_stream,
    "usage": check_usage,
    "tools": check_tools,
    "tools_stream": check_tools,
    "thinking_tools": check_tools,
    "schema": check_schema,
    "schema_stream": check_schema,
    "schema_tool": check_schema,
    "image": check_image,
    "thinking": check_thinking,
    "thinking_stream": check_thinking,
    "error": check_error,
    "embed": check_vectors,
    "rerank": said(order=[1]),
    "count": said(input=script.INPUT),
    "models": check_models,
    "complete": said(text=f"You asked: {task.QUESTION}"),
    "moderate": said(flagged=[False, True]),
    "draw": said(image=tasks.PNG),
    "speak": said(bytes=len(tasks.SOUND)),
    "transcribe": said(text="Lima"),
}


def test_the_table_in_the_docs_is_what_this_run_saw(seen):
    """docs/clients.md is written by clients_table.py and not by hand."""
    wanted = {tuple(case.values) for case in cells()}
    ran = {(client, feature, one) for client, of in seen.cells.items() for feature, by in of.items() for one in by}
    if missing := wanted - ran:
        pytest.skip(f"{len(missing)} of {len(wanted)} cells did not run")
    seen.save()
    assert table.committed() == table.markdown(seen.cells), "run: python gateway/tests/e2e/clients_table.py"


def test_every_client_of_the_catalog_knows_its_features():
    """A feature that is listed and not there would never run."""
    assert set(table.COLUMNS) | set(table.TASKS) >= {feature for client in CLIENTS for feature in client.features}
    assert len(BY_NAME) == len(CLIENTS)
