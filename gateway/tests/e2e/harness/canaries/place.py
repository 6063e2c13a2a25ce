"""A place in a request where a value may stand, and the request with the value there."""

import json
from collections.abc import Callable
from dataclasses import dataclass

BOTH = (False, True)


@dataclass(frozen=True)
class Request:
    """A request as a client sends it, and what must become of it."""

    path: str
    options: dict
    method: str = "POST"
    # The code with which it must be refused; none if it must pass.
    refused: str | None = None
    # Whether anything of it goes to the provider.
    asked: bool = True
    # Whether the answer says back what the provider was sent.
    echoed: bool = True
    # Whether the value is not among that.
    left_out: bool = False
    # How often it is sent; the last answer counts.
    times: int = 1


@dataclass(frozen=True)
class Place:
    """A door and a place in its request: `make` gives the request with the value there, whole or streamed."""

    door: str
    name: str
    make: Callable[..., Request]
    streams: tuple = (False,)
    # Whether a number may stand there, too.
    numbers: bool = False
    # How many kinds of text are tried in a whole answer; no number: each, for spelling decides there.
    tries: int | None = 3


def places(door: str, wrap: Callable, makers: dict, streams=(False,), tries: int | None = 3) -> list[Place]:
    """A door's places: each maker gives what `wrap` completes to a request. A star behind a name: a number may stand there, too."""

    def place(name: str, maker: Callable) -> Place:
        return Place(door, name.rstrip("*"), lambda value, stream: wrap(maker(value), stream), streams, name.endswith("*"), tries)

    return [place(name, maker) for name, maker in makers.items()]


KNOWN = ("method", "refused", "asked", "echoed", "left_out")


def send(path: str, method: str = "POST", **more) -> Request:
    """A request; what is not known of one is an option of the client that sends it."""
    known = {name: more.pop(name) for name in KNOWN if name in more}
    return Request(path, more, method, **known)


def post(path: str, body=None, **more) -> Request:
    return send(path, **({"json": body} if body is not None else {}), **more)


def refused(code: str, method: str, path: str, **options) -> Request:
    """What nobody but the gateway sees."""
    return send(path, method, refused=code, asked=False, echoed=False, **options)


def flagged(path: str) -> Callable:
    """A door that is asked for a stream in the body."""
    return lambda body, stream: post(path, {**body, **({"stream": True} if stream else {})})


def as_it_is(request: Request, _stream: bool) -> Request:
    return request


def note(value) -> str:
    return f"Please keep {value} in mind."


def nested(value) -> str:
    return json.dumps({"order": json.dumps({"note": note(value), "list": [1, {"deep": str(value)}]})})


def escaped(text: str) -> str:
    """As JSON may spell it: no sign of it stands for itself."""
    return "".join(f"\\u{ord(one):04x}" for one in text)


HELLO = {"role": "user", "content": "Hello"}
SCHEMA = {"type": "object", "properties": {"given": {"type": "string"}}}


def described(value) -> dict:
    return {"type": "object", "description": note(value), "properties": {"given": {"type": "string"}}}


def schemas(shape: Callable) -> dict:
    """Places in the schema of a tool, which `shape` puts into a body."""
    given = {
        "schema description": lambda v: {"type": "string", "description": note(v)},
        "schema default": lambda v: {"type": "string", "default": v},
        "schema enum": lambda v: {"type": "string", "enum": ["none", v]},
        "schema const*": lambda v: {"const": v},
        "schema examples": lambda v: {"type": "string", "examples": [note(v)]},
        "schema pattern": lambda v: {"type": "string", "pattern": f"^{v}$"},
    }
    made = {name: lambda v, one=one: shape({"type": "object", "properties": {"given": one(v)}}) for name, one in given.items()}
    made["schema property"] = lambda v: shape({"type": "object", "properties": {str(v): {"type": "string"}}})
    made["schema comment"] = lambda v: shape(described(v))
    return made
