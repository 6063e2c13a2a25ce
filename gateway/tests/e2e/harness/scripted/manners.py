"""Ways in which a provider's stream goes wrong, or on and on."""

import threading

from . import anthropic, bedrock, cohere, gemini, ollama, openai, responses
from .framing import EVENT_STREAM, NDJSON, line, message, sse

WHY = "The provider had enough"


def byte_by_byte(_speaks, pieces):
    """All is well, but it comes one byte at a time."""
    for piece in pieces:
        for at in range(len(piece)):
            yield piece[at : at + 1]


def begun(pieces):
    """The first half."""
    listed = list(pieces)
    return listed[: len(listed) // 2]


class Silent:
    """Says half, and then nothing until it is let go."""

    def __init__(self):
        self.done = threading.Event()

    def __call__(self, _speaks, pieces):
        yield from begun(pieces)
        self.done.wait(60)
        yield None


def cut(_speaks, pieces):
    """Says half and hangs up."""
    yield from begun(pieces)
    yield None


def garbled(speaks, pieces):
    """Says half, then something that is not JSON, then the rest."""
    listed = list(pieces)
    wrong = {NDJSON: b'{"message": {"con\n', EVENT_STREAM: message("contentBlockDelta", None, raw=b'{"contentBlockIn')}
    yield from begun(listed)
    yield wrong.get(speaks.STREAMS, b'data: {"choices": [{"del\n\n')
    yield from listed[len(listed) // 2 :]


ERRORS = {
    openai: sse({"error": {"message": WHY, "type": "server_error", "code": None, "param": None}}),
    responses: sse({"type": "error", "code": "server_error", "message": WHY, "param": None, "sequence_number": 9}, "error"),
    anthropic: sse({"type": "error", "error": {"type": "api_error", "message": WHY}}, "error"),
    gemini: sse({"error": {"code": 503, "status": "UNAVAILABLE", "message": WHY}}),
    bedrock: message("modelStreamErrorException", {"message": WHY}, "exception"),
    cohere: sse({"type": "message-end", "delta": {"finish_reason": "ERROR", "error": WHY}}, "message-end"),
    ollama: line({"error": WHY}),
}


def failing(speaks, pieces):
    """Says half, then that it failed, in its dialect's own words."""
    yield from begun(pieces)
    yield ERRORS[speaks]


class Endless:
    """Says half, and then says its middle again and again, until it is let go."""

    def __init__(self):
        self.done = threading.Event()

    def __call__(self, _speaks, pieces):
        listed = begun(pieces)
        yield from listed
        while not self.done.wait(0.05):
            yield listed[-1]
        yield None


HUGE = "x" * (17 << 20)
LARGE = {
    NDJSON: lambda: line({"message": {"role": "assistant", "content": HUGE}, "done": False}),
    EVENT_STREAM: lambda: message("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": HUGE}}),
}


def huge(speaks, pieces):
    """Says half, then an event that no reader should hold, then the rest."""
    listed = list(pieces)
    yield from begun(listed)
    yield LARGE.get(speaks.STREAMS, lambda: sse({"text": HUGE}))()
    yield from listed[len(listed) // 2 :]
