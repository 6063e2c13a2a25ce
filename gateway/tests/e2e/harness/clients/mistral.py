"""The `mistralai` package."""

from mistralai.client import Mistral, errors

from .task import ABOUT, PARAMETERS, PIXEL, QUESTION, RESULT, SYSTEM, TEXTS, TOOL, UNKNOWN, City, loads

TOOLS = [{"type": "function", "function": {"name": TOOL, "description": ABOUT, "parameters": PARAMETERS}}]
ASK = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]


def used(usage) -> dict:
    return {"input": usage.prompt_tokens, "output": usage.completion_tokens}


class Client:
    """An application on `mistralai.Mistral`."""

    def __init__(self, url: str, key: str):
        self.sdk = Mistral(api_key=key, server_url=url, timeout_ms=30_000)

    def create(self, model: str, messages=None, **options):
        return self.sdk.chat.complete(model=model, messages=messages or ASK, **options)

    def text(self, model: str) -> dict:
        got = self.create(model)
        (choice,) = got.choices
        return {"text": choice.message.content, "stop": choice.finish_reason, **used(got.usage)}

    def streamed(self, model: str, messages=None, **options) -> dict:
        told, calls = {"text": "", "pieces": 0}, {}
        for event in self.sdk.chat.stream(model=model, messages=messages or ASK, **options):
            for choice in event.data.choices:
                if choice.delta.content:
                    told["text"] += choice.delta.content
                    told["pieces"] += 1
                for call in choice.delta.tool_calls or []:
                    known = calls.setdefault(call.index, ["", "", ""])
                    known[0] = call.id if call.id not in (None, "null") else known[0]
                    known[1] += call.function.name or ""
                    known[2] += call.function.arguments or ""
                told["stop"] = choice.finish_reason or told.get("stop")
            if event.data.usage:
                told |= used(event.data.usage)
        return {**told, "calls": [calls[index] for index in sorted(calls)]}

    def stream(self, model: str) -> dict:
        return self.streamed(model)

    def tools(self, model: str) -> dict:
        def ask(messages):
            message = self.create(model, messages, tools=TOOLS).choices[0].message
            calls = [[call.id, call.function.name, call.function.arguments] for call in message.tool_calls or []]
            return calls, message.content

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
        listed = [{"id": one, "function": {"name": name, "arguments": given}} for one, name, given in calls]
        messages.append({"role": "assistant", "content": "", "tool_calls": listed})
        messages += [{"role": "tool", "tool_call_id": one, "name": name, "content": RESULT} for one, name, _ in calls]
        return {"calls": [[name, loads(given)] for _, name, given in calls], "text": ask(messages)[1]}

    def schema(self, model: str) -> dict:
        got = self.sdk.chat.parse(City, model=model, messages=ASK)
        return {"value": got.choices[0].message.parsed.model_dump()}

    def image(self, model: str) -> dict:
        picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
        content = [{"type": "text", "text": QUESTION}, picture]
        return {"text": self.create(model, [{"role": "user", "content": content}]).choices[0].message.content}

    def error(self, _model: str) -> dict:
        try:
            self.create(UNKNOWN)
        except errors.SDKError as error:
            return {"status": error.status_code, "code": None, "text": str(error)}
        return {}

    def embed(self, model: str) -> dict:
        got = self.sdk.embeddings.create(model=model, inputs=TEXTS)
        return {"vectors": [one.embedding for one in got.data]}

    def models(self, _model: str) -> dict:
        return {"models": [model.id for model in self.sdk.models.list().data]}
