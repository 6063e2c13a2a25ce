"""The `ollama` package."""

import json

import ollama

from .task import ABOUT, PARAMETERS, PIXEL, QUESTION, RESULT, SCHEMA, SYSTEM, TEXTS, TOOL, UNKNOWN

TOOLS = [{"type": "function", "function": {"name": TOOL, "description": ABOUT, "parameters": PARAMETERS}}]
ASK = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]


def used(got) -> dict:
    return {"input": got.prompt_eval_count, "output": got.eval_count}


class Client:
    """An application on `ollama.Client`."""

    def __init__(self, url: str, key: str):
        self.sdk = ollama.Client(host=url, headers={"authorization": f"Bearer {key}"}, timeout=30)

    def create(self, model: str, messages=None, **options):
        return self.sdk.chat(model=model, messages=messages or ASK, **options)

    def streamed(self, model: str, messages=None, **options) -> dict:
        told = {"text": "", "thinking": "", "pieces": 0, "calls": []}
        for part in self.create(model, messages, stream=True, **options):
            told["text"] += part.message.content or ""
            told["thinking"] += part.message.thinking or ""
            told["pieces"] += bool(part.message.content)
            told["calls"] += part.message.tool_calls or []
            if part.done:
                told |= {"stop": part.done_reason, **used(part)}
        return told

    def text(self, model: str) -> dict:
        got = self.create(model)
        return {"text": got.message.content, "stop": got.done_reason, **used(got)}

    def stream(self, model: str) -> dict:
        told = self.streamed(model)
        del told["calls"]
        return told

    def tools(self, model: str) -> dict:
        def ask(messages):
            message = self.create(model, messages, tools=TOOLS).message
            return message.tool_calls or [], message.content

        return self._loop(ask)

    def tools_stream(self, model: str) -> dict:
        def ask(messages):
            told = self.streamed(model, messages, tools=TOOLS)
            return told["calls"], told["text"]

        return self._loop(ask)

    @staticmethod
    def _loop(ask) -> dict:
        messages = list(ASK)
        calls, _ = ask(messages)
        messages.append({"role": "assistant", "content": "", "tool_calls": calls})
        messages += [{"role": "tool", "tool_name": call.function.name, "content": RESULT} for call in calls]
        return {"calls": [[call.function.name, dict(call.function.arguments)] for call in calls], "text": ask(messages)[1]}

    def schema(self, model: str) -> dict:
        return {"value": json.loads(self.create(model, format=SCHEMA).message.content)}

    def image(self, model: str) -> dict:
        return {"text": self.create(model, [{"role": "user", "content": QUESTION, "images": [PIXEL]}]).message.content}

    def thinking(self, model: str) -> dict:
        message = self.create(model, think=True).message
        return {"text": message.content, "thinking": message.thinking}

    def thinking_stream(self, model: str) -> dict:
        told = self.streamed(model, think=True)
        return {"text": told["text"], "thinking": told["thinking"]}

    def error(self, _model: str) -> dict:
        try:
            self.create(UNKNOWN)
        except ollama.ResponseError as error:
            return {"status": error.status_code, "code": None, "text": str(error)}
        return {}

    def embed(self, model: str) -> dict:
        return {"vectors": [list(one) for one in self.sdk.embed(model=model, input=TEXTS).embeddings]}

    def complete(self, model: str) -> dict:
        return {"text": self.sdk.generate(model=model, prompt=QUESTION).response}

    def models(self, _model: str) -> dict:
        return {"models": [model.model for model in self.sdk.list().models]}
