"""The recordings, and what each of them says in words that both dialects share."""

import json
from dataclasses import dataclass, field
from functools import cache

from .places import CASSETTES

OPENAI, ANTHROPIC = "openai", "anthropic"
APIS = {OPENAI: "openai.chat", ANTHROPIC: "anthropic.messages"}


@cache
def recordings(provider: str) -> list[dict]:
    """All recordings of the provider's chat API; none if the folder is not there."""
    return lines(provider, APIS[provider])


@cache
def lines(provider: str, api: str) -> list[dict]:
    """All recordings of one API of a provider; none if the folder is not there."""
    file = CASSETTES / provider / f"{api}.jsonl"
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text().splitlines() if line.strip()]


def with_id(provider: str, identity: str) -> dict:
    """The recording with this id."""
    return next(recording for recording in recordings(provider) if recording["id"] == identity)


@cache
def first(provider: str, stream: bool, *features: str, without: tuple = ()) -> dict:
    """The first good answer that has these features and not those, as received where there is one."""
    good = [
        recording
        for recording in recordings(provider)
        if recording["status"] == 200
        and recording["stream"] == stream
        and set(features) <= set(recording["features"])
        and not set(without) & set(recording["features"])
        and recording["request_body"] is not None
    ]
    good.sort(key=lambda recording: recording["body_fidelity"] != "exact")
    assert good, f"no {provider} recording (stream: {stream}) with {features}"
    return good[0]


@dataclass
class Said:
    """One choice of an answer."""

    text: str = ""
    thinking: str = ""
    tools: list = field(default_factory=list)  # (id, name, arguments as parsed JSON)
    stop: str | None = None


@dataclass
class Answer:
    """An answer, whatever dialect it came in."""

    choices: dict = field(default_factory=dict)
    input: int | None = None
    output: int | None = None
    cached: int = 0

    def choice(self, index: int = 0) -> Said:
        return self.choices.setdefault(index, Said())


# The few stop reasons that both dialects have.
STOPS = {"stop": "end", "end_turn": "end", "stop_sequence": "end", "length": "length", "max_tokens": "length"}
STOPS |= {"content_filter": "refused", "refusal": "refused", "pause_turn": "end", "tool_calls": "tools", "function_call": "tools", "tool_use": "tools"}


def events(body: str) -> list[dict]:
    """The JSON of each event of a stream."""
    lines = [line[5:].strip() for line in body.splitlines() if line.startswith("data:")]
    return [json.loads(line) for line in lines if line and line != "[DONE]"]


def arguments(text: str):
    """A tool's arguments; none at all are an empty object. Where the answer was cut short inside them, their text."""
    try:
        return json.loads(text) if text and text.strip() else {}
    except ValueError:
        return text


def openai_answer(recording: dict) -> Answer:
    """What an OpenAI recording says."""
    answer, tools = Answer(), {}
    parts = events(recording["response_body"]) if recording["stream"] else [json.loads(recording["response_body"])]
    for part in parts:
        for choice in part.get("choices") or []:
            said, message = answer.choice(choice.get("index", 0)), choice.get("delta") or choice.get("message") or {}
            said.text += (message.get("content") or "") + (message.get("refusal") or "")
            said.thinking += message.get("reasoning_content") or message.get("reasoning") or ""
            said.stop = choice.get("finish_reason") or said.stop
            for at, call in enumerate(message.get("tool_calls") or []):
                key = (choice.get("index", 0), call.get("index", at))
                tool = tools.setdefault(key, {"id": "", "name": "", "arguments": ""})
                function = call.get("function") or {}
                tool["id"] = call.get("id") or tool["id"]
                tool["name"] = function.get("name") or tool["name"]
                tool["arguments"] += function.get("arguments") or ""
        if usage := part.get("usage"):
            answer.input, answer.output = usage["prompt_tokens"], usage["completion_tokens"]
            answer.cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    for (index, _), tool in sorted(tools.items()):
        answer.choice(index).tools.append((tool["id"], tool["name"], arguments(tool["arguments"])))
    return answer


def anthropic_answer(recording: dict) -> Answer:
    """What an Anthropic recording says. Input counts cached tokens too."""
    answer, said, blocks = Answer(), Said(), []
    usage = {}
    if recording["stream"]:
        for part in events(recording["response_body"]):
            match part["type"]:
                case "message_start":
                    usage |= part["message"]["usage"]
                case "content_block_start":
                    blocks.append({**part["content_block"], "at": part["index"]})
                case "content_block_delta":
                    delta = part["delta"]
                    block = next(block for block in reversed(blocks) if block["at"] == part["index"])
                    for name, member in (("text", "text"), ("thinking", "thinking"), ("partial_json", "json")):
                        if name in delta:
                            block[member] = block.get(member, "") + delta[name]
                case "message_delta":
                    said.stop = part["delta"].get("stop_reason") or said.stop
                    usage |= {k: v for k, v in (part.get("usage") or {}).items() if v is not None}
    else:
        body = json.loads(recording["response_body"])
        blocks, usage, said.stop = body["content"], body["usage"], body["stop_reason"]
    for block in blocks:
        match block["type"]:
            case "text":
                said.text += block.get("text", "")
            case "thinking":
                said.thinking += block.get("thinking", "")
            case "tool_use":
                given = arguments(block["json"]) if block.get("json") else block.get("input") or {}
                said.tools.append((block["id"], block["name"], given))
    answer.choices[0] = said
    answer.cached = usage.get("cache_read_input_tokens") or 0
    answer.input = usage.get("input_tokens", 0) + answer.cached + (usage.get("cache_creation_input_tokens") or 0)
    answer.output = usage.get("output_tokens", 0)
    return answer


def said(provider: str, recording: dict) -> Answer:
    """What a recording says."""
    return (openai_answer if provider == OPENAI else anthropic_answer)(recording)


def models(provider: str) -> list[str]:
    """Every model that a recorded request names."""
    bodies = [recording["request_body"] for recording in recordings(provider)]
    return sorted({body["model"] for body in bodies if isinstance(body, dict) and body.get("model")})
