"""The `anthropic` package."""

import anthropic

from .task import ABOUT, PARAMETERS, PIXEL, QUESTION, RESULT, SYSTEM, TOOL, UNKNOWN, City

TOOLS = [{"name": TOOL, "description": ABOUT, "input_schema": PARAMETERS}]
ASK = [{"role": "user", "content": QUESTION}]
THINK = {"thinking": {"type": "enabled", "budget_tokens": 1024}}


def said(got, kind: str, member: str) -> str:
    return "".join(getattr(block, member) for block in got.content if block.type == kind)


def told(got) -> dict:
    usage = got.usage
    cached = usage.cache_read_input_tokens or 0
    counts = {"input": usage.input_tokens + cached, "output": usage.output_tokens, "cached": cached}
    return {"text": said(got, "text", "text"), "stop": got.stop_reason, **counts}


class Client:
    """An application on `anthropic.Anthropic`."""

    def __init__(self, url: str, key: str):
        self.sdk = anthropic.Anthropic(base_url=url, api_key=key, max_retries=0, timeout=30)

    def body(self, model: str, messages=None, **options) -> dict:
        return {"model": model, "max_tokens": 4096, "system": SYSTEM, "messages": messages or ASK, **options}

    def create(self, model: str, messages=None, **options):
        return self.sdk.messages.create(**self.body(model, messages, **options))

    def streamed(self, model: str, messages=None, **options):
        with self.sdk.messages.stream(**self.body(model, messages, **options)) as stream:
            return stream.get_final_message()

    def text(self, model: str) -> dict:
        return told(self.create(model))

    def stream(self, model: str) -> dict:
        with self.sdk.messages.stream(**self.body(model)) as stream:
            pieces = list(stream.text_stream)
            return {**told(stream.get_final_message()), "text": "".join(pieces), "pieces": len(pieces)}

    def tools(self, model: str) -> dict:
        return self._loop(lambda messages: self.create(model, messages, tools=TOOLS))

    def tools_stream(self, model: str) -> dict:
        return self._loop(lambda messages: self.streamed(model, messages, tools=TOOLS))

    def _loop(self, ask) -> dict:
        messages = list(ASK)
        got = ask(messages)
        calls = [block for block in got.content if block.type == "tool_use"]
        results = [{"type": "tool_result", "tool_use_id": call.id, "content": RESULT} for call in calls]
        messages += [{"role": "assistant", "content": got.content}, {"role": "user", "content": results}]
        return {"calls": [[call.name, call.input] for call in calls], "text": said(ask(messages), "text", "text")}

    def schema(self, model: str) -> dict:
        got = self.sdk.messages.parse(**self.body(model), output_format=City)
        return {"value": got.parsed_output.model_dump()}

    def image(self, model: str) -> dict:
        source = {"type": "base64", "media_type": "image/png", "data": PIXEL}
        content = [{"type": "text", "text": QUESTION}, {"type": "image", "source": source}]
        return {"text": said(self.create(model, [{"role": "user", "content": content}]), "text", "text")}

    def thinking(self, model: str) -> dict:
        got = self.create(model, **THINK)
        return {"text": said(got, "text", "text"), "thinking": said(got, "thinking", "thinking")}

    def thinking_stream(self, model: str) -> dict:
        got = self.streamed(model, **THINK)
        return {"text": said(got, "text", "text"), "thinking": said(got, "thinking", "thinking")}

    def thinking_tools(self, model: str) -> dict:
        """Thoughts are given back, signed, together with the call that they led to."""
        return self._loop(lambda messages: self.create(model, messages, tools=TOOLS, **THINK))

    def error(self, _model: str) -> dict:
        try:
            self.create(UNKNOWN)
        except anthropic.NotFoundError as error:
            return {"status": error.status_code, "code": error.body["error"]["code"], "text": str(error)}
        return {}

    def count(self, model: str) -> dict:
        return {"input": self.sdk.messages.count_tokens(model=model, messages=ASK).input_tokens}

    def models(self, _model: str) -> dict:
        return {"models": [model.id for model in self.sdk.models.list()]}
