"""The provider: speaks every dialect, and says back whatever it was sent."""

import json
from urllib.parse import urlsplit

from ..scripted import CHATS, DIALECTS, script, tasks
from ..scripted.framing import JSON, NDJSON, SSE, line, sse
from ..serving import Handler, Served

SAYS = "You sent: "


class Provider(Served):
    """Listens; `raw` is every byte that it read.

    The model `reject` refuses with the same words, the model `break` ends its stream with an error that has them.
    """

    def __init__(self):
        self.made = 0
        super().__init__(Answers, keep=True)

    def new_id(self, prefix: str) -> str:
        with self.lock:
            self.made += 1
            return f"{prefix}{self.made}"


class Answers(Handler):
    """Answers in the dialect that the path begins with."""

    def do_POST(self):
        raw = self.body()
        speaks = DIALECTS[self.path.split("/")[1]][2]
        path = urlsplit(self.path).path
        body = json.loads(raw) if raw.lstrip().startswith(b"{") and "json" in self.headers.get("content-type", "") else None
        model = str((body or {}).get("model") or path)
        said = SAYS + (self.path if self.command == "GET" else raw.decode("latin-1") if body is None else " | ".join(leaves(body)))
        if "reject" in model:
            self.reply(400, JSON, json.dumps(speaks.error("invalid_request_error", said)).encode())
        elif path.endswith(CHATS):
            self.converse(speaks, path, body, said)
        else:
            self.reply(200, *task(self.served, path, raw, body, said))

    do_GET = do_DELETE = do_PUT = do_PATCH = do_POST

    def converse(self, speaks, path: str, body: dict, said: str) -> None:
        model = str(body.get("model") or path)
        stream = body.get("stream", speaks is DIALECTS["ollama"][2]) or "stream" in path.lower()
        asked, tool = script.Asked(model=model, stream=stream), called(body)
        asked.usage_wanted = False
        says = script.Says(text=said, call=(tool, {"given": said}) if tool else None)
        if not stream:
            self.reply(200, *speaks.whole(asked, says))
            return
        pieces = list(speaks.stream(asked, says))
        if "break" in model:
            pieces[len(pieces) // 2 :] = [sse(speaks.error("server_error", said), "error")]
        self.reply(200, speaks.STREAMS, b"".join(pieces))


def leaves(value) -> list[str]:
    """Every name, text and number of a JSON value."""
    match value:
        case dict():
            return [text for name, one in value.items() for text in [name, *leaves(one)]]
        case list():
            return [text for one in value for text in leaves(one)]
        case None | bool():
            return []
    return [str(value)]


def called(body: dict) -> str | None:
    """The first function on offer, whatever the dialect calls it."""
    for tool in [*(body.get("tools") or []), *((body.get("toolConfig") or {}).get("tools") or [])]:
        one = tool.get("function") or tool.get("toolSpec") or tool
        one = (tool.get("functionDeclarations") or [one])[0]
        if "name" in one and tool.get("type", "function") in ("function", "custom"):
            return one["name"]
    return None


def task(provider: Provider, path: str, raw: bytes, body: dict | None, said: str) -> tuple[str, bytes]:
    """The media type and the bytes of what is answered to all but conversations."""
    if path.endswith("/completions") and body.get("stream"):
        parts = [{"choices": [{"index": 0, "text": part, "finish_reason": None}]} for part in script.split(said)]
        return SSE, b"".join(map(sse, parts)) + b"data: [DONE]\n\n"
    if path.endswith("/generate") and body.get("stream", True):
        parts = [{"response": part, "done": False} for part in script.split(said)] + [{"response": "", "done": True}]
        return NDJSON, b"".join(line({"model": "m", **part}) for part in parts)
    if path.endswith("/audio/speech"):
        return "audio/wav", tasks.SOUND
    return JSON, json.dumps(whole_task(provider, path, raw, body, said)).encode()


def whole_task(provider: Provider, path: str, raw: bytes, body: dict | None, said: str) -> dict:
    match path.rsplit("/", 1)[-1]:
        case "completions":
            return {"id": "c1", "object": "text_completion", "choices": [{"index": 0, "text": said, "finish_reason": "stop"}]}
        case "generate":
            return {"model": "m", "response": said, "done": True, "done_reason": "stop"}
        case "transcriptions" | "translations":
            return {"text": said}
        case "rerank":
            return {"results": [{"index": 0, "relevance_score": 0.5, "document": {"text": said}}]}
        case "moderations":
            return {"id": "m1", "model": "m", "results": [{"flagged": False}]}
        case "compact":
            part = {"type": "output_text", "text": said, "annotations": []}
            return {"id": "r1", "output": [{"type": "message", "role": "assistant", "content": [part]}]}
        case "files":
            return {"id": provider.new_id("file-"), "object": "file", "filename": "f", "purpose": "batch", "bytes": len(raw)}
        case "batches":
            return {"id": provider.new_id("batch_"), "object": "batch", "status": "validating"}
        case "invoke":
            return {"outputs": [{"text": said, "stop_reason": "stop"}]}
        case "unlike":
            return {"said": said}
    try:
        known = tasks.answer(path, raw) if body else None
    except script.Misshapen:
        known = tasks.answer(path, b'{"model": "m", "input": "Hello"}')
    return json.loads(known[1]) if known else {"data": [], "choices": [{"index": 0, "message": {"role": "assistant", "content": said}}]}
