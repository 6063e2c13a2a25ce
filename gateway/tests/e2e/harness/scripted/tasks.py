"""Questions that are not conversations: vectors, ranks, counts, pictures, sound."""

import base64
import json
import struct

from . import script
from .framing import JSON

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SOUND = b"RIFF" + bytes(40)


def vector(text: str) -> list[float]:
    """A vector for a text; its last number is the text's length, so that answers out of order are seen."""
    return [*script.VECTOR, float(len(text))]


def packed(numbers: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


def listed(texts) -> list[str]:
    return [texts] if isinstance(texts, str) else texts


def openai_embeddings(body: dict) -> dict:
    script.only(body, "model", "input", "encoding_format", "dimensions", "user")
    as_text = body.get("encoding_format") == "base64"
    vectors = [vector(text) for text in listed(body["input"])]
    data = [
        {"object": "embedding", "index": index, "embedding": packed(one) if as_text else one}
        for index, one in enumerate(vectors)
    ]
    used = {"prompt_tokens": script.INPUT, "total_tokens": script.INPUT}
    return {"object": "list", "data": data, "model": body["model"], "usage": used}


def gemini_embed(body: dict) -> dict:
    return {"embedding": {"values": vector(body["content"]["parts"][0]["text"])}}


def gemini_batch(body: dict) -> dict:
    texts = [one["content"]["parts"][0]["text"] for one in body["requests"]]
    return {"embeddings": [{"values": vector(text)} for text in texts]}


def cohere_embed(body: dict) -> dict:
    script.need(body, "model", "input_type")
    texts = body.get("texts") or [part["text"] for one in body["inputs"] for part in one["content"]]
    vectors = [vector(text) for text in texts]
    kinds = body.get("embedding_types") or ["float"]
    made = {"float": vectors, "base64": [packed(one) for one in vectors]}
    billed = {"billed_units": {"input_tokens": script.INPUT}, "api_version": {"version": "2"}}
    return {"id": "e1", "embeddings": {kind: made[kind] for kind in kinds}, "texts": texts, "meta": billed}


def ollama_embed(body: dict) -> dict:
    vectors = [vector(text) for text in listed(body["input"])]
    return {"model": body["model"], "embeddings": vectors, "prompt_eval_count": script.INPUT}


def rerank(body: dict) -> dict:
    script.need(body, "model", "query", "documents")
    order = sorted(range(len(body["documents"])), key=lambda at: body["query"] not in str(body["documents"][at]))
    results = [{"index": at, "relevance_score": 0.9 - 0.1 * place} for place, at in enumerate(order)]
    return {"id": "r1", "results": results[: body.get("top_n")], "meta": {"billed_units": {"search_units": 1}}}


def ollama_generate(body: dict) -> dict:
    head = {"model": body["model"], "created_at": "2026-01-01T00:00:00Z", "response": f"You asked: {body['prompt']}"}
    counts = {"prompt_eval_count": script.INPUT, "eval_count": script.OUTPUT}
    return {**head, "done": True, "done_reason": "stop", **counts}


def completion(body: dict) -> dict:
    choice = {"index": 0, "text": f"You asked: {body['prompt']}", "logprobs": None, "finish_reason": "stop"}
    used = {"prompt_tokens": script.INPUT, "completion_tokens": script.OUTPUT, "total_tokens": script.INPUT + script.OUTPUT}
    head = {"id": "cmpl-1", "object": "text_completion", "created": 1_700_000_000, "model": body["model"]}
    return {**head, "choices": [choice], "usage": used}


def moderation(body: dict) -> dict:
    results = [{"flagged": "bad" in text, "categories": {}, "category_scores": {}} for text in listed(body["input"])]
    return {"id": "modr-1", "model": body.get("model", "m"), "results": results}


def image(_body) -> dict:
    used = {"input_tokens": script.INPUT, "output_tokens": script.OUTPUT, "total_tokens": script.INPUT + script.OUTPUT}
    return {"created": 1_700_000_000, "data": [{"b64_json": PNG}], "usage": used}


def transcription(_body) -> dict:
    return {"text": "Lima", "usage": {"type": "duration", "seconds": 2}}


# By the end of the path, in this order. Forms are not read.
TASKS = {
    "/embeddings": openai_embeddings,
    ":embedContent": gemini_embed,
    ":batchEmbedContents": gemini_batch,
    "/v2/embed": cohere_embed,
    "/api/embed": ollama_embed,
    "/rerank": rerank,
    "/api/generate": ollama_generate,
    "/completions": completion,
    "/moderations": moderation,
    "/images/generations": image,
    "/images/edits": image,
    "/audio/transcriptions": transcription,
    "/messages/count_tokens": lambda _body: {"input_tokens": script.INPUT},
    "/responses/input_tokens": lambda _body: {"object": "response.input_tokens", "input_tokens": script.INPUT},
    ":countTokens": lambda _body: {"totalTokens": script.INPUT},
}


def answer(path: str, raw: bytes) -> tuple[str, bytes] | None:
    """The answer, if the path is a task's."""
    if path.endswith("/audio/speech"):
        return "audio/wav", SOUND
    if path.endswith("/chat/completions"):
        return None
    for end, task in TASKS.items():
        if path.endswith(end):
            body = json.loads(raw) if raw.startswith(b"{") else None
            return JSON, json.dumps(task(body)).encode()
    return None
