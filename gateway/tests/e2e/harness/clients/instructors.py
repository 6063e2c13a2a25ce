"""Instructor: answers as classes, over the `openai` and `anthropic` packages."""

import anthropic
import instructor
import openai

from .task import QUESTION, City

ASK = [{"role": "user", "content": QUESTION}]


class OpenAi:
    """`instructor.from_openai`."""

    def __init__(self, url: str, key: str):
        self.sdk = openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0, timeout=30)

    def parsed(self, model: str, mode, **options) -> dict:
        client = instructor.from_openai(self.sdk, mode=mode)
        got = client.chat.completions.create(model=model, messages=ASK, response_model=City, max_retries=0, **options)
        return {"value": got.model_dump()}

    def schema(self, model: str) -> dict:
        return self.parsed(model, instructor.Mode.JSON_SCHEMA)

    def schema_tool(self, model: str) -> dict:
        return self.parsed(model, instructor.Mode.TOOLS)

    def schema_stream(self, model: str) -> dict:
        client = instructor.from_openai(self.sdk, mode=instructor.Mode.TOOLS)
        for partial in client.chat.completions.create_partial(model=model, messages=ASK, response_model=City):
            last = partial
        return {"value": last.model_dump()}


class Anthropic:
    """`instructor.from_anthropic`."""

    def __init__(self, url: str, key: str):
        self.sdk = anthropic.Anthropic(base_url=url, api_key=key, max_retries=0, timeout=30)

    def schema_tool(self, model: str) -> dict:
        client = instructor.from_anthropic(self.sdk, mode=instructor.Mode.TOOLS)
        given = {"model": model, "messages": ASK, "max_tokens": 512, "max_retries": 0}
        return {"value": client.messages.create(response_model=City, **given).model_dump()}
