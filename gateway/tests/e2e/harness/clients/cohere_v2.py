"""The `cohere` package, version 2 of the API."""

import cohere

from .task import ABOUT, DOCUMENTS, PARAMETERS, PIXEL, QUESTION, RESULT, SCHEMA, SYSTEM, TEXTS, TOOL, UNKNOWN, loads

TOOLS = [{"type": "function", "function": {"name": TOOL, "description": ABOUT, "parameters": PARAMETERS}}]
ASK = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]
THINK = {"thinking": {"type": "enabled"}}


def said(message, kind="text") -> str:
    return "".join(getattr(part, kind) for part in message.content or [] if part.type == kind)


def used(usage) -> dict:
    return {"input": int(usage.tokens.input_tokens), "output": int(usage.tokens.output_tokens), "cached": int(usage.cached_tokens or 0)}


class Client:
    """An application on `cohere.ClientV2`."""

    def __init__(self, url: str, key: str):
        self.sdk = cohere.ClientV2(api_key=key, base_url=url, timeout=30, max_retries=0)

    def create(self, model: str, messages=None, **options):
        return self.sdk.chat(model=model, messages=messages or ASK, **options)

    def streamed(self, model: str, messages=None, **options) -> dict:
        """What the streamed answer says."""
        told = {"text": "", "thinking": "", "pieces": 0, "calls": [], "plan": ""}
        for event in self.sdk.chat_stream(model=model, messages=messages or ASK, **options):
            match event.type:
                case "content-delta":
                    content = event.delta.message.content
                    told["text"] += content.text or ""
                    told["thinking"] += getattr(content, "thinking", None) or ""
                    told["pieces"] += bool(content.text)
                case "tool-plan-delta":
                    told["plan"] += event.delta.message.tool_plan
                case "tool-call-start":
                    told["calls"].append(event.delta.message.tool_calls)
                case "tool-call-delta":
                    told["calls"][-1].function.arguments += event.delta.message.tool_calls.function.arguments
                case "message-end":
                    told |= {"stop": event.delta.finish_reason, **(used(event.delta.usage) if event.delta.usage else {})}
        return told

    def text(self, model: str) -> dict:
        got = self.create(model)
        return {"text": said(got.message), "stop": got.finish_reason, **used(got.usage)}

    def stream(self, model: str) -> dict:
        return self.streamed(model)

    def tools(self, model: str) -> dict:
        def ask(messages):
            message = self.create(model, messages, tools=TOOLS).message
            return message.tool_calls, message.tool_plan, said(message)

        return self._loop(ask)

    def tools_stream(self, model: str) -> dict:
        def ask(messages):
            told = self.streamed(model, messages, tools=TOOLS)
            return told["calls"], told["plan"], told["text"]

        return self._loop(ask)

    @staticmethod
    def _loop(ask) -> dict:
        messages = list(ASK)
        calls, plan, _ = ask(messages)
        messages.append({"role": "assistant", "tool_plan": plan or "", "tool_calls": calls})
        for call in calls:
            document = {"type": "document", "document": {"data": RESULT}}
            messages.append({"role": "tool", "tool_call_id": call.id, "content": [document]})
        named = [[call.function.name, loads(call.function.arguments)] for call in calls]
        return {"calls": named, "text": ask(messages)[2]}

    def schema(self, model: str) -> dict:
        wanted = {"type": "json_object", "json_schema": SCHEMA}
        return {"value": loads(said(self.create(model, response_format=wanted).message))}

    def image(self, model: str) -> dict:
        url = {"url": f"data:image/png;base64,{PIXEL}"}
        content = [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": url}]
        return {"text": said(self.create(model, [{"role": "user", "content": content}]).message)}

    def thinking(self, model: str) -> dict:
        message = self.create(model, **THINK).message
        return {"text": said(message), "thinking": said(message, "thinking")}

    def thinking_stream(self, model: str) -> dict:
        told = self.streamed(model, **THINK)
        return {"text": told["text"], "thinking": told["thinking"]}

    def error(self, _model: str) -> dict:
        try:
            self.create(UNKNOWN)
        except cohere.NotFoundError as error:
            return {"status": error.status_code, "code": None, "text": str(error.body)}
        return {}

    def embed(self, model: str) -> dict:
        got = self.sdk.embed(model=model, texts=TEXTS, input_type="search_document", embedding_types=["float"])
        return {"vectors": got.embeddings.float_}

    def rerank(self, model: str) -> dict:
        got = self.sdk.rerank(model=model, query="Lima", documents=DOCUMENTS, top_n=1)
        return {"order": [one.index for one in got.results]}
