"""Every client's dialect before every other provider's."""

from collections.abc import Callable
from dataclasses import replace

from ...scripted import DIALECTS
from ..place import BOTH, Place, flagged
from . import chat_completions, messages, responses
from .chat_completions import CHAT
from .generate_content import GEMINI, gemini
from .messages import MESSAGES
from .responses import RESPONSES

# Door -> (its own dialect, what makes a request of a body, the bodies)
DOORS = {
    "chat_completions": ("openai", flagged(chat_completions.PATH), CHAT),
    "responses": ("responses", flagged(responses.PATH), RESPONSES),
    "messages": ("anthropic", flagged(messages.PATH), MESSAGES),
    "generate_content": ("gemini", gemini, GEMINI),
}
NAMES = {
    "chat_completions": (
        "system",
        "user text",
        "user content part",
        "assistant history",
        "tool description",
        "schema description",
        "schema enum",
        "tool call arguments*",
        "tool call nested arguments",
        "tool result text",
        "unknown member name",
    ),
    "responses": (
        "instructions",
        "input",
        "message output text",
        "tool description",
        "schema description",
        "schema enum",
        "function call arguments*",
        "function call output",
        "metadata name",
    ),
    "messages": (
        "system block",
        "text block",
        "assistant text",
        "tool description",
        "schema description",
        "schema enum",
        "tool use input*",
        "tool use nested input",
        "tool result block",
        "document text",
    ),
    "generate_content": (
        "system instruction",
        "part",
        "model part",
        "function description",
        "schema description",
        "schema enum",
        "function call args*",
        "function response*",
        "label name",
    ),
}
# What has no word in any other dialect, but for these.
LEFT_OUT = {"unknown member name": (), "metadata name": ("openai",), "label name": ()}
# Amazon's documents are base64 of the text, and so are not read back.
UNREAD = {("document text", "bedrock")}


def crossed(wrap: Callable, maker: Callable, provider: str, left_out: bool) -> Callable:
    def make(value, stream):
        request = wrap(maker(value), stream)
        body = dict(request.options["json"])
        if "model" in body:
            body["model"] = f"{provider}/m"
        return replace(request, path=request.path.replace("/g%2Fm", f"/{provider}%2Fm"), options={"json": body}, left_out=left_out)

    return make


def is_left_out(name: str, dialect: str) -> bool:
    return (name in LEFT_OUT and dialect not in LEFT_OUT[name]) or (name, dialect) in UNREAD


def to(door: str, dialect: str) -> list[Place]:
    """The places of a door before a provider of that dialect."""
    _, wrap, makers = DOORS[door]
    provider = DIALECTS[dialect][0]

    def place(name: str) -> Place:
        make = crossed(wrap, makers[name], provider, is_left_out(name, dialect))
        return Place(f"{door} to {dialect}", name.rstrip("*"), make, BOTH, tries=1)

    return [place(name) for name in NAMES[door]]


PLACES = [place for door, (own, _, _) in DOORS.items() for dialect in DIALECTS if dialect != own for place in to(door, dialect)]
