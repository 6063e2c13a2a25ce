"""Gemini's generateContent."""

import json
import re

from . import script
from .framing import JSON, SSE, sse

KNOWN = """contents systemInstruction tools toolConfig generationConfig safetySettings cachedContent labels
serviceTier store model""".split()


def camel(value):
    """Google takes names in snake_case too, and its own package sends some. Schemas, arguments and results stay as they are."""
    if isinstance(value, list):
        return [camel(one) for one in value]
    if not isinstance(value, dict):
        return value
    named = {re.sub(r"_(\w)", lambda found: found[1].upper(), name): one for name, one in value.items()}
    return {name: one if name in AS_IT_IS else camel(one) for name, one in named.items()}


AS_IT_IS = {"parametersJsonSchema", "parameters", "responseJsonSchema", "responseSchema", "args", "response"}


def asked(path: str, body: dict) -> script.Asked:
    body = camel(body)
    script.need(body, "contents")
    script.only(body, *KNOWN)
    name, _, verb = path.split("/models/")[1].partition(":")
    told = script.Asked(model=name, stream=verb.startswith("stream"))
    told.system = text_of((body.get("systemInstruction") or {}).get("parts"))
    for content in body["contents"]:
        parts = content["parts"]
        if content.get("role", "user") == "user":
            told.images = [part["inlineData"]["data"] for part in parts if "inlineData" in part] or told.images
            told.user(text_of(parts))
        for part in parts:
            # Calls have no ids here: a result names its function.
            if call := part.get("functionCall"):
                told.called.append((call["name"], call["name"]))
            elif result := part.get("functionResponse"):
                told.answered(result["name"], said(result["response"]))
    wanted = (body.get("toolConfig") or {}).get("functionCallingConfig") or {}
    if wanted.get("mode") != "NONE":
        for tool in body.get("tools") or []:
            for function in tool.get("functionDeclarations") or []:
                schema = function.get("parametersJsonSchema") or function.get("parameters") or {}
                told.tools.append((function["name"], schema))
    config = body.get("generationConfig") or {}
    told.schema = config.get("responseJsonSchema") or config.get("responseSchema")
    thinking = config.get("thinkingConfig") or {}
    told.think = bool(thinking.get("includeThoughts"))
    return told


def text_of(parts) -> str:
    return "".join(part["text"] for part in parts or [] if "text" in part and not part.get("thought"))


def said(response: dict) -> str:
    """A result as text: the one member that it has, or all of it."""
    members = list(response.values())
    return members[0] if len(members) == 1 and isinstance(members[0], str) else json.dumps(response)


def usage(says: script.Says) -> dict:
    thought = script.THOUGHT if says.thoughts else 0
    counts = {"promptTokenCount": script.INPUT, "cachedContentTokenCount": script.CACHED}
    counts |= {"candidatesTokenCount": script.OUTPUT - thought, "totalTokenCount": script.INPUT + script.OUTPUT}
    return {**counts, "thoughtsTokenCount": thought} if thought else counts


def answer(told: script.Asked, parts: list, finish=None, used=None) -> dict:
    candidate = {"content": {"role": "model", "parts": parts}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    body = {"candidates": [candidate], "modelVersion": told.model, "responseId": "r1"}
    return {**body, "usageMetadata": used} if used else body


def call(says: script.Says) -> dict:
    return {"functionCall": {"name": says.call[0], "args": says.call[1]}, "thoughtSignature": script.SIGNATURE}


def whole(told: script.Asked, says: script.Says) -> tuple[str, bytes]:
    parts = [{"text": says.thoughts, "thought": True}] if says.thoughts else []
    parts += [{"text": says.text}] if says.text else []
    parts += [call(says)] if says.call else []
    return JSON, json.dumps(answer(told, parts, "STOP", usage(says))).encode()


def stream(told: script.Asked, says: script.Says):
    """The pieces of the answer's stream."""
    for piece in script.split(says.thoughts):
        yield sse(answer(told, [{"text": piece, "thought": True}]))
    for piece in says.pieces():
        yield sse(answer(told, [{"text": piece}]))
    if says.call:
        yield sse(answer(told, [call(says)]))
    yield sse(answer(told, [{"text": ""}], "STOP", usage(says)))


STREAMS = SSE


def error(kind: str, text: str) -> dict:
    return {"error": {"code": 400, "message": text, "status": kind}}
