"""The `google-genai` package."""

import base64

from google import genai
from google.genai import errors, types

from .task import ABOUT, PARAMETERS, PIXEL, QUESTION, RESULT, SYSTEM, TEXTS, TOOL, UNKNOWN, City

DECLARED = types.FunctionDeclaration(name=TOOL, description=ABOUT, parameters_json_schema=PARAMETERS)
TOOLS = {"tools": [types.Tool(function_declarations=[DECLARED])]}
THINK = {"thinking_config": types.ThinkingConfig(include_thoughts=True, thinking_budget=1024)}


def used(usage) -> dict:
    written = (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
    return {"input": usage.prompt_token_count, "output": written, "cached": usage.cached_content_token_count or 0}


def thoughts(parts) -> str:
    return "".join(part.text for part in parts or [] if part.thought and part.text)


def texts(parts) -> str:
    return "".join(part.text for part in parts or [] if part.text and not part.thought)


class Client:
    """An application on `google.genai.Client`."""

    def __init__(self, url: str, key: str):
        self.sdk = genai.Client(api_key=key, http_options=types.HttpOptions(base_url=url, timeout=30_000))

    def config(self, **options):
        return types.GenerateContentConfig(system_instruction=SYSTEM, **options)

    def create(self, model: str, contents=QUESTION, **options):
        return self.sdk.models.generate_content(model=model, contents=contents, config=self.config(**options))

    def streamed(self, model: str, contents=QUESTION, **options):
        return self.sdk.models.generate_content_stream(model=model, contents=contents, config=self.config(**options))

    def text(self, model: str) -> dict:
        got = self.create(model)
        return {"text": got.text, "stop": got.candidates[0].finish_reason.value, **used(got.usage_metadata)}

    def stream(self, model: str) -> dict:
        pieces, told = [], {}
        for chunk in self.streamed(model):
            if chunk.text:
                pieces.append(chunk.text)
            if chunk.usage_metadata:
                told |= used(chunk.usage_metadata)
            if chunk.candidates and chunk.candidates[0].finish_reason:
                told["stop"] = chunk.candidates[0].finish_reason.value
        return {"text": "".join(pieces), "pieces": len(pieces), **told}

    def tools(self, model: str) -> dict:
        return self._loop(lambda contents: self.create(model, contents, **TOOLS).candidates[0].content.parts)

    def tools_stream(self, model: str) -> dict:
        def ask(contents):
            found = []
            for chunk in self.streamed(model, contents, **TOOLS):
                for candidate in chunk.candidates or []:
                    found += (candidate.content and candidate.content.parts) or []
            return found

        return self._loop(ask)

    def _loop(self, ask) -> dict:
        contents = [types.Content(role="user", parts=[types.Part(text=QUESTION)])]
        parts = ask(contents)
        calls = [part.function_call for part in parts if part.function_call]
        results = [
            types.Part(function_response=types.FunctionResponse(id=call.id, name=call.name, response={"result": RESULT}))
            for call in calls
        ]
        contents += [types.Content(role="model", parts=parts), types.Content(role="user", parts=results)]
        return {"calls": [[call.name, call.args] for call in calls], "text": texts(ask(contents))}

    def schema(self, model: str) -> dict:
        got = self.create(model, response_mime_type="application/json", response_schema=City)
        return {"value": got.parsed.model_dump()}

    def image(self, model: str) -> dict:
        picture = types.Part.from_bytes(data=base64.b64decode(PIXEL), mime_type="image/png")
        return {"text": self.create(model, [QUESTION, picture]).text}

    def thinking(self, model: str) -> dict:
        parts = self.create(model, **THINK).candidates[0].content.parts
        return {"text": texts(parts), "thinking": thoughts(parts)}

    def thinking_stream(self, model: str) -> dict:
        parts = []
        for chunk in self.streamed(model, **THINK):
            parts += (chunk.candidates and chunk.candidates[0].content and chunk.candidates[0].content.parts) or []
        return {"text": texts(parts), "thinking": thoughts(parts)}

    def error(self, _model: str) -> dict:
        try:
            self.create(UNKNOWN)
        except errors.ClientError as error:
            return {"status": error.code, "code": None, "text": str(error)}
        return {}

    def embed(self, model: str) -> dict:
        got = self.sdk.models.embed_content(model=model, contents=TEXTS)
        return {"vectors": [one.values for one in got.embeddings]}

    def count(self, model: str) -> dict:
        return {"input": self.sdk.models.count_tokens(model=model, contents=QUESTION).total_tokens}
