"""All clients: what they are called, where they run, what each can do."""

import importlib
import json
import os
import subprocess
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
    package: str = ""

    def start(self, url: str, key: str):
        """The client, pointed at a gateway."""
        if self.where == PYTHON:
            return getattr(importlib.import_module(f"harness.clients.{self.module}"), self.made)(url, key)
        return Worker(self, url, key)


class Worker:
    """A client in a process of its own. Calling a feature raises what the client raised, as text."""

    def __init__(self, client: Client, url: str, key: str):
        words = [client.module, client.made, url, key]
        if client.where == NODE:
            command, folder = ["node", str(NODE_CLIENTS / "worker.mjs"), *words], NODE_CLIENTS
        else:
            command, folder = [str(FRAMEWORKS / "bin" / "python"), "-m", "harness.clients.worker", *words], HERE
        self.child = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **QUIET},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._read()

    def _read(self) -> dict:
        line = self.child.stdout.readline()
        if not line:
            raise RuntimeError(f"the client ended with {self.child.wait(5)}")
        return json.loads(line)

    def __getattr__(self, feature: str):
        def ask(model: str) -> dict:
            self.child.stdin.write(json.dumps({"feature": feature, "model": model}) + "\n")
            self.child.stdin.flush()
            got = self._read()
            if "failed" in got:
                raise AssertionError(got["failed"])
            return got["told"]

        return ask

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
    _client("pydantic-ai, Anthropic", MESSAGES, "pydantic_agents:Anthropic", FRAMEWORK, "anthropic", *CHAT, "schema", "schema_tool", "thinking"),
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
