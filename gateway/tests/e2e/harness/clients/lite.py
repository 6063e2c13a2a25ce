"""LiteLLM's package as a client: its OpenAI and its Anthropic provider, pointed at the gateway."""

import json

import litellm

from .task import ABOUT, PARAMETERS, PIXEL, QUESTION, RESULT, SYSTEM, TEXTS, TOOL, UNKNOWN, City, loads

TOOLS = [{"type": "function", "function": {"name": TOOL, "description": ABOUT, "parameters": PARAMETERS}}]
ASK = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]


def used(usage) -> dict:
    details = usage.prompt_tokens_details
    cached = details.cached_tokens if details else 0
    return {"input": usage.prompt_tokens, "output": usage.completion_tokens, "cached": cached or 0}


class OpenAi:
    """`litellm.completion("openai/…")`."""

    def __init__(self, url: str, key: str):
        self.prefix, self.given = "openai/", {"api_base": f"{url}/v1", "api_key": key}

    def create(self, model: str, messages=None, **options):
        return litellm.completion(
            model=self.prefix + model, messages=messages or ASK, num_retries=0, timeout=30, max_tokens=4096, **self.given, **options
        )

    def streamed(self, model: str, messages=None, **options):
        chunks = list(self.create(model, messages, stream=True, stream_options={"include_usage": True}, **options))
        return litellm.stream_chunk_builder(chunks), chunks

    def text(self, model: str) -> dict:
        got = self.create(model)
        return {"text": got.choices[0].message.content, "stop": got.choices[0].finish_reason, **used(got.usage)}

    def stream(self, model: str) -> dict:
        got, chunks = self.streamed(model)
        pieces = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]
        return {"text": "".join(pieces), "pieces": len(pieces), **used(got.usage)}

    def tools(self, model: str) -> dict:
        return self._loop(lambda messages: self.create(model, messages, tools=TOOLS).choices[0].message)

    def tools_stream(self, model: str) -> dict:
        return self._loop(lambda messages: self.streamed(model, messages, tools=TOOLS)[0].choices[0].message)

    @staticmethod
    def _loop(ask) -> dict:
        messages = list(ASK)
        message = ask(messages)
        calls = message.tool_calls
        messages.append(message.model_dump(exclude_none=True, include={"role", "content", "tool_calls"}))
        messages += [{"role": "tool", "tool_call_id": call.id, "content": RESULT} for call in calls]
        named = [[call.function.name, loads(call.function.arguments)] for call in calls]
        return {"calls": named, "text": ask(messages).content}

    def image(self, model: str) -> dict:
        url = {"url": f"data:image/png;base64,{PIXEL}"}
        content = [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": url}]
        return {"text": self.create(model, [{"role": "user", "content": content}]).choices[0].message.content}

    def error(self, _model: str) -> dict:
        try:
            self.create(UNKNOWN)
        except litellm.NotFoundError as error:
            return {"status": error.status_code, "code": None, "text": str(error)}
        return {}

    def schema(self, model: str) -> dict:
        schema = {"name": "city", "schema": {**City.model_json_schema(), "additionalProperties": False}, "strict": True}
        got = self.create(model, response_format={"type": "json_schema", "json_schema": schema})
        return {"value": json.loads(got.choices[0].message.content)}

    def embed(self, model: str) -> dict:
        got = litellm.embedding(model=self.prefix + model, input=TEXTS, encoding_format="float", **self.given)
        return {"vectors": [one["embedding"] for one in got.data]}


class Anthropic(OpenAi):
    """`litellm.completion("anthropic/…")`."""

    schema = embed = None

    def __init__(self, url: str, key: str):
        super().__init__(url, key)
        self.prefix, self.given = "anthropic/", {"api_base": url, "api_key": key}

    def thinking(self, model: str) -> dict:
        # It passes on what it does not know of a model only if it is told to.
        think = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "allowed_openai_params": ["thinking"]}
        message = self.create(model, **think).choices[0].message
        return {"text": message.content, "thinking": message.reasoning_content}
