"""Pydantic AI's agents on its OpenAI and Anthropic models."""

import asyncio
import base64

from anthropic import AsyncAnthropic
from pydantic_ai import Agent, BinaryContent, NativeOutput
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.messages import ModelRequest, ModelResponse, ThinkingPart, ToolCallPart
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider

from .task import PIXEL, QUESTION, RESULT, SYSTEM, UNKNOWN, City


def weather(city: str, days: int) -> str:
    """Tells the weather of a city."""
    return RESULT


def used(usage) -> dict:
    return {"input": usage.input_tokens, "output": usage.output_tokens, "cached": usage.cache_read_tokens}


class Agents:
    """What agents do alike on all models."""

    think: dict = {}

    def __init__(self, url: str, key: str):
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.provider = self.made(url, key)

    def agent(self, model: str, **options):
        return Agent(self.model(model), instructions=SYSTEM, retries=0, **options)

    def run(self, coroutine):
        return self.loop.run_until_complete(coroutine)

    def text(self, model: str) -> dict:
        got = self.run(self.agent(model).run(QUESTION))
        return {"text": got.output, **used(self._usage(got))}

    @staticmethod
    def _usage(got):
        return got.usage() if callable(got.usage) else got.usage

    def stream(self, model: str) -> dict:
        async def go():
            async with self.agent(model).run_stream(QUESTION) as got:
                pieces = [piece async for piece in got.stream_text(delta=True, debounce_by=None)]
                return {"text": "".join(pieces), "pieces": len(pieces), **used(self._usage(got))}

        return self.run(go())

    def _calls(self, messages) -> list:
        parts = [part for message in messages if isinstance(message, ModelResponse) for part in message.parts]
        return [[part.tool_name, part.args_as_dict()] for part in parts if isinstance(part, ToolCallPart)]

    def tools(self, model: str) -> dict:
        got = self.run(self.agent(model, tools=[weather]).run(QUESTION))
        return {"calls": self._calls(got.all_messages()), "text": got.output}

    def tools_stream(self, model: str) -> dict:
        async def go():
            async with self.agent(model, tools=[weather]).run_stream(QUESTION) as got:
                text = await got.get_output()
                return {"calls": self._calls(got.all_messages()), "text": text}

        return self.run(go())

    def schema(self, model: str) -> dict:
        return {"value": self.run(self.agent(model, output_type=NativeOutput(City)).run(QUESTION)).output.model_dump()}

    def schema_tool(self, model: str) -> dict:
        return {"value": self.run(self.agent(model, output_type=City).run(QUESTION)).output.model_dump()}

    def image(self, model: str) -> dict:
        picture = BinaryContent(base64.b64decode(PIXEL), media_type="image/png")
        return {"text": self.run(self.agent(model).run([QUESTION, picture])).output}

    def thinking(self, model: str) -> dict:
        got = self.run(self.agent(model).run(QUESTION, model_settings=self.think))
        parts = [part for message in got.all_messages() if not isinstance(message, ModelRequest) for part in message.parts]
        thoughts = [part.content for part in parts if isinstance(part, ThinkingPart)]
        return {"text": got.output, "thinking": "".join(thoughts)}

    def error(self, _model: str) -> dict:
        try:
            self.run(self.agent(UNKNOWN).run(QUESTION))
        except ModelHTTPError as error:
            return {"status": error.status_code, "code": None, "text": str(error.body)}
        return {}


class OpenAi(Agents):
    """Chat completions."""

    think = {"openai_reasoning_effort": "low"}

    @staticmethod
    def made(url: str, key: str):
        return OpenAIProvider(base_url=f"{url}/v1", api_key=key)

    def model(self, name: str):
        return OpenAIChatModel(name, provider=self.provider)


class Responses(OpenAi):
    """Responses."""

    think = {"openai_reasoning_effort": "low", "openai_reasoning_summary": "auto"}

    def model(self, name: str):
        return OpenAIResponsesModel(name, provider=self.provider)


class Anthropic(Agents):
    """Anthropic's messages."""

    think = {"anthropic_thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4096}

    @staticmethod
    def made(url: str, key: str):
        # Its own default client is of another HTTP package than the SDK takes.
        return AnthropicProvider(anthropic_client=AsyncAnthropic(base_url=url, api_key=key, max_retries=0))

    def model(self, name: str):
        return AnthropicModel(name, provider=self.provider)
