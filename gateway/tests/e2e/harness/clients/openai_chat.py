"""The `openai` package, chat completions."""

import openai

from .task import ABOUT, PARAMETERS, PIXEL, QUESTION, RESULT, SYSTEM, TEXTS, TOOL, UNKNOWN, City, loads

TOOLS = [{"type": "function", "function": {"name": TOOL, "description": ABOUT, "parameters": PARAMETERS}}]
ASK = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]


def used(usage) -> dict:
    details = usage.prompt_tokens_details
    return {"input": usage.prompt_tokens, "output": usage.completion_tokens, "cached": details.cached_tokens if details else 0}


class Client:
    """An application on `openai.OpenAI`."""

    def __init__(self, url: str, key: str):
        self.sdk = openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0, timeout=30)

    def create(self, model: str, messages=None, **options):
        return self.sdk.chat.completions.create(model=model, messages=messages or ASK, **options)

    def text(self, model: str) -> dict:
        got = self.create(model)
        (choice,) = got.choices
        return {"text": choice.message.content, "stop": choice.finish_reason, **used(got.usage)}

    def stream(self, model: str) -> dict:
        pieces, told = [], {}
        for chunk in self.create(model, stream=True, stream_options={"include_usage": True}):
            for choice in chunk.choices:
                if choice.delta.content:
                    pieces.append(choice.delta.content)
                told["stop"] = choice.finish_reason or told.get("stop")
            if chunk.usage:
                told |= used(chunk.usage)
        return {"text": "".join(pieces), "pieces": len(pieces), **told}

    def tools(self, model: str) -> dict:
        return self._loop(lambda messages: self.create(model, messages, tools=TOOLS).choices[0].message)

    def tools_stream(self, model: str) -> dict:
        def ask(messages):
            with self.sdk.chat.completions.stream(model=model, messages=messages, tools=TOOLS) as stream:
                return stream.get_final_completion().choices[0].message

        return self._loop(ask)

    def _loop(self, ask) -> dict:
        messages = list(ASK)
        message = ask(messages)
        calls = message.tool_calls
        messages.append(message.model_dump(exclude_none=True, include={"role", "content", "tool_calls"}))
        messages += [{"role": "tool", "tool_call_id": call.id, "content": RESULT} for call in calls]
        named = [[call.function.name, loads(call.function.arguments)] for call in calls]
        return {"calls": named, "text": ask(messages).content}

    def schema(self, model: str) -> dict:
        got = self.sdk.chat.completions.parse(model=model, messages=ASK, response_format=City)
        return {"value": got.choices[0].message.parsed.model_dump()}

    def schema_stream(self, model: str) -> dict:
        with self.sdk.chat.completions.stream(model=model, messages=ASK, response_format=City) as stream:
            return {"value": stream.get_final_completion().choices[0].message.parsed.model_dump()}

    def image(self, model: str) -> dict:
        url = {"url": f"data:image/png;base64,{PIXEL}"}
        content = [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": url}]
        return {"text": self.create(model, [{"role": "user", "content": content}]).choices[0].message.content}

    def thinking(self, model: str) -> dict:
        message = self.create(model, reasoning_effort="low").choices[0].message
        return {"text": message.content, "thinking": message.model_extra.get("reasoning_content", "")}

    def error(self, _model: str) -> dict:
        try:
            self.create(UNKNOWN)
        except openai.NotFoundError as error:
            return {"status": error.status_code, "code": error.code, "text": str(error)}
        return {}

    def embed(self, model: str) -> dict:
        got = self.sdk.embeddings.create(model=model, input=TEXTS)
        return {"vectors": [one.embedding for one in got.data], "input": got.usage.prompt_tokens}

    def models(self, _model: str) -> dict:
        return {"models": [model.id for model in self.sdk.models.list()]}

    def complete(self, model: str) -> dict:
        return {"text": self.sdk.completions.create(model=model, prompt=QUESTION).choices[0].text}

    def moderate(self, model: str) -> dict:
        got = self.sdk.moderations.create(model=model, input=["good", "bad"])
        return {"flagged": [one.flagged for one in got.results]}

    def draw(self, model: str) -> dict:
        return {"image": self.sdk.images.generate(model=model, prompt=QUESTION).data[0].b64_json}

    def speak(self, model: str) -> dict:
        return {"bytes": len(self.sdk.audio.speech.create(model=model, voice="alloy", input=QUESTION).content)}

    def transcribe(self, model: str) -> dict:
        got = self.sdk.audio.transcriptions.create(model=model, file=("a.wav", b"RIFF" + bytes(64)))
        return {"text": got.text}
