"""A coding agent as people run it: Codex edits a file through the gateway, whatever dialect its provider speaks."""

import os
import subprocess

import pytest

from harness.clients.catalog import QUIET
from harness.gateway import Gateway
from harness.places import NODE_CLIENTS
from harness.scripted import DIALECTS, Scripted

CODEX = NODE_CLIENTS / "node_modules" / ".bin" / "codex"
pytestmark = pytest.mark.skipif(not CODEX.exists(), reason="not installed: @openai/codex; .ci/test prepare does")

EDIT = {"exec_command": {"cmd": "sed -i 's/Hello/Goodbye/' greeting.txt && cat greeting.txt"}}
CONFIG = """
model = "{model}"
model_provider = "marshal"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false
[analytics]
enabled = false
[model_providers.marshal]
name = "marshal"
base_url = "{url}/v1"
env_key = "MARSHAL_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
"""


@pytest.fixture(scope="module")
def provider():
    provider = Scripted()
    provider.arguments = EDIT
    yield provider
    provider.end()


@pytest.fixture(scope="module")
def gateway(provider, tmp_path_factory):
    gateway = Gateway(tmp_path_factory.mktemp("agent"), provider.config())
    yield gateway
    gateway.end()


@pytest.mark.parametrize("dialect", list(DIALECTS))
def test_an_agent_edits_a_file(gateway, provider, tmp_path, dialect):
    """It asks, runs the command that the model calls for, shows the model what came of it, and says the model's last word."""
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    (work / "greeting.txt").write_text("Hello, Lima!\n")
    (home / "config.toml").write_text(CONFIG.format(model=f"{DIALECTS[dialect][0]}/m", url=gateway.url))
    provider.forget()
    ran = subprocess.run(
        [str(CODEX), "exec", "--skip-git-repo-check", "-C", str(work), "Make the greeting a farewell."],
        env={**os.environ, **QUIET, "CODEX_HOME": str(home), "HOME": str(home), "MARSHAL_KEY": gateway.key},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert (work / "greeting.txt").read_text() == "Goodbye, Lima!\n", ran.stderr
    assert ran.stdout.startswith("The tool said: ") and "Goodbye, Lima!" in ran.stdout
    assert len(provider.seen) == 2 and not provider.complaints
