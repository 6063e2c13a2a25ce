"""The `openai` package, responses."""

import openai

from .task import ABOUT, PARAMETERS, PIXEL, QUESTION, RESULT, SYSTEM, TOOL, UNKNOWN, City, loads

TOOLS = [{"type": "function", "name": TOOL, "description": ABOUT, "parameters": PARAMETERS, "strict": False}]


def told(got) -> dict:
    usage = got.usage
    counts = {"input": usage.input_tokens, "output": usage.output_tokens}
    return {"text": got.output_text, "stop": got.status, **counts, "cached": usage.input_tokens_details.cached_tokens}


class Client:
    """An application on `openai.OpenAI().responses`."""

    def __init__(self, url: str, key: str):
        self.sdk = openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0, timeout=30)

    def create(self, model: str, given=QUESTION, **options):
        return self.sdk.responses.create(model=model, input=given, instructions=SYSTEM, store=False, **options)

    def text(self, model: str) -> dict:
        return told(self.create(model))

    def stream(self, model: str) -> dict:
        pieces = 0
        with self.sdk.responses.stream(model=model, input=QUESTION, instructions=SYSTEM, store=False) as stream:
            for event in stream:
                pieces += event.type == "response.output_text.delta"
            return {**told(stream.get_final_response()), "pieces": pieces}

    def tools(self, model: str) -> dict:
        return self._loop(lambda given: self.create(model, given, tools=TOOLS))

    def tools_stream(self, model: str) -> dict:
        def ask(given):
            with self.sdk.responses.stream(model=model, input=given, tools=TOOLS, store=False) as stream:
                return stream.until_done().get_final_response()

        return self._loop(ask)

    def _loop(self, ask) -> dict:
        given = [{"role": "user", "content": QUESTION}]
        got = ask(given)
        calls = [item for item in got.output if item.type == "function_call"]
        given += [item.model_dump(exclude_none=True, exclude={"parsed_arguments"}) for item in got.output]
        given += [{"type": "function_call_output", "call_id": call.call_id, "output": RESULT} for call in calls]
        return {"calls": [[call.name, loads(call.arguments)] for call in calls], "text": ask(given).output_text}

    def schema(self, model: str) -> dict:
        got = self.sdk.responses.parse(model=model, input=QUESTION, text_format=City, store=False)
        return {"value": got.output_parsed.model_dump()}

    def schema_stream(self, model: str) -> dict:
        with self.sdk.responses.stream(model=model, input=QUESTION, text_format=City, store=False) as stream:
            return {"value": stream.get_final_response().output_parsed.model_dump()}

    def image(self, model: str) -> dict:
        picture = {"type": "input_image", "image_url": f"data:image/png;base64,{PIXEL}", "detail": "auto"}
        given = [{"role": "user", "content": [{"type": "input_text", "text": QUESTION}, picture]}]
        return {"text": self.create(model, given).output_text}

    def thinking(self, model: str) -> dict:
        got = self.create(model, reasoning={"effort": "low", "summary": "auto"})
        thoughts = [part.text for item in got.output if item.type == "reasoning" for part in item.summary]
        return {"text": got.output_text, "thinking": "".join(thoughts)}

    def thinking_stream(self, model: str) -> dict:
        thoughts, text = "", ""
        for event in self.create(model, reasoning={"effort": "low", "summary": "auto"}, stream=True):
            if event.type == "response.reasoning_summary_text.delta":
                thoughts += event.delta
            elif event.type == "response.output_text.delta":
                text += event.delta
        return {"text": text, "thinking": thoughts}

    def error(self, _model: str) -> dict:
        try:
            self.create(UNKNOWN)
        except openai.NotFoundError as error:
            return {"status": error.status_code, "code": error.code, "text": str(error)}
        return {}

    def count(self, model: str) -> dict:
        return {"input": self.sdk.responses.input_tokens.count(model=model, input=QUESTION).input_tokens}
