"""Fixtures of all end-to-end tests. They need the built binaries: `make test` sees to it."""

import anthropic
import openai
import pytest

from harness.apps import AnthropicApp, OpenAiApp
from harness.cassettes import recordings
from harness.places import CASSETTES, MARSHAL, MARSHAL_LOAD
from harness.gateway import Gateway
from harness.world import World, bundle, shadow


def pytest_sessionstart(session):
    missing = [str(file) for file in (MARSHAL, MARSHAL_LOAD) if not file.exists()]
    if missing:
        pytest.exit(f"not built: {', '.join(missing)}; run: cargo build -p marshal -p marshal-load-tests", 2)


@pytest.fixture(scope="session")
def cassettes():
    """Recorded traffic; without it whatever asks for it is skipped."""
    if not recordings("openai") or not recordings("anthropic"):
        pytest.skip(f"no recorded traffic in {CASSETTES}; MARSHAL_SHARED says where it is")


@pytest.fixture(scope="session")
def world(cassettes, tmp_path_factory):
    """Both recorded providers and the demo behind the shipped policies."""
    world = World(tmp_path_factory.mktemp("world"))
    yield world
    world.end()


@pytest.fixture(scope="session")
def silent_world(cassettes, tmp_path_factory):
    """The same with detectors that only watch, and streams cut at random."""
    folder = tmp_path_factory.mktemp("silent")
    policies = bundle(folder / "policies", shadow)
    world = World(folder, str(policies), cut="random")
    yield world
    world.end()


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A gateway as it comes: no file, no key, the demo provider."""
    gateway = Gateway(tmp_path_factory.mktemp("demo"))
    yield gateway
    gateway.end()


def clients(gateway: Gateway, key: str | None = None):
    """The two SDKs as an application makes them, but for the base URL; no retries, so that each test sees one call."""
    key = key or gateway.key
    return {
        "openai": openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=key, max_retries=0, timeout=60),
        "anthropic": anthropic.Anthropic(base_url=gateway.url, api_key=key, max_retries=0, timeout=60),
    }


@pytest.fixture(scope="session")
def sdks(world):
    """Both SDKs against `world`."""
    return clients(world.gateway)


@pytest.fixture(scope="session")
def apps(sdks):
    """An application on each SDK against `world`."""
    return {"openai": OpenAiApp(sdks["openai"]), "anthropic": AnthropicApp(sdks["anthropic"])}
