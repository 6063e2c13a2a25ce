"""The `boto3` package: Bedrock's Converse, and its InvokeModel with bodies of Anthropic's."""

import base64
import json

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from .task import ABOUT, PARAMETERS, PIXEL, QUESTION, RESULT, SCHEMA, SYSTEM, TOOL, UNKNOWN

TOOLS = {"tools": [{"toolSpec": {"name": TOOL, "description": ABOUT, "inputSchema": {"json": PARAMETERS}}}]}
ASK = [{"role": "user", "content": [{"text": QUESTION}]}]


def made(url: str, key: str):
    """A client that signs: the access key's id is the gateway's key, the secret is nobody's."""
    config = Config(retries={"total_max_attempts": 1}, read_timeout=30, inject_host_prefix=False)
    account = {"aws_access_key_id": key, "aws_secret_access_key": "anything", "region_name": "eu-central-1"}
    session = boto3.session.Session(**account)
    return session.client("bedrock-runtime", endpoint_url=f"{url}/bedrock", config=config)


def used(usage: dict) -> dict:
    cached = usage.get("cacheReadInputTokens", 0)
    return {"input": usage["inputTokens"] + cached, "output": usage["outputTokens"], "cached": cached}


def refused(call) -> dict:
    try:
        call()
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return {"status": status, "code": None, "text": str(error), "kind": error.response["Error"]["Code"]}
    return {}


class Converse:
    """An application on `converse` and `converse_stream`."""

    def __init__(self, url: str, key: str):
        self.sdk = made(url, key)

    def create(self, model: str, messages=None, **options) -> dict:
        return self.sdk.converse(modelId=model, messages=messages or ASK, system=[{"text": SYSTEM}], **options)

    def streamed(self, model: str, messages=None, **options) -> dict:
        """The streamed answer, put together as `converse` gives it."""
        events = self.sdk.converse_stream(modelId=model, messages=messages or ASK, system=[{"text": SYSTEM}], **options)
        blocks, stop, usage, pieces = {}, None, {}, 0
        for event in events["stream"]:
            if start := event.get("contentBlockStart"):
                blocks[start["contentBlockIndex"]] = {"toolUse": {**start["start"]["toolUse"], "input": ""}}
            elif found := event.get("contentBlockDelta"):
                block, delta = blocks.setdefault(found["contentBlockIndex"], {}), found["delta"]
                if "text" in delta:
                    block["text"] = block.get("text", "") + delta["text"]
                    pieces += 1
                elif "toolUse" in delta:
                    block["toolUse"]["input"] += delta["toolUse"]["input"]
                else:
                    thought = block.setdefault("reasoningContent", {"reasoningText": {"text": ""}})["reasoningText"]
                    thought["text"] += delta["reasoningContent"].get("text", "")
                    if "signature" in delta["reasoningContent"]:
                        thought["signature"] = delta["reasoningContent"]["signature"]
            elif found := event.get("messageStop"):
                stop = found["stopReason"]
            elif found := event.get("metadata"):
                usage = found["usage"]
        for block in blocks.values():
            if "toolUse" in block:
                block["toolUse"]["input"] = json.loads(block["toolUse"]["input"] or "{}")
        message = {"role": "assistant", "content": [blocks[index] for index in sorted(blocks)]}
        return {"output": {"message": message}, "stopReason": stop, "usage": usage, "pieces": pieces}

    @staticmethod
    def said(got: dict) -> str:
        return "".join(block.get("text", "") for block in got["output"]["message"]["content"])

    @staticmethod
    def thoughts(got: dict) -> str:
        blocks = [block["reasoningContent"] for block in got["output"]["message"]["content"] if "reasoningContent" in block]
        return "".join(block["reasoningText"]["text"] for block in blocks)

    def text(self, model: str) -> dict:
        got = self.create(model)
        return {"text": self.said(got), "stop": got["stopReason"], **used(got["usage"])}

    def stream(self, model: str) -> dict:
        got = self.streamed(model)
        return {"text": self.said(got), "stop": got["stopReason"], "pieces": got["pieces"], **used(got["usage"])}

    def tools(self, model: str) -> dict:
        return self._loop(lambda messages: self.create(model, messages, toolConfig=TOOLS))

    def tools_stream(self, model: str) -> dict:
        return self._loop(lambda messages: self.streamed(model, messages, toolConfig=TOOLS))

    def _loop(self, ask) -> dict:
        messages = list(ASK)
        message = ask(messages)["output"]["message"]
        calls = [block["toolUse"] for block in message["content"] if "toolUse" in block]
        results = [{"toolResult": {"toolUseId": call["toolUseId"], "content": [{"text": RESULT}]}} for call in calls]
        messages += [message, {"role": "user", "content": results}]
        return {"calls": [[call["name"], call["input"]] for call in calls], "text": self.said(ask(messages))}

    def schema(self, model: str) -> dict:
        wanted = {"jsonSchema": {"name": "city", "schema": json.dumps(SCHEMA)}}
        config = {"textFormat": {"type": "json_schema", "structure": wanted}}
        return {"value": json.loads(self.said(self.create(model, outputConfig=config)))}

    def image(self, model: str) -> dict:
        picture = {"image": {"format": "png", "source": {"bytes": base64.b64decode(PIXEL)}}}
        return {"text": self.said(self.create(model, [{"role": "user", "content": [{"text": QUESTION}, picture]}]))}

    def thinking(self, model: str, ask=None) -> dict:
        more = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
        got = (ask or self.create)(model, additionalModelRequestFields=more, inferenceConfig={"maxTokens": 4096})
        return {"text": self.said(got), "thinking": self.thoughts(got)}

    def thinking_stream(self, model: str) -> dict:
        return self.thinking(model, self.streamed)

    def error(self, _model: str) -> dict:
        return refused(lambda: self.create(UNKNOWN))


class Invoke:
    """An application on `invoke_model`, with bodies of Anthropic's."""

    def __init__(self, url: str, key: str):
        self.sdk = made(url, key)

    def body(self, messages=None, **options) -> str:
        body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 4096, "system": SYSTEM}
        return json.dumps({**body, "messages": messages or [{"role": "user", "content": QUESTION}], **options})

    def create(self, model: str, messages=None, **options) -> dict:
        got = self.sdk.invoke_model(modelId=model, body=self.body(messages, **options))
        return json.loads(got["body"].read())

    def streamed(self, model: str, messages=None, **options) -> dict:
        """The streamed answer, put together as `invoke_model` gives it."""
        got = self.sdk.invoke_model_with_response_stream(modelId=model, body=self.body(messages, **options))
        answer, pieces, texts = {}, 0, {}
        for event in got["body"]:
            data = json.loads(event["chunk"]["bytes"])
            match data.get("type"):
                case "message_start":
                    answer = data["message"]
                case "content_block_start":
                    answer["content"].append(data["content_block"])
                case "content_block_delta":
                    block, delta = answer["content"][data["index"]], data["delta"]
                    if "text" in delta:
                        block["text"] += delta["text"]
                        pieces += 1
                    elif "partial_json" in delta:
                        texts[data["index"]] = texts.get(data["index"], "") + delta["partial_json"]
                    elif "thinking" in delta:
                        block["thinking"] += delta["thinking"]
                    elif "signature" in delta:
                        block["signature"] = delta["signature"]
                case "message_delta":
                    answer["stop_reason"] = data["delta"]["stop_reason"]
                    answer["usage"] |= {name: count for name, count in data["usage"].items() if count is not None}
        for index, text in texts.items():
            answer["content"][index]["input"] = json.loads(text)
        return {**answer, "pieces": pieces}

    @staticmethod
    def said(got: dict, kind="text") -> str:
        return "".join(block[kind] for block in got["content"] if block["type"] == kind)

    def told(self, got: dict) -> dict:
        usage = got["usage"]
        cached = usage.get("cache_read_input_tokens") or 0
        counts = {"input": usage["input_tokens"] + cached, "output": usage["output_tokens"], "cached": cached}
        return {"text": self.said(got), "stop": got["stop_reason"], **counts}

    def text(self, model: str) -> dict:
        return self.told(self.create(model))

    def stream(self, model: str) -> dict:
        got = self.streamed(model)
        return {**self.told(got), "pieces": got["pieces"]}

    def tools(self, model: str) -> dict:
        return self._loop(lambda messages, tools: self.create(model, messages, tools=tools))

    def tools_stream(self, model: str) -> dict:
        return self._loop(lambda messages, tools: self.streamed(model, messages, tools=tools))

    def _loop(self, ask) -> dict:
        tools = [{"name": TOOL, "description": ABOUT, "input_schema": PARAMETERS}]
        messages = [{"role": "user", "content": QUESTION}]
        content = ask(messages, tools)["content"]
        calls = [block for block in content if block["type"] == "tool_use"]
        results = [{"type": "tool_result", "tool_use_id": call["id"], "content": RESULT} for call in calls]
        messages += [{"role": "assistant", "content": content}, {"role": "user", "content": results}]
        return {"calls": [[call["name"], call["input"]] for call in calls], "text": self.said(ask(messages, tools))}

    def image(self, model: str) -> dict:
        source = {"type": "base64", "media_type": "image/png", "data": PIXEL}
        content = [{"type": "text", "text": QUESTION}, {"type": "image", "source": source}]
        return {"text": self.said(self.create(model, [{"role": "user", "content": content}]))}

    def thinking(self, model: str, ask=None) -> dict:
        got = (ask or self.create)(model, thinking={"type": "enabled", "budget_tokens": 1024})
        return {"text": self.said(got), "thinking": self.said(got, "thinking")}

    def thinking_stream(self, model: str) -> dict:
        return self.thinking(model, self.streamed)

    def error(self, _model: str) -> dict:
        return refused(lambda: self.create(UNKNOWN))
