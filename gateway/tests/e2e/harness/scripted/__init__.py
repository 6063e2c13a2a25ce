"""A provider that speaks every dialect natively and follows a script.

Each dialect is served below a prefix of its own, so that one server is seven providers: `PREFIXES`.
"""

import json
from urllib.parse import urlsplit

from ..serving import Handler, Served
from . import anthropic, bedrock, cohere, gemini, ollama, openai, responses, script, tasks
from .framing import JSON

# Dialect -> (a provider's name, its base URL's path, what speaks it)
DIALECTS = {
    "openai": ("o", "/openai/v1", openai),
    "responses": ("r", "/responses/v1", responses),
    "anthropic": ("a", "/anthropic/v1", anthropic),
    "gemini": ("g", "/gemini/v1beta", gemini),
    "bedrock": ("b", "/bedrock", bedrock),
    "cohere": ("c", "/cohere/v2", cohere),
    "ollama": ("l", "/ollama/api", ollama),
}
# Models beside `m`, which is for conversations.
MODES = {"embed": "embedding", "rerank": "rerank", "complete": "completion", "moderate": "moderation"}
MODES |= {"draw": "image", "speak": "speech", "transcribe": "transcription"}
# Bedrock's models think each family in its own way: `m` is of Anthropic's there.
CLAUDE = "anthropic.claude-sonnet-4-20250514-v1:0"
CHATS = ("/chat/completions", "/responses", "/messages", ":generateContent", ":streamGenerateContent")
CHATS += ("/converse", "/converse-stream", "/v2/chat", "/api/chat")


def claude(provider: str) -> str:
    """A name of Claude's for a provider's model: InvokeModel's body says nothing of its dialect, the model's name does."""
    return f"anthropic.claude-by-{provider}"


class Scripted(Served):
    """Listens; `seen` holds the path and body of every request since `forget`.

    `manner` spoils streams: it is given what speaks the dialect and a stream's pieces, and gives the bytes to send; its
    last one may be `None`, and then the connection is cut. `arguments` are those to call a tool with, by its name; any
    other tool is called with what its schema allows.
    """

    def __init__(self):
        self.seen, self.complaints, self.manner, self.arguments = [], [], None, {}
        super().__init__(Answers)

    def base_url(self, dialect: str) -> str:
        return self.url + DIALECTS[dialect][1]

    def config(self, more: str = "", each: str = "") -> str:
        """A marshal.yaml with a provider for every dialect; `each` is a line for each of them."""
        lines = ["telemetry: {log_format: json}", *([more] if more else []), "providers:"]
        for dialect, (name, _, _) in DIALECTS.items():
            lines += [f"  {name}:", f"    base_url: {self.base_url(dialect)}", f"    dialects: [{dialect}]"]
            identity = f", id: '{CLAUDE}'" if dialect == "bedrock" else ""
            lines += [f"    {each}"] if each else []
            lines += ["    models:", f"      - {{name: m, price: free{identity}}}"]
            lines += [f"      - {{name: {model}, mode: {mode}, price: free}}" for model, mode in MODES.items()]
        lines += ["models:", *[f"  {claude(name)}: {{candidates: [{name}/m]}}" for name, _, _ in DIALECTS.values()]]
        return "\n".join(lines) + "\n"

    def saw(self, path: str, raw: bytes) -> None:
        with self.lock:
            self.seen.append((path, raw))

    def complain(self, path: str, why: str) -> None:
        with self.lock:
            self.complaints.append(f"{path}: {why}")

    def forget(self) -> None:
        """Forgets what was asked, and what was wrong with it."""
        with self.lock:
            self.seen, self.complaints = [], []


class Answers(Handler):
    """Answers in the dialect that the path begins with."""

    def do_POST(self):
        path = urlsplit(self.path).path
        raw = self.body()
        self.served.saw(path, raw)
        speaks = DIALECTS[path.split("/")[1]][2]
        try:
            self.answer(speaks, path, raw)
        except (script.Misshapen, KeyError, TypeError, ValueError) as wrong:
            why = f"{type(wrong).__name__}: {wrong}"
            self.served.complain(path, why)
            self.reply(400, JSON, json.dumps(speaks.error("invalid_request_error", why)).encode())

    def answer(self, speaks, path: str, raw: bytes) -> None:
        if done := tasks.answer(path, raw):
            self.reply(200, *done)
            return
        if not path.endswith(CHATS):
            raise script.Misshapen("no such path")
        told = speaks.asked(path, json.loads(raw))
        says = script.answer(told, self.served.arguments)
        if told.stream:
            pieces, manner = speaks.stream(told, says), self.served.manner
            self.pieces(speaks.STREAMS, manner(speaks, pieces) if manner else pieces)
        else:
            self.reply(200, *speaks.whole(told, says))
