"""A provider of OpenAI's chat that answers with what it was told, and remembers what came in."""

import json

from .scripted.framing import JSON
from .serving import Handler, Served


class Answers(Handler):
    """Says back the last message."""

    def do_POST(self):
        body = self.body()
        self.served.seen.append(body.decode())
        said = json.loads(body)["messages"][-1]["content"]
        message = {"role": "assistant", "content": f"You said: {said}"}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        answer = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "usage": usage}
        answer["choices"] = [{"index": 0, "message": message, "finish_reason": "stop"}]
        self.reply(200, JSON, json.dumps(answer).encode())


class Repeat(Served):
    """Listens; `seen` are the bodies of requests, as text."""

    def __init__(self):
        self.seen = []
        super().__init__(Answers)
