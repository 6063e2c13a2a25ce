"""A provider's own paths, of which the gateway knows nothing but that they are its."""

from ..place import as_it_is, nested, note, places, post, refused
from .chat_completions import chat
from .files import form

OWN = "/passthrough/o/v1/experiments"
PASSTHROUGH = {
    "json": lambda v: post(OWN, {"deep": [{"given": note(v)}]}),
    "json of another answer": lambda v: post(f"{OWN}/unlike", {"given": note(v)}),
    "json name": lambda v: post(OWN, {str(v): 1}),
    "json list": lambda v: post(OWN, [note(v)]),
    "json text": lambda v: post(OWN, note(v)),
    "json number*": lambda v: post(OWN, {"given": v}),
    "nested json": lambda v: post(OWN, {"given": nested(v)}),
    "changed json": lambda v: post(OWN, {"given": note(v)}, method="PATCH"),
    "form text": lambda v: form(OWN, {"given": note(v)}, {"file": ("a.txt", b"Hello", "text/plain")}),
    "form file": lambda v: form(OWN, {"given": "Hello"}, {"file": ("a.txt", note(v).encode(), "text/plain")}),
    "form file name": lambda v: form(OWN, {"given": "Hello"}, {"file": (f"{v}.txt", b"Hello", "text/plain")}),
    "form field name": lambda v: refused("data_blocked", "POST", OWN, data={f"of {v}": "Hello"}, files={"file": ("a.txt", b"Hello", "text/plain")}),
    "chat below it": lambda v: post("/passthrough/o/v1/chat/completions", {**chat({"role": "user", "content": note(v)}), "model": "m"}),
}
PLACES = places("passthrough", as_it_is, PASSTHROUGH)
