"""What a provider was asked, in words that both dialects share."""

import json


def _texts(content) -> list[str]:
    if isinstance(content, str):
        return [content]
    return [part["text"] for part in content or [] if part.get("type") == "text"]


def asked(provider: str, body: dict) -> dict:
    """System text, user texts, images, tools, tool calls and results, the answer's schema, and whether it is streamed."""
    told = {"system": "", "user": [], "images": [], "tools": [], "called": [], "results": [], "schema": None}
    told["stream"] = bool(body.get("stream"))
    (_openai if provider == "openai" else _anthropic)(body, told)
    return told


def _openai(body: dict, told: dict) -> None:
    for message in body["messages"]:
        content = message.get("content")
        match message["role"]:
            case "system" | "developer":
                told["system"] += "".join(_texts(content))
            case "user":
                told["user"] += _texts(content)
                parts = content if isinstance(content, list) else []
                urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
                told["images"] += [url.split("base64,")[-1] for url in urls]
            case "assistant":
                for call in message.get("tool_calls") or []:
                    function = call["function"]
                    told["called"].append((call["id"], function["name"], json.loads(function["arguments"])))
            case "tool":
                told["results"].append((message["tool_call_id"], "".join(_texts(content))))
    told["tools"] = [(tool["function"]["name"], tool["function"]["parameters"]) for tool in body.get("tools") or []]
    wanted = body.get("response_format") or {}
    told["schema"] = (wanted.get("json_schema") or {}).get("schema")


def _anthropic(body: dict, told: dict) -> None:
    told["system"] = "".join(_texts(body.get("system")))
    for message in body["messages"]:
        told["user"] += _texts(message["content"]) if message["role"] == "user" else []
        for block in message["content"] if isinstance(message["content"], list) else []:
            match block["type"]:
                case "image":
                    told["images"].append(block["source"]["data"])
                case "tool_use":
                    told["called"].append((block["id"], block["name"], block["input"]))
                case "tool_result":
                    told["results"].append((block["tool_use_id"], "".join(_texts(block["content"]))))
    told["tools"] = [(tool["name"], tool["input_schema"]) for tool in body.get("tools") or []]
    wanted = (body.get("output_config") or {}).get("format") or body.get("output_format") or {}
    told["schema"] = wanted.get("schema")
