"""A gateway between that provider and a collector, and every place where a value could be found afterwards."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from ..collector import Collector
from ..gateway import Gateway
from ..scripted import CLAUDE, DIALECTS
from ..world import bundle, opened
from .answers import read
from .cells import Cell
from .place import Request
from .provider import SAYS, Provider
from .search import found_in, needle
from .surfaces.files import LINE, UPLOADED, upload
from .surfaces.responses import PATH, respond

# Doors through which sound, pictures and other files pass that no detector can read.
UNREAD = ("transcriptions", "image_edits", "files", "passthrough")
TASKS = {
    "openai": "completions, embeddings, moderations, image_generations, image_edits, speech, transcriptions, files, batches",
    "responses": "response_tools, stored_responses",
    "anthropic": "count_tokens, batches",
    "gemini": "gemini_count_tokens, embed_content",
    "bedrock": "invoke",
    "cohere": "cohere_embed, rerank",
    "ollama": "ollama_embed, ollama_generate",
}
MODELS = ("m", "reject", "break", "embed", "rerank", "complete", "moderate", "draw", "speak", "transcribe")


def config(provider: Provider, collector: Collector, policies: Path) -> str:
    lines = [f"policies: {policies}"]
    lines += [f"telemetry: {{log_format: json, log_level: debug, otlp_endpoint: {collector.url}, traceparent_to_providers: true}}", "providers:"]
    for dialect, (name, path, _) in DIALECTS.items():
        lines += [f"  {name}:", f"    base_url: {provider.url}{path}", f"    dialects: [{dialect}]", f"    tasks: [{TASKS[dialect]}]"]
        lines += ["    facts: {pci: true, local: true}", "    models:"]
        identity = f", id: '{CLAUDE}'" if dialect == "bedrock" else ""
        lines += [f"      - {{name: {model}, price: free{identity if model == 'm' else ''}}}" for model in MODELS]
    return "\n".join([*lines, "models:", "  kept: {candidates: [o/m], cache_ttl_s: 600}"]) + "\n"


@dataclass(frozen=True)
class Seen:
    """What became of one cell."""

    value: str | int
    request: Request
    answer: httpx.Response
    # Whether anything came to the provider.
    asked: bool
    # Where the value is, and must not be.
    leaks: list[str]

    @property
    def code(self) -> str | None:
        return self.answer.headers.get("x-marshal-code")

    def told(self) -> list[str]:
        """The texts of the answer that say back what was sent."""
        return [text for text in read(self.answer) if SAYS in text]

    def __str__(self) -> str:
        return f"{self.value!r}, answered {self.answer.status_code} {self.code}: {self.answer.text[:600]}"


class Watched:
    """The gateway and what stands around it; `values` are those that were sent, by what to look for."""

    def __init__(self, folder: Path):
        self.provider, self.collector = Provider(), Collector()
        policies = bundle(folder / "policies", lambda text: opened(text, *UNREAD))
        self.gateway = Gateway(folder / "gateway", config(self.provider, self.collector, policies))
        self.http, self.control = self.gateway.http(), httpx.Client(base_url=self.gateway.control, timeout=60, trust_env=False)
        self.seen_to, self.values = {}, {}
        # What batches and stored answers refer to.
        self.file = self.sent(upload(LINE, "b.jsonl", "application/jsonl", "batch")).json()["id"]
        self.sent(Request(PATH, {"json": respond()}))
        self.written()

    def sent(self, request: Request) -> httpx.Response:
        answer = self.ask(request)
        assert answer.status_code == 200, answer.text
        return answer

    def ask(self, request: Request) -> httpx.Response:
        options = dict(request.options)
        if isinstance(options.get("json"), dict) and options["json"].get("input_file_id") == UPLOADED:
            options["json"] = {**options["json"], "input_file_id": self.file}
        for _ in range(request.times - 1):
            self.http.request(request.method, request.path, **options)
        return self.http.request(request.method, request.path, **options)

    def run(self, cell: Cell) -> Seen:
        """Sends a cell's request, and looks for its value in all that was read and written meanwhile."""
        value, begun = cell.value(), len(self.provider.raw)
        request = cell.place.make(value, cell.stream)
        answer = self.ask(request)
        at_provider = bytes(self.provider.raw[begun:])
        self.values[needle(value)] = cell.identity
        everywhere = {"the provider": at_provider, "the metrics": self.control.get("/metrics").content, **self.written()}
        leaks = [where for where, raw in everywhere.items() if found_in(raw, {needle(value): cell.identity})]
        return Seen(value, request, answer, bool(at_provider), leaks)

    def written(self) -> dict[str, bytes]:
        """What was added since the last look: log and data folder, by file; one that was written anew is there as a whole."""
        new = {}
        for file in self.files():
            # The index is made from the trail, and written anew all the time: it is searched whole at the end.
            if ".sqlite" in file.name:
                continue
            # A file that another takes the place of is seen under that one's name.
            with suppress(FileNotFoundError), file.open("rb") as open_file:
                state = os.fstat(open_file.fileno())
                now = (state.st_ino, state.st_size, state.st_mtime_ns)
                before = self.seen_to.get(file)
                if now != before:
                    grown = before and before[0] == now[0] and before[1] < now[1] and file.suffix in (".jsonl", ".err", ".out")
                    open_file.seek(max(before[1] - 256, 0) if grown else 0)
                    new[str(file.relative_to(self.gateway.folder))] = open_file.read()
                    self.seen_to[file] = now
        return new

    def files(self) -> list[Path]:
        """Every file in the gateway's folder, but for the reserve, which only holds room on the disk."""
        return [file for file in self.gateway.folder.rglob("*") if file.is_file() and file.name != "reserve"]

    def left(self) -> dict[str, set[str]]:
        """Ends the gateway; by trace or file, the cells whose values are in it."""
        self.gateway.end()
        everywhere = {"the traces": bytes(self.collector.raw), **{file.name: file.read_bytes() for file in self.files()}}
        return {where: found for where, raw in everywhere.items() if (found := found_in(raw, self.values))}

    def end(self) -> None:
        self.http.close()
        self.control.close()
        self.gateway.end()
        self.provider.end()
        self.collector.end()
