"""Tasks that are asked in JSON: completions, vectors, ranks, counts, pictures, speech."""

from collections.abc import Callable

from ..place import BOTH, Request, flagged, note, places, post
from .generate_content import GEMINI, PATH
from .messages import MESSAGES
from .responses import RESPONSES


def telling(path: str, **always) -> Callable:
    """A door whose answer says back what was asked; `always` is in each body."""
    return lambda body, _stream: post(path, {**always, **body})


def silent(path: str, **always) -> Callable:
    """A door whose answer has nothing of what was asked."""
    return lambda body, _stream: post(path, {**always, **body}, echoed=False)


def complete(body: dict, stream: bool) -> Request:
    return flagged("/v1/completions")({"model": "o/complete", **body}, stream)


def ollama_generate(body: dict, stream: bool) -> Request:
    return post("/api/generate", {"model": "l/complete", "stream": stream, **body})


COMPLETIONS = {
    "prompt": lambda v: {"prompt": note(v)},
    "prompt list": lambda v: {"prompt": ["Hello", note(v)]},
    "suffix": lambda v: {"prompt": "Hello", "suffix": note(v)},
    "stop": lambda v: {"prompt": "Hello", "stop": [v]},
    "user": lambda v: {"prompt": "Hello", "user": v},
    "logit bias": lambda v: {"prompt": "Hello", "logit_bias": {v: 1}},
    "unknown member*": lambda v: {"prompt": "Hello", "session_note": v},
}
EMBEDDINGS = {
    "input": lambda v: {"input": note(v)},
    "input alone": lambda v: {"input": v},
    "input list": lambda v: {"input": ["Hello", note(v)]},
    "user": lambda v: {"input": "Hello", "user": v},
    "unknown member*": lambda v: {"input": "Hello", "session_note": v},
}
EMBED_CONTENT = {
    "part": lambda v: {"content": {"parts": [{"text": note(v)}]}},
    "title": lambda v: {"content": {"parts": [{"text": "Hello"}]}, "taskType": "RETRIEVAL_DOCUMENT", "title": note(v)},
}
BATCH = {"part of many": lambda v: {"requests": [{"model": "models/g/embed", "content": {"parts": [{"text": note(v)}]}}]}}
COHERE_EMBED = {
    "texts": lambda v: {"texts": ["Hello", note(v)]},
    "inputs": lambda v: {"inputs": [{"content": [{"type": "text", "text": note(v)}]}]},
}
OLLAMA_EMBED = {
    "input": lambda v: {"input": note(v)},
    "input list": lambda v: {"input": [note(v)]},
}
OLLAMA_GENERATE = {
    "prompt": lambda v: {"prompt": note(v)},
    "suffix": lambda v: {"prompt": "Hello", "suffix": note(v)},
    "system": lambda v: {"prompt": "Hello", "system": note(v)},
    "template": lambda v: {"prompt": "Hello", "template": note(v)},
}
MODERATIONS = {
    "input": lambda v: {"input": note(v)},
    "input list": lambda v: {"input": ["Hello", note(v)]},
    "input part": lambda v: {"input": [{"type": "text", "text": note(v)}]},
}
RERANK = {
    "query": lambda v: {"query": note(v), "documents": ["Hello"]},
    "document": lambda v: {"query": "Hello", "documents": ["Hello", note(v)]},
    "document object": lambda v: {"query": "Hello", "documents": [{"text": note(v), "title": note(v)}]},
    "document field*": lambda v: {"query": "Hello", "documents": [{"text": "Hello", "given": v}], "rank_fields": ["given"]},
}
GENERATIONS = {
    "prompt": lambda v: {"prompt": note(v)},
    "user": lambda v: {"prompt": "Hello", "user": v},
    "unknown member": lambda v: {"prompt": "Hello", "negative_prompt": note(v)},
}
SPEECH = {
    "input": lambda v: {"input": note(v)},
    "instructions": lambda v: {"input": "Hello", "instructions": note(v)},
    "voice": lambda v: {"input": "Hello", "voice": {"id": v}},
}
INVOKE = {
    "prompt": lambda v: {"prompt": note(v)},
    "messages": lambda v: {"messages": [{"role": "user", "content": note(v)}]},
    "unknown member*": lambda v: {"prompt": "Hello", "session_note": v},
}
GEMINI_COUNTED = {
    "part": GEMINI["part"],
    "inner request": lambda v: {"generateContentRequest": {"model": "models/g/m", **GEMINI["system instruction"](v)}},
}


def some(makers: dict, *names: str, prefix: str = "") -> dict:
    return {prefix + name: makers[name] for name in names}


MESSAGES_COUNTED = some(MESSAGES, "system", "text block", "tool use input*", "tool description", "document title")
RESPONSES_COUNTED = some(RESPONSES, "instructions", "input", "function call arguments*", "tool description")
COMPACTED = some(RESPONSES, "instructions", "input", "function call output", prefix="compacted ")

PLACES = [
    *places("completions", complete, COMPLETIONS, BOTH),
    *places("embeddings", silent("/v1/embeddings", model="o/embed"), EMBEDDINGS),
    *places("embed_content", silent("/v1beta/models/g%2Fembed:embedContent"), EMBED_CONTENT),
    *places("embed_content", silent("/v1beta/models/g%2Fembed:batchEmbedContents"), BATCH),
    *places("cohere_embed", silent("/v2/embed", model="c/embed", input_type="search_query"), COHERE_EMBED),
    *places("ollama_embed", silent("/api/embed", model="l/embed"), OLLAMA_EMBED),
    *places("ollama_generate", ollama_generate, OLLAMA_GENERATE, BOTH),
    *places("moderations", silent("/v1/moderations", model="o/moderate"), MODERATIONS),
    *places("rerank", telling("/v2/rerank", model="c/rerank"), RERANK),
    *places("image_generations", silent("/v1/images/generations", model="o/draw"), GENERATIONS),
    *places("speech", silent("/v1/audio/speech", model="o/speak", voice="alloy"), SPEECH),
    *places("count_tokens", silent("/v1/messages/count_tokens"), MESSAGES_COUNTED),
    *places("response_tools", silent("/v1/responses/input_tokens"), RESPONSES_COUNTED),
    *places("response_tools", telling("/v1/responses/compact"), COMPACTED),
    *places("gemini_count_tokens", silent(f"{PATH}:countTokens"), GEMINI_COUNTED),
    *places("invoke", telling("/bedrock/model/b%2Fcomplete/invoke"), INVOKE),
]
