"""All clients: what they are called, where they run, what each can do."""

import importlib
import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ..places import FRAMEWORKS, NODE_CLIENTS

HERE = Path(__file__).resolve().parents[2]
CHAT = ("text", "stream", "usage", "tools", "tools_stream", "image", "error")
THINK = ("thinking", "thinking_stream")
PYTHON, FRAMEWORK, NODE = "python", "framework", "node"

# No client under test tells anyone that it was used.
QUIET = {
    "LITELLM_TELEMETRY": "False",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "DO_NOT_TRACK": "1",
    "AI_SDK_LOG_WARNINGS": "false",
    "NO_PROXY": "127.0.0.1,localhost",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass(frozen=True)
class Client:
    """A client, as the table names it."""

    name: str
    surface: str  # the door it comes through
    module: str
    made: str
    where: str
    features: tuple
    home: str  # the dialect of its own provider

    def home_of(self) -> tuple:
        """Clients that say the same here share a process."""
        return self.where, self.module


class Clients:
    """Clients that are pointed at a gateway, each started when it is first asked for."""

    def __init__(self, url: str, key: str):
        self.url, self.key, self.made, self.workers = url, key, {}, {}

    def __getitem__(self, client: Client):
        if client.where != PYTHON:
            return Asked(self._worker(client), client.made)
        if client.name not in self.made:
            module = importlib.import_module(f"harness.clients.{client.module}")
            self.made[client.name] = getattr(module, client.made)(self.url, self.key)
        return self.made[client.name]

    def _worker(self, client: Client):
        home = client.home_of()
        if home not in self.workers:
            self.workers[home] = Worker(*home, self.url, self.key)
        return self.workers[home]

    def end(self) -> None:
        for worker in self.workers.values():
            worker.end()


class Asked:
    """One client of a worker."""

    def __init__(self, worker, made: str):
        self._worker, self._made = worker, made

    def __getattr__(self, feature: str):
        return lambda model: self._worker.ask(self._made, feature, model)


class Worker:
    """Clients in a process of their own, where they have their own versions of everything."""

    def __init__(self, where: str, module: str, url: str, key: str):
        words = [module, url, key]
        if where == NODE:
            command, folder = ["node", str(NODE_CLIENTS / "worker.mjs"), *words], NODE_CLIENTS
        else:
            command, folder = [str(FRAMEWORKS / "bin" / "python"), "-m", "harness.clients.worker", *words], HERE
        self.complaints = tempfile.TemporaryFile("w+")
        self.child = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **QUIET},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.complaints,
            text=True,
        )

    def ask(self, made: str, feature: str, model: str) -> dict:
        """What the client was told. What it raised is raised here, as text."""
        self.child.stdin.write(json.dumps({"made": made, "feature": feature, "model": model}) + "\n")
        self.child.stdin.flush()
        line = self.child.stdout.readline()
        if not line:
            self.complaints.seek(0)
            raise RuntimeError(f"the client ended with {self.child.wait(5)}: {self.complaints.read()[-800:]}")
        got = json.loads(line)
        if "failed" in got:
            raise AssertionError(got["failed"])
        return got["told"]

    def end(self) -> None:
        self.child.stdin.close()
        try:
            self.child.wait(5)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


def _client(name, surface, made, where, home, *features):
    module, _, kind = made.partition(":")
    return Client(name, surface, module, kind, where, features, home)


CHATS, MESSAGES, RESPONSES = "/v1/chat/completions", "/v1/messages", "/v1/responses"
OPENAI_TASKS = ("embed", "models", "complete", "moderate", "draw", "speak", "transcribe")
VERCEL = (*CHAT, "schema", "schema_stream")
CLIENTS = [
    _client("openai", CHATS, "openai_chat:Client", PYTHON, "openai", *CHAT, "schema", "schema_stream", "thinking", *OPENAI_TASKS),
    _client("openai, responses", RESPONSES, "openai_responses:Client", PYTHON, "responses", *CHAT, "schema", "schema_stream", *THINK, "count"),
    _client("anthropic", MESSAGES, "anthropic_messages:Client", PYTHON, "anthropic", *CHAT, "schema", *THINK, "thinking_tools", "count", "models"),
    _client("google-genai", "/v1beta/models", "google_genai:Client", PYTHON, "gemini", *CHAT, "schema", *THINK, "embed", "count"),
    _client("boto3, Converse", "/bedrock/model/…/converse", "boto3_bedrock:Converse", PYTHON, "bedrock", *CHAT, "schema", *THINK),
    _client("boto3, InvokeModel", "/bedrock/model/…/invoke", "boto3_bedrock:Invoke", PYTHON, "anthropic", *CHAT, *THINK),
    _client("cohere", "/v2/chat", "cohere_v2:Client", PYTHON, "cohere", *CHAT, "schema", *THINK, "embed", "rerank"),
    _client("mistralai", CHATS, "mistral:Client", PYTHON, "openai", *CHAT, "schema", "embed", "models"),
    _client("ollama", "/api/chat", "ollama_client:Client", PYTHON, "ollama", *CHAT, "schema", *THINK, "embed", "complete", "models"),
    _client("langchain-openai", CHATS, "langchain:OpenAi", FRAMEWORK, "openai", *CHAT, "schema", "schema_tool", "embed"),
    _client("langchain-anthropic", MESSAGES, "langchain:Anthropic", FRAMEWORK, "anthropic", *CHAT, "schema", "schema_tool", "thinking"),
    _client("pydantic-ai, OpenAI chat", CHATS, "pydantic_agents:OpenAi", FRAMEWORK, "openai", *CHAT, "schema", "schema_tool", "thinking"),
    _client("pydantic-ai, OpenAI responses", RESPONSES, "pydantic_agents:Responses", FRAMEWORK, "responses", *CHAT, "schema", "schema_tool", "thinking"),
    _client("pydantic-ai, Anthropic", MESSAGES, "pydantic_agents:Anthropic", FRAMEWORK, "anthropic", *CHAT, "schema_tool", "thinking"),
    _client("litellm, openai/", CHATS, "lite:OpenAi", FRAMEWORK, "openai", *CHAT, "schema", "embed"),
    _client("litellm, anthropic/", MESSAGES, "lite:Anthropic", FRAMEWORK, "anthropic", *CHAT, "thinking"),
    _client("instructor, OpenAI", CHATS, "instructors:OpenAi", FRAMEWORK, "openai", "schema", "schema_tool", "schema_stream"),
    _client("instructor, Anthropic", MESSAGES, "instructors:Anthropic", FRAMEWORK, "anthropic", "schema_tool"),
    _client("npm openai", CHATS, "openai:Chat", NODE, "openai", *CHAT, "schema", "embed", "models"),
    _client("npm openai, responses", RESPONSES, "openai:Responses", NODE, "responses", *CHAT, "schema"),
    _client("npm @anthropic-ai/sdk", MESSAGES, "anthropic:Messages", NODE, "anthropic", *CHAT, "thinking_stream", "count"),
    _client("npm @google/genai", "/v1beta/models", "genai:Client", NODE, "gemini", *CHAT, "schema", "embed", "count"),
    _client("npm ai, @ai-sdk/openai (chat)", CHATS, "vercel:OpenAiChat", NODE, "openai", *VERCEL),
    _client("npm ai, @ai-sdk/openai (responses)", RESPONSES, "vercel:OpenAiResponses", NODE, "responses", *VERCEL),
    _client("npm ai, @ai-sdk/anthropic", MESSAGES, "vercel:Anthropic", NODE, "anthropic", *VERCEL),
]
