"""What every client is made to ask, whatever its language."""

import json
from pathlib import Path

from pydantic import BaseModel

_TASK = json.loads((Path(__file__).parent / "task.json").read_text())
SYSTEM, QUESTION, RESULT = _TASK["system"], _TASK["question"], _TASK["result"]
TOOL, ABOUT, PARAMETERS = _TASK["tool"], _TASK["about"], _TASK["parameters"]
SCHEMA, PIXEL, TEXTS, DOCUMENTS = _TASK["schema"], _TASK["pixel"], _TASK["texts"], _TASK["documents"]
UNKNOWN = _TASK["unknown"]


class City(BaseModel):
    """The answer's schema as a class."""

    name: str
    people: int
    districts: list[str]


def loads(text: str):
    """A tool's arguments as a value."""
    return json.loads(text) if text else {}
