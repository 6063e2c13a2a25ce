"""A provider that speaks every dialect natively and follows a script.

Each dialect is served below a prefix of its own, so that one server is seven providers: `PREFIXES`.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

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


class Scripted:
    """Listens; `seen` holds the path and body of every request since `forget`.

    `manner` spoils streams: it is given what speaks the dialect and a stream's pieces, and gives the bytes to send; its
    last one may be `None`, and then the connection is cut. `arguments` are those to call a tool with, by its name; any
    other tool is called with what its schema allows.
    """

    def __init__(self):
        self.seen, self.complaints, self.lock, self.manner = [], [], threading.Lock(), None
        self.arguments = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

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

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def handler(provider: Scripted):
    """What answers a connection."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self):
            path = urlsplit(self.path).path
            raw = self.body()
            provider.saw(path, raw)
            speaks = DIALECTS[path.split("/")[1]][2]
            try:
                self.answer(speaks, path, raw)
            except (script.Misshapen, KeyError, TypeError, ValueError) as wrong:
                why = f"{type(wrong).__name__}: {wrong}"
                provider.complain(path, why)
                self.reply(400, JSON, json.dumps(speaks.error("invalid_request_error", why)).encode())

        def body(self) -> bytes:
            if length := self.headers.get("content-length"):
                return self.rfile.read(int(length))
            whole = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                whole += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return whole

        def answer(self, speaks, path: str, raw: bytes) -> None:
            if done := tasks.answer(path, raw):
                self.reply(200, *done)
                return
            if not path.endswith(CHATS):
                raise script.Misshapen("no such path")
            told = speaks.asked(path, json.loads(raw))
            says = script.answer(told, provider.arguments)
            if told.stream:
                pieces = speaks.stream(told, says)
                self.pieces(speaks.STREAMS, provider.manner(speaks, pieces) if provider.manner else pieces)
            else:
                self.reply(200, *speaks.whole(told, says))

        def reply(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def pieces(self, kind: str, pieces) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for piece in pieces:
                if piece is None:
                    self.close_connection = True
                    return
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_):
            pass

    return Handler
