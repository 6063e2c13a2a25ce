"""What does not work, by nature and not by mistake: each limit is in docs/clients.md, and a test that it still holds."""

from dataclasses import dataclass

from .scripted import DIALECTS

EVERY = tuple(DIALECTS)


@dataclass(frozen=True)
class Limit:
    """A limit, and a word of what the client says when it meets it."""

    why: str
    says: str
    cells: tuple  # (clients, features, dialects)


LIMITS = [
    Limit(
        "A model behind Ollama decides by itself whether it calls a tool. A call that demands one is refused.",
        "decides by itself",
        (
            (
                ("langchain-openai", "langchain-anthropic", "instructor, OpenAI", "instructor, Anthropic"),
                ("schema_tool", "schema_stream"),
                ("ollama",),
            ),
            (
                ("pydantic-ai, OpenAI chat", "pydantic-ai, OpenAI responses", "pydantic-ai, Anthropic"),
                ("schema_tool",),
                ("ollama",),
            ),
            (("npm ai, @ai-sdk/anthropic",), ("schema", "schema_stream"), ("ollama",)),
        ),
    ),
    Limit(
        "A switch for thinking that names neither budget nor effort has no word in OpenAI's dialects and on Bedrock: it is reported as dropped.",
        "First I think about it.",
        ((("cohere", "ollama"), ("thinking", "thinking_stream"), ("openai", "responses", "bedrock")),),
    ),
    Limit(
        "Mistral's package asks for no usage in a stream, for Mistral's own servers send it unasked. Whole answers have it.",
        "'input'",
        ((("mistralai",), ("usage",), EVERY),),
    ),
    Limit(
        "Mistral's package insists on members that Mistral's servers alone send: a name in every piece of a tool call, an id of vectors, a type of models.",
        "validation",
        ((("mistralai",), ("tools_stream", "embed", "models"), EVERY),),
    ),
    Limit(
        "This provider names what was said before by its id, which only a provider that kept it knows. A text beside a call is then refused; `store: false` among its options sends it whole.",
        "unknown_object",
        ((("npm ai, @ai-sdk/openai (responses)",), ("tools", "tools_stream"), ("gemini", "cohere")),),
    ),
]


def limit_of(client: str, feature: str, dialect: str) -> int | None:
    """The number of the limit that holds here, from 1."""
    for number, limit in enumerate(LIMITS, 1):
        for clients, features, dialects in limit.cells:
            if client in clients and feature in features and dialect in dialects:
                return number
    return None
