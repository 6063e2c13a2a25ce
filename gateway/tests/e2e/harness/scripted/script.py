"""What the scripted provider says, whatever dialect it is asked in: a few fixed rules, and counts that never change."""

import json
from dataclasses import dataclass, field

# Input counts cached tokens too, output the ones that were thought.
INPUT, CACHED, OUTPUT, THOUGHT = 31, 7, 12, 4
THOUGHTS = "First I think about it."
SIGNATURE = "c2lnbmVkIGJ5IHRoZSBwcm92aWRlcg=="
VECTOR = [0.25, -0.5, 0.125]
PIECE = 6


class Misshapen(ValueError):
    """The request is not one that a provider of this dialect takes."""


@dataclass
class Asked:
    """A request, as far as the script reads it."""

    model: str = ""
    stream: bool = False
    system: str = ""
    text: str = ""  # of the last user turn
    images: list = field(default_factory=list)  # base64
    tools: list = field(default_factory=list)  # (name, schema)
    called: list = field(default_factory=list)  # (id, name) of all calls in the conversation
    results: list = field(default_factory=list)  # (id, text)
    schema: dict | None = None
    think: bool = False

    def answered(self, identity: str | None, text: str) -> None:
        """Notes a tool's result. One of a call that nobody made is refused, as every provider does."""
        if identity not in [known for known, _ in self.called]:
            raise Misshapen(f"a result for {identity!r}, which was never called; calls: {self.called}")
        self.results.append((identity, text))

    def user(self, text: str) -> None:
        """A new user turn: results of earlier turns are history."""
        if text:
            self.text, self.results = text, []


@dataclass
class Says:
    """An answer."""

    text: str = ""
    thoughts: str = ""
    call: tuple | None = None  # (name, arguments)

    def pieces(self) -> list[str]:
        """The text as it is streamed."""
        return split(self.text)


def split(text: str) -> list[str]:
    """A text in pieces of a few characters."""
    return [text[at : at + PIECE] for at in range(0, len(text), PIECE)]


def answer(asked: Asked, arguments: dict) -> Says:
    """The script: results are quoted, tools are called, schemas are filled, anything else is repeated."""
    says = Says(thoughts=THOUGHTS if asked.think else "")
    if asked.results:
        says.text = "The tool said: " + "; ".join(text for _, text in asked.results)
    elif asked.tools:
        name, schema = asked.tools[0]
        says.call = (name, arguments.get(name) or value(schema))
    elif asked.schema is not None:
        says.text = json.dumps(value(asked.schema))
    else:
        says.text = f"You asked: {asked.text}"
        if asked.system:
            says.text += f" I was told: {asked.system}"
        if asked.images:
            says.text += f" Images: {len(asked.images)}"
    return says


def value(schema: dict, root: dict | None = None):
    """The first value that comes to mind for a JSON schema."""
    root = root or schema
    if reference := schema.get("$ref"):
        found = root
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        return value(found, root)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for members in (schema.get("anyOf"), schema.get("oneOf"), schema.get("allOf")):
        for member in members or []:
            if member.get("type") != "null":
                return value(member, root)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = (kind[0] if isinstance(kind, list) else kind).lower()
    match kind:
        case "object":
            wanted = schema.get("required") or list(schema.get("properties") or {})
            return {name: value(schema.get("properties", {}).get(name, {}), root) for name in wanted}
        case "array":
            return [value(schema.get("items") or {}, root)]
        case "integer":
            return 7
        case "number":
            return 1.5
        case "boolean":
            return True
    return "Lima"


def only(body: dict, *known: str) -> None:
    """Refuses members that the dialect does not have, as the strict providers do."""
    if unknown := sorted(set(body) - set(known)):
        raise Misshapen(f"unknown members: {', '.join(unknown)}")


def need(body: dict, *members: str) -> None:
    """Refuses a body without these."""
    if missing := [name for name in members if name not in body]:
        raise Misshapen(f"missing members: {', '.join(missing)}")
