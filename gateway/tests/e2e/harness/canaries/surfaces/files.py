"""Forms, files, and batches of questions."""

import base64
import json

from ...scripted import tasks
from ..place import HELLO, Request, as_it_is, escaped, nested, note, places, post, refused
from .chat_completions import PATH, chat, chat_call
from .messages import message, tool


def form(path: str, fields: dict, files: dict, echoed=True, **more) -> Request:
    parts = [(name, (None, text)) for name, text in fields.items()] + list(files.items())
    return post(path, files=parts, echoed=echoed, **more)


BY_OPENAI, BY_ANTHROPIC = {"x-marshal-provider": "o"}, {"x-marshal-provider": "a"}
# In the place of the identity of a file that was sent before.
UPLOADED = "UPLOADED"
WAV = ("a.wav", tasks.SOUND, "audio/wav")
PNG = ("a.png", base64.b64decode(tasks.PNG), "image/png")


def transcribe(fields: dict, file=WAV) -> Request:
    return form("/v1/audio/transcriptions", {"model": "o/transcribe", **fields}, {"file": file})


def edit(fields: dict, file=PNG) -> Request:
    return form("/v1/images/edits", {"model": "o/draw", "prompt": "Hello", **fields}, {"image": file}, echoed=False)


TRANSCRIPTIONS = {
    "prompt": lambda v: transcribe({"prompt": note(v)}),
    "language": lambda v: transcribe({"language": v}),
    "unknown field": lambda v: transcribe({"session_note": json.dumps({"given": v})}),
    "file name": lambda v: transcribe({}, (f"{v}.wav", *WAV[1:])),
}
EDITS = {
    "prompt": lambda v: edit({"prompt": note(v)}),
    "user": lambda v: edit({"user": v}),
    "file name": lambda v: edit({}, (f"{v}.png", *PNG[1:])),
}


def upload(text: str, name: str, kind="text/plain", purpose="user_data", **more) -> Request:
    return form("/v1/files", {"purpose": purpose, **more}, {"file": (name, text.encode(), kind)}, False, headers=BY_OPENAI)


def batch_line(body: dict, path=PATH, identity="1") -> str:
    return json.dumps({"custom_id": identity, "method": "POST", "url": path, "body": {**body, "model": "m"}}) + "\n"


LINE = batch_line(chat())
FILES = {
    "text": lambda v: upload(f"Hello\n{note(v)}\n", "a.txt"),
    "table": lambda v: upload(f"name,note\nMara,{v}\n", "a.csv", "text/csv"),
    "quoted table": lambda v: upload(f'name,note\nMara,"Keep ""{v}"" well"\n', "a.csv", "text/csv"),
    "json*": lambda v: upload(json.dumps({"deep": [{"given": v}]}), "a.json", "application/json"),
    "json in escapes": lambda v: upload('{"given": "' + escaped(str(v)) + '"}', "a.json", "application/json"),
    "json lines*": lambda v: upload(json.dumps({"messages": [HELLO]}) + "\n" + json.dumps({"given": v}) + "\n", "a.jsonl", "application/jsonl", "fine-tune"),
    "json lines nested": lambda v: upload(json.dumps({"given": nested(v)}) + "\n", "a.jsonl", "application/octet-stream", "fine-tune"),
    "markdown": lambda v: upload(f"# Note\n\n- {v}\n", "a.md", "text/markdown"),
    "unnamed kind": lambda v: upload(f"{note(v)}\n", "a", "application/octet-stream"),
    "text in another encoding": lambda v: refused(
        "data_blocked", "POST", "/v1/files", data={"purpose": "user_data"}, files={"file": ("a.txt", note(v).encode("utf-16"), "text/plain")}, headers=BY_OPENAI
    ),
    "file name": lambda v: upload("Hello", f"{v}.txt"),
    "purpose": lambda v: upload("Hello", "a.txt", purpose=v),
    "unknown field": lambda v: upload("Hello", "a.txt", session_note=note(v)),
    "batch user text": lambda v: upload(LINE + batch_line(chat({"role": "user", "content": note(v)})), "b.jsonl", "application/jsonl", "batch"),
    "batch tool arguments": lambda v: upload(batch_line(chat_call(nested(v))), "b.jsonl", "application/jsonl", "batch"),
    "batch identity": lambda v: upload(batch_line(chat(), identity=v), "b.jsonl", "application/jsonl", "batch"),
    "batch embedding": lambda v: upload(batch_line({"input": note(v)}, "/v1/embeddings"), "b.jsonl", "application/jsonl", "batch"),
}


def asked_batch(**params) -> Request:
    one = {"custom_id": params.pop("identity", "one"), "params": {**message(**params), "model": "m"}}
    return post("/v1/messages/batches", {"requests": [one]}, echoed=False, headers=BY_ANTHROPIC)


def batch(**more) -> Request:
    body = {"input_file_id": UPLOADED, "endpoint": PATH, "completion_window": "24h", **more}
    return post("/v1/batches", body, echoed=False, headers=BY_OPENAI)


BATCHES = {
    "system": lambda v: asked_batch(system=note(v)),
    "user text": lambda v: asked_batch(messages=[{"role": "user", "content": note(v)}]),
    "tool description": lambda v: asked_batch(tools=[tool(description=note(v))]),
    "identity": lambda v: asked_batch(identity=v),
    "metadata": lambda v: batch(metadata={"given": v}),
    "metadata name": lambda v: batch(metadata={str(v): "given"}),
}
PLACES = [
    *places("transcriptions", as_it_is, TRANSCRIPTIONS),
    *places("image_edits", as_it_is, EDITS),
    *places("files", as_it_is, FILES),
    *places("batches", as_it_is, BATCHES),
]
