"""A provider that refuses, and one that fails in its stream, with the words that it was sent."""

from dataclasses import replace

from ..place import BOTH, Place, flagged
from . import chat_completions, messages, responses

ASKED = {
    "chat_completions": (chat_completions.PATH, chat_completions.CHAT["user text"]),
    "responses": (responses.PATH, responses.RESPONSES["input"]),
    "messages": (messages.PATH, messages.MESSAGES["user text"]),
}


def asked(door: str, model: str, value, stream: bool):
    """That door's question to a provider's model of that name; what it says of it is not put back."""
    path, maker = ASKED[door]
    body = maker(value)
    provider, _ = body["model"].split("/")
    return replace(flagged(path)({**body, "model": f"{provider}/{model}"}, stream), echoed=False)


def refused_question(door: str) -> Place:
    def make(value, stream):
        return replace(asked(door, "reject", value, stream), refused="upstream_rejected")

    return Place(door, "user text of a refused question", make, BOTH)


def broken_stream(door: str) -> Place:
    return Place(door, "user text of a broken stream", lambda value, stream: asked(door, "break", value, stream), (True,))


PLACES = [place for door in ASKED for place in (refused_question(door), broken_stream(door))]
