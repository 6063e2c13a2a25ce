"""What clients were seen to do, as the table in docs/clients.md."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from .clients.catalog import CLIENTS
from .limits import LIMITS, limit_of
from .places import REPOSITORY
from .scripted import DIALECTS

DOCUMENT = REPOSITORY / "docs" / "clients.md"
SEEN = REPOSITORY / "target" / "e2e" / "clients.json"
BEGIN, END = "<!-- from here: written by gateway/tests/e2e/clients_table.py -->\n", "<!-- to here -->\n"

COLUMNS = {
    "text": "text",
    "stream": "stream",
    "usage": "usage",
    "tools": "tools",
    "tools_stream": "tools, streamed",
    "schema": "schema",
    "schema_stream": "schema, streamed",
    "schema_tool": "schema as a tool",
    "image": "image",
    "thinking": "thinking",
    "thinking_stream": "thinking, streamed",
    "thinking_tools": "thinking and tools",
    "error": "error",
}
TASKS = {
    "embed": "embeddings",
    "rerank": "rerank",
    "count": "token count",
    "models": "list of models",
    "complete": "completion",
    "moderate": "moderation",
    "draw": "image made",
    "speak": "speech",
    "transcribe": "transcription",
}


@dataclass
class Seen:
    """The cells that ran: client -> feature -> provider's dialect -> whether it worked."""

    cells: dict = field(default_factory=dict)

    def saw(self, client: str, feature: str, dialect: str, worked: bool) -> None:
        self.cells.setdefault(client, {}).setdefault(feature, {})[dialect] = worked

    def save(self) -> None:
        SEEN.parent.mkdir(parents=True, exist_ok=True)
        SEEN.write_text(json.dumps(self.cells, indent=1, sort_keys=True) + "\n")


def cell(client: str, feature: str, worked: dict | None) -> str:
    """`✓` if it worked with every provider that was tried, else with how many; nothing where the client has no such thing."""
    if not worked:
        return ""
    limits = sorted({limit_of(client, feature, dialect) for dialect in worked} - {None})
    notes = "".join(f"<sup>{number}</sup>" for number in limits)
    if all(worked.values()):
        return "✓" + notes
    good = [dialect for dialect in DIALECTS if worked.get(dialect)]
    return (f"{len(good)} of {len(worked)}" if good else "✗") + notes


def markdown(cells: dict) -> str:
    """The tables: conversations client by feature, then the rest client by what it asked; then what the numbers mean."""
    lines = ["| client | asks at | " + " | ".join(COLUMNS.values()) + " |"]
    lines.append("| --- | --- |" + " :-: |" * len(COLUMNS))
    others = ["| client | " + " | ".join(TASKS.values()) + " |", "| --- |" + " :-: |" * len(TASKS)]
    for client in CLIENTS:
        seen = cells.get(client.name, {})
        row = [cell(client.name, feature, seen.get(feature)) for feature in COLUMNS]
        lines.append(f"| {client.name} | `{client.surface}` | " + " | ".join(row) + " |")
        if any(feature in seen for feature in TASKS):
            row = [cell(client.name, feature, seen.get(feature)) for feature in TASKS]
            others.append(f"| {client.name} | " + " | ".join(row) + " |")
    notes = [f"{number}. {limit.why}" for number, limit in enumerate(LIMITS, 1)]
    return "\n".join([*lines, "", "Beside conversations:", "", *others, "", *notes]) + "\n"


def committed() -> str:
    """The tables as they stand in the document."""
    return DOCUMENT.read_text().split(BEGIN)[1].split(END)[0]


def write(cells: dict, document: Path = DOCUMENT) -> None:
    """Writes the tables into the document, between its marks."""
    text = document.read_text()
    before, _, rest = text.partition(BEGIN)
    document.write_text(before + BEGIN + markdown(cells) + END + rest.split(END)[1])
